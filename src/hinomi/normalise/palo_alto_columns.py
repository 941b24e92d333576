"""The columns of PAN-OS by log type (10.1 and later; older versions end earlier), and what Strata
Logging Service, CEF and LEEF call the same fields.
"""

from __future__ import annotations

_HEAD = " receive_time serial type subtype config_ver time_generated"
_LEVELS = "dg_hier_level_1 dg_hier_level_2 dg_hier_level_3 dg_hier_level_4 vsys_name device_name"
_FLOW = (
    " src dst natsrc natdst rule srcuser dstuser app vsys from to inbound_if outbound_if logset "
    "time_logged sessionid repeatcnt sport dport natsport natdport flags proto action"
)
_DEVICES = (
    " src_category src_profile src_model src_vendor src_osfamily src_osversion src_host src_mac "
    "dst_category dst_profile dst_model dst_vendor dst_osfamily dst_osversion dst_host dst_mac"
)
_APPLICATION = (
    " subcategory_of_app category_of_app technology_of_app risk_of_app characteristic_of_app "
    "container_of_app tunneled_app is_saas_of_app sanctioned_state_of_app"
)
_TRAFFIC = (
    f"{_FLOW} bytes bytes_sent bytes_received packets start elapsed category - seqno actionflags "
    f"srcloc dstloc - pkts_sent pkts_received session_end_reason {_LEVELS} action_source src_uuid "
    "dst_uuid tunnelid monitortag parent_session_id parent_start_time tunnel assoc_id chunks "
    "chunks_sent chunks_received rule_uuid http2_connection link_change_count policy_id "
    "link_switches sdwan_cluster sdwan_device_type sdwan_cluster_type sdwan_site "
    f"dynusergroup_name xff_ip{_DEVICES} container_id pod_namespace pod_name src_edl dst_edl "
    "hostid serialnumber src_dag dst_dag session_owner high_res_timestamp nssai_sst nssai_sd"
    f"{_APPLICATION} offloaded flow_type cluster_name"
)
# "-" is a column that PAN-OS keeps for later.
_COLUMNS = {
    "TRAFFIC": _TRAFFIC,
    "TUNNEL": _FLOW + " - severity seqno actionflags srcloc dstloc " + _LEVELS,
    "THREAT": f"{_FLOW} misc threatid category severity direction seqno actionflags srcloc dstloc "
    "- contenttype pcap_id filedigest cloud url_idx user_agent filetype xff referer sender "
    f"subject recipient reportid {_LEVELS} - src_uuid dst_uuid http_method tunnelid monitortag "
    "parent_session_id parent_start_time tunnel thr_category contentver - assoc_id ppid "
    "http_headers url_category_list rule_uuid http2_connection dynusergroup_name xff_ip"
    f"{_DEVICES} container_id pod_namespace pod_name src_edl dst_edl hostid serialnumber "
    "domain_edl src_dag dst_dag partial_hash high_res_timestamp reason justification nssai_sst"
    f"{_APPLICATION} cloud_reportid cluster_name flow_type",
    "SYSTEM": f" vsys eventid object - - module severity opaque seqno actionflags {_LEVELS} - - "
    "high_res_timestamp",
    "CONFIG": " host vsys cmd admin client result path seqno actionflags "
    f"{_LEVELS} dg_id comment - high_res_timestamp",
    "GLOBALPROTECT": " vsys eventid stage auth_method tunnel_type srcuser srcregion machinename "
    "public_ip public_ipv6 private_ip private_ipv6 hostid serialnumber client_ver client_os "
    "client_os_ver repeatcnt reason error opaque status location login_duration connect_method "
    "error_code portal seqno actionflags high_res_timestamp selection_type response_time priority "
    f"attempted_gateways gateway {_LEVELS} vsys_id cluster_name",
    "HIPMATCH": " srcuser vsys machinename os src matchname repeatcnt matchtype - - seqno "
    f"actionflags {_LEVELS} vsys_id srcipv6 hostid serialnumber mac high_res_timestamp "
    "cluster_name",
    "USERID": " vsys ip user datasourcename eventid repeatcnt timeout beginport endport datasource "
    f"datasourcetype seqno actionflags {_LEVELS} vsys_id factortype factorcompletiontime factorno "
    "ugflags userbysource tag_name high_res_timestamp origindatasource - cluster_name",
    "IPTAG": " vsys ip tag_name eventid repeatcnt timeout datasourcename datasource_type "
    f"datasource_subtype seqno actionflags {_LEVELS} vsys_id high_res_timestamp cluster_name",
    "AUTHENTICATION": " vsys ip user normalize_user object authpolicy repeatcnt authid vendor "
    f"logset serverprofile opaque clienttype event factorno seqno actionflags {_LEVELS} vsys_id "
    "authproto rule_uuid high_res_timestamp",
    "DECRYPTION": f"{_FLOW} tunnel - - src_uuid dst_uuid rule_uuid hs_stage_c2f hs_stage_f2s "
    "tls_version tls_keyxchg tls_enc tls_auth policy_name ec_curve err_index root_status "
    "chain_status proxy_type cert_serial fingerprint notbefore notafter cert_ver cert_size cn_len "
    "issuer_len rootcn_len sni_len cert_flags cn issuer_cn root_cn sni error container_id "
    f"pod_namespace pod_name src_edl dst_edl src_dag dst_dag high_res_timestamp{_DEVICES} seqno "
    f"actionflags {_LEVELS}",
    "CORRELATION": f" src srcuser vsys category severity {_LEVELS} vsys_id object objectid "
    "evidence",
}
COLUMNS = {
    kind: tuple("" if name == "-" else name for name in ("", *(_HEAD + names).split()))
    for kind, names in _COLUMNS.items()
}

# Strata Logging Service (JSON; CEF writes the same with "PanOS" before it) → PAN-OS.
_SERVICE = (
    "SourceAddress=src DestinationAddress=dst NATSource=natsrc NATDestination=natdst Rule=rule "
    "SourceUser=srcuser DestinationUser=dstuser Application=app VirtualLocation=vsys "
    "VirtualSystem=vsys FromZone=from ToZone=to InboundInterface=inbound_if "
    "OutboundInterface=outbound_if LogSetting=logset SessionID=sessionid RepeatCount=repeatcnt "
    "SourcePort=sport DestinationPort=dport NATSourcePort=natsport NATDestinationPort=natdport "
    "Protocol=proto Action=action Bytes=bytes BytesSent=bytes_sent BytesReceived=bytes_received "
    "PacketsTotal=packets PacketsSent=pkts_sent PacketsReceived=pkts_received "
    "SessionStartTime=start SessionDuration=elapsed URLCategory=category SequenceNo=seqno "
    "SourceLocation=srcloc DestinationLocation=dstloc SessionEndReason=session_end_reason "
    "DeviceName=device_name DeviceSN=serial LogSourceID=serial LogType=type Subtype=subtype "
    "LogSubtype=log_subtype TimeGenerated=time_generated EventTime=time_generated "
    "TimeReceived=receive_time LogTime=receive_time ActionSource=action_source RuleUUID=rule_uuid "
    "URL=misc FileName=misc ThreatID=threatid VendorSeverity=severity Severity=severity "
    "DirectionOfAttack=direction ContentType=contenttype UserAgent=user_agent Referer=referer "
    "SenderEmail=sender EmailSubject=subject RecipientEmail=recipient FileHash=filedigest "
    "FileSHA256=filedigest FileType=filetype HTTPMethod=http_method X-Forwarded-For=xff "
    "X-Forwarded-ForIP=xff_ip ThreatCategory=thr_category ContentVersion=contentver "
    "SourceDeviceHost=src_host SourceDeviceMac=src_mac DestinationDeviceHost=dst_host "
    "DestinationDeviceMac=dst_mac SourceDeviceOSFamily=src_osfamily "
    "SourceDeviceOSVersion=src_osversion EventName=eventid EventDescription=opaque "
    "EventComponent=object EventIDValue=eventid Stage=stage AuthMethod=auth_method "
    "TunnelType=tunnel_type SourceUserName=srcuser SourceRegion=srcregion "
    "EndpointDeviceName=machinename PublicIPv4=public_ip PublicIPv6=public_ipv6 "
    "PrivateIPv4=private_ip PrivateIPv6=private_ipv6 HostID=hostid GPHostID=hostid "
    "EndpointSN=serialnumber EndpointSerialNumber=serialnumber "
    "GlobalProtectClientVersion=client_ver EndpointOSType=client_os "
    "EndpointOSVersion=client_os_ver "
    "QuarantineReason=reason ConnectionError=error Description=opaque EventStatus=status "
    "GlobalProtectGatewayLocation=location LoginDuration=login_duration "
    "ConnectionMethod=connect_method ConnectionErrorID=error_code Portal=portal Gateway=gateway "
    "TimeGeneratedHighResolution=high_res_timestamp ApplicationCategory=category_of_app "
    "ApplicationRisk=risk_of_app URLCategoryList=url_category_list URLDomain=url_domain "
    "HipMatchName=matchname HipMatchType=matchtype EndpointOS=os User=user Admin=admin "
    "AdminName=admin Command=cmd ClientType=client Result=result ConfigurationPath=path "
    "SourceIP=src_ip_of_admin VirtualSystemName=vsys_name"
)
SERVICE = dict(pair.split("=", 1) for pair in _SERVICE.split())
# CEF's standard keys, the labels of its numbered ones, and LEEF's keys.
_STANDARD = (
    "suser=srcuser duser=dstuser sourceTranslatedAddress=natsrc "
    "destinationTranslatedAddress=natdst "
    "sourceTranslatedPort=natsport destinationTranslatedPort=natdport spt=sport dpt=dport "
    "act=action in=bytes_sent out=bytes_received deviceInboundInterface=inbound_if "
    "deviceOutboundInterface=outbound_if cnt=repeatcnt request=misc externalId=seqno "
    "msg=opaque requestMethod=http_method requestClientApplication=user_agent "
    "requestContext=referer fileHash=filedigest fileType=filetype fname=misc rt=receive_time "
    "start=time_generated shost=src_host smac=src_mac dhost=dst_host dmac=dst_mac "
    "VirtualLocation=vsys FromZone=from ToZone=to LogSetting=logset PacketsTotal=packets "
    "SessionDuration=elapsed URLCategory=category DirectionOfAttack=direction LogProfile=logset "
    "Packets=packets ReceiveTime=receive_time SerialNumber=serial Type=type devTime=time_generated "
    "srcPostNAT=natsrc dstPostNAT=natdst RuleName=rule usrName=srcuser SourceZone=from "
    "DestinationZone=to IngressInterface=inbound_if EgressInterface=outbound_if "
    "LogForwardingProfile=logset srcPort=sport dstPort=dport srcPostNATPort=natsport "
    "dstPostNATPort=natdport totalBytes=bytes dstBytes=bytes_received srcBytes=bytes_sent "
    "totalPackets=packets StartTime=start ElapsedTime=elapsed sequence=seqno "
    "Miscellaneous=misc Direction=direction srcPackets=pkts_sent dstPackets=pkts_received "
    "FileDigest=filedigest Sender=sender Subject=subject Recipient=recipient "
    "EventIdentifier=eventid EventID=eventid Object=object Module=module Message=opaque "
    "Admin=admin Command=cmd Result=result"
)
_LABELS = {
    "Rule": "rule", "URL Category": "category", "Virtual System": "vsys", "Source Zone": "from",
    "Destination Zone": "to", "Elapsed time in seconds": "elapsed", "Total bytes": "bytes",
    "Flags": "flags", "Threat ID": "threatid", "Threat Category": "thr_category",
}  # fmt: skip
STANDARD = {**dict(pair.split("=", 1) for pair in _STANDARD.split()), **_LABELS}
