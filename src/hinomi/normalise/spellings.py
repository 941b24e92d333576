"""How senders we do not know spell the usual things, and which names are ECS already.

Keys are compared without case, dots, dashes and underscores, so `src_ip`, `srcIp` and `SrcIP` are
one row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.normalise.ecs_values import put

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs

_SETS = (
    "agent client cloud container data_stream destination dll dns ecs email error event "
    "file group host http log network observer orchestrator organization package process "
    "registry related rule server service source threat tls url user user_agent "
    "vulnerability x509"
)
ECS_SETS = frozenset(_SETS.split())

_NAMES = (
    "source.ip source.port source.mac source.domain source.address source.bytes "
    "source.packets source.nat.ip source.nat.port source.user.name source.user.domain "
    "destination.ip destination.port destination.mac destination.domain "
    "destination.address destination.bytes destination.packets destination.nat.ip "
    "destination.nat.port destination.user.name destination.user.domain client.ip "
    "client.port server.ip server.port host.name host.hostname host.ip host.mac host.id "
    "host.os.name host.os.version host.os.type host.os.family host.os.platform "
    "host.os.kernel host.architecture host.domain host.type user.name user.id user.domain "
    "user.email user.full_name user.roles process.name process.pid process.executable "
    "process.command_line process.working_directory process.title process.args "
    "process.entity_id process.parent.name process.parent.pid process.parent.executable "
    "process.parent.command_line process.hash.md5 process.hash.sha1 process.hash.sha256 "
    "file.name file.path file.size file.directory file.extension file.hash.md5 "
    "file.hash.sha1 file.hash.sha256 registry.path registry.key registry.value "
    "registry.hive dns.question.name dns.question.type dns.response_code url.full "
    "url.original url.path url.domain url.query url.scheme url.port http.request.method "
    "http.request.referrer http.response.status_code user_agent.original network.transport "
    "network.protocol network.application network.direction network.type network.bytes "
    "network.packets network.community_id event.action event.code event.category "
    "event.type event.outcome event.reason event.provider event.kind event.module "
    "event.dataset event.id event.severity event.duration event.created event.start "
    "event.end rule.name rule.id rule.category rule.ruleset rule.description "
    "observer.hostname observer.name observer.serial_number observer.version "
    "observer.vendor observer.product observer.type observer.ip "
    "observer.ingress.interface.name observer.egress.interface.name log.level log.logger "
    "service.name service.type agent.id agent.name agent.type agent.version "
    "cloud.account.id cloud.region cloud.provider organization.id organization.name "
    "group.name group.id threat.indicator.ip threat.indicator.name tls.version tls.cipher "
    "email.subject email.from.address email.to.address email.message_id message"
)
ECS_NAMES = frozenset(_NAMES.split())

# ECS name: spellings, best first. Only words with one meaning among security products.
_ROWS: dict[str, str] = {
    "source.ip": "src connsrcip analyzeripv4 callingstationip srcip sourceip sourceaddress "
    "sourceaddr srcaddr saddr srcv4 srcv6 clientip clientaddress callingipaddress callerip "
    "calleripaddress remoteip remoteaddress remoteaddr xforwardedfor attackerip ipaddress "
    "actoripaddress sourceipaddress initiatorip userip peerip originip srcipaddress ipsrc "
    "framedipaddress cip csourceip sourceinfoip localip rhost actorip localaddress ip client "
    "remotehost",
    "source.port": "rport spt connsrcport srcport sourceport sport sourceportnumber clientport "
    "localport portsrc srcprt sp",
    "source.mac": "smac srcmac sourcemac sourcemacaddress macsrc srcmacaddr clientmac macaddress "
    "mac",
    "source.domain": "shost helo clientname sourcehostname srchost sourcehost srchostname "
    "clienthostname srcname",
    "source.nat.ip": "newconnsrcip srcpostnat sourcetranslatedaddress natsrc natsrcip "
    "srcxlatedip xlatesrc srcnatip sourcenatip natsourceip snatip srctransip natsourceaddress "
    "xlateaddr",
    "source.nat.port": "newconnsrcport srcpostnatport sourcetranslatedport natsrcport xlatesport "
    "natsourceport srctransport xlateport",
    "source.bytes": "out sentbyte sentbytes bytessent sbytes bytesout srcbytes sent bytestosrv "
    "requestbytes csbytes bytestoserver sndbytes origsent",
    "source.packets": "sentpkt packetssent pktssent packetsout pktstosrv pktstoserver sentpkts",
    "destination.ip": "dst conndestip destinationipaddress dstip destinationip "
    "destinationaddress destaddress dstaddr daddr destip dstv4 dstv6 serverip serveraddress "
    "targetip dstipaddress ipdst destipaddress targetaddress rip sip destination dest",
    "destination.port": "dpt conndestport dstport destinationport destport dport serverport "
    "targetport portdst destinationportnumber dstprt remoteport dp",
    "destination.mac": "dmac dstmac destinationmac destinationmacaddress macdst dstmacaddr",
    "destination.domain": "destinationhostname dsthost destinationhost dsthostname dstname "
    "destinationdomain targethost dstdomain destinationdnsdomain dname",
    "destination.nat.ip": "newconndestip dstpostnat destinationtranslatedaddress natdst natdstip "
    "dstxlatedip xlatedst dstnatip natdestinationip dnatip natdestinationaddress",
    "destination.nat.port": "newconndestport dstpostnatport destinationtranslatedport natdstport "
    "xlatedport natdestinationport",
    "destination.bytes": "in rcvdbyte rcvdbytes bytesreceived rbytes bytesin dstbytes rcvd recv "
    "receivedbytes bytestoclient responsebytes scbytes bytesrcvd termsent",
    "destination.packets": "rcvdpkt packetsreceived pktsreceived packetsin pktstoclient rcvdpkts",
    "network.transport": "proto connipproto protocol ipprotocol transportprotocol protoname "
    "iproto l4proto protocolname ipproto transport",
    "network.protocol": "appproto service servicename application applicationprotocol appprotocol",
    "network.application": "app appname applicationname appid",
    "network.direction": "direction conndirection trafficdirection flowdirection "
    "connectiondirection",
    "network.bytes": "bytes totalbytes bytestotal",
    "user.name": "admin user usr suser username userprincipalname accountname duser login "
    "loginname account srcuser sourceusername sourceuser userid caller callerusername logonname "
    "initiatedby actor sessionuser authuser dbuser usrname srcusername targetusername "
    "subjectusername processusername endpointuser lastloggedonuser detectionuser xauthuser uname "
    "actorname initiatedbyuseruserprincipalname metausername userdisplayname principal "
    "csusername initiatinguser initiatingprocessaccountname lastlogginuser",
    "user.domain": "sntdom domain userdomain dntdom ntdomain accountdomain accountdomainname "
    "domainname srcuserdomain targetdomainname subjectdomainname workgroup "
    "initiatingprocessaccountdomain",
    "user.id": "uid usersid sid suid targetusersid subjectusersid accountsid userobjectid "
    "objectid initiatingprocessaccountsid initiatedbyuserid duid",
    "user.email": "email useremail mail emailaddress recipient",
    "host.name": "hostname dvchost devicename computername computer host dhost devicehostname "
    "machinename endpointname endpointhostname deviceexternalname agentcomputername "
    "agentdetectioninfocomputername computerdnsname client_name sourcehostname device "
    "metahostname compname hostidentifiername agenthostname entityname nodename dvc targetname "
    "devname devicednsname machine agentrealtimeinfoagentcomputername systemname asset",
    "host.ip": "dvc hostip deviceip agentip computerip endpointip localipaddress ipv4 "
    "ipv4address agentlocalip machineip localips aip externalip",
    "host.mac": "dvcmac hostmac devicemac",
    "host.id": "deviceid hostid endpointid agentid machineid agentuuid aid computerid sensorid "
    "hostidentifier agentguid machineguid systemid",
    "host.os.name": "osname os operatingsystem osplatform agentosname platform",
    "host.os.version": "osversion operatingsystemversion osrevision agentosrevision",
    "process.name": "processname sproc procname imagename filenameprocess program exename "
    "initiatingprocessfilename image_file_name originatorprocess appfilename",
    "process.executable": "image processimagename processpath exe filepathprocess newprocessname "
    "imagefilename processimage imagepath processfilepath initiatingprocessfolderpath "
    "tgtprocimagepath srcprocimagepath exepath",
    "process.command_line": "commandline cmdline processcommandline cmd command "
    "initiatingprocesscommandline tgtproccmdline srcproccmdline processcmd",
    "process.pid": "pid processid spid procid initiatingprocessid targetprocessid dpid "
    "srcprocpid tgtprocpid rawprocessid",
    "process.parent.name": "parentprocessname parentname initiatingprocessparentfilename "
    "parentbasefilename",
    "process.parent.executable": "parentimage parentpath parentimagefilename",
    "process.parent.command_line": "parentcommandline parentcmdline",
    "process.parent.pid": "process.ppid ppid parentprocessid parentpid initiatingprocessparentid",
    "file.name": "fname filename targetfilename file threatname_file oldfilename objectname",
    "file.path": "filepath path fullpath folderpath filefullpath targetpath objectpath "
    "threatfilepath filefullname",
    "file.size": "fsize filesize size",
    "file.hash.md5": "md5 filemd5 md5hash filehashmd5 hashmd5 md5sum",
    "file.hash.sha1": "sha1 filesha1 sha1hash filehashsha1 hashsha1 filehash filecontenthash "
    "appsha1",
    "file.hash.sha256": "sha256 filesha256 sha256hash filehashsha256 hashsha256 appsha256 "
    "sha256hashdata",
    "registry.path": "registrypath registrykeypath regkey targetobject",
    "registry.key": "registrykey",
    "registry.value": "registryvaluename registryvalue",
    "url.original": "url requesturl uri request httpurl urlfull requesturi desturl accessedurl "
    "fullurl",
    "url.path": "uripath urlpath csuristem cspath csuripath",
    "url.domain": "cshost urldomain urlhost dstdomainurl requestdomain",
    "url.query": "uriquery urlquery csuriquery querystring",
    "http.request.method": "method requestmethod httpmethod httprequestmethod verb csmethod "
    "httprequest",
    "http.response.status_code": "status_code httpstatus statuscode httpstatuscode responsecode "
    "httpresponsecode scstatus retcode httpretcode",
    "http.request.referrer": "referer referrer httpreferer httpreferrer refererurl "
    "requestcontext csreferer",
    "user_agent.original": "useragent requestclientapplication agent httpuseragent csuseragent "
    "httpagent",
    "dns.question.name": "qname query queryname dnsquery rrname questionname dnsquestion",
    "dns.question.type": "qtype querytype rrtype dnsquerytype",
    "event.action": "act event disp action eventaction activity operation operationname "
    "actiontype eventactionname deviceaction actiontaken activitydisplayname fwaction "
    "eventname_action disposition verdict",
    "event.code": "eventid deviceeventclassid msgid messageid logid signatureid eventcode "
    "eventtype eventsimplename alertid_code type name_code externalid_code",
    "event.category": "cat_event",
    "event.outcome": "outcome result status eventoutcome resulttype",
    "event.reason": "reason reason_text msg message description failurereason statusreason "
    "resultdescription alertdescription name info details",
    "event.id": "externalid eventuuid loguuid alertid eventidentifier incidentid",
    "event.severity": "severity_number",
    "log.level": "severity level loglevel priority pri",
    "rule.name": "rulename policyname rule policy ruledescription threatname virusname cs_rule "
    "signaturename signature attackname fwrulename detectname firewallrule accessrule",
    "rule.id": "ruleid policyid fwruleid ruleuid ruleuuid",
    "rule.category": "category cat catdesc urlcategory threatcategory categoryname",
    "observer.hostname": "devicename_observer fw_name dvchost_observer",
    "observer.serial_number": "serial serialnumber sn deviceserial deviceserialnumber devid "
    "deviceserialid deviceexternalid fwserial",
    "observer.version": "deviceversion productversion softwareversion",
    "observer.vendor": "devicevendor vendor",
    "observer.product": "deviceproduct product productname",
    "observer.ingress.interface.name": "connrecvif deviceinboundinterface srcintf inif "
    "inboundinterface ininterface inzoneif ingressinterface inputinterface inboundif "
    "srcinterface conninif iif",
    "observer.egress.interface.name": "conndestif deviceoutboundinterface dstintf outif "
    "outboundinterface outinterface egressinterface outputinterface outboundif dstinterface "
    "connoutif oif",
    "email.subject": "subject mailsubject emailsubject",
    "email.from.address": "from envelopefrom suser_mail sender mailfrom senderaddress "
    "fromaddress emailfrom",
    "email.to.address": "to duser_mail recipientaddresses recipients rcpt recipientaddress "
    "toaddress mailto emailto rcptto",
    "email.message_id": "messageidheader internetmessageid networkmessageid",
    "group.name": "group usergroup groupname usrgrp",
    "service.name": "servicename_windows",
    "cloud.account.id": "subscriptionid accountid",
    "organization.id": "tenantid orgid customerid",
    "organization.name": "customername sitename accountname_site orgname",
    "threat.indicator.name": "threat malwarename virus viruses malware",
}


def squeeze(name: str) -> str:
    """The name without case and separators."""
    return name.lower().replace("_", "").replace(".", "").replace("-", "").replace(" ", "")


_ALL = frozenset(_ROWS)
_RANKED: dict[str, tuple[tuple[str, int], ...]] = {}
for _name, _words in _ROWS.items():
    for _rank, _word in enumerate(_words.split()):
        _RANKED[squeeze(_word)] = (*_RANKED.get(squeeze(_word), ()), (_name, _rank))


# Formats of products with hundreds of fields: what their own table leaves out is taken by its
# usual spelling, but only names of things that are spelt alike and mean the same in all of them.
_SHAPES = (
    "azure bitdefender crowdstrike cybereason entra eset harfanglab kaspersky office_365 "
    "trellix trend_micro watchguard_epdr withsecure"
)
USUAL_SHAPES = frozenset(_SHAPES.split())
_SAME = (
    "source.ip source.port source.mac destination.ip destination.port destination.mac "
    "network.transport process.name process.executable process.command_line process.pid "
    "process.parent.name process.parent.executable process.parent.command_line "
    "process.parent.pid file.name file.size file.hash.md5 file.hash.sha1 file.hash.sha256 "
    "registry.path http.request.method http.response.status_code http.request.referrer "
    "user_agent.original dns.question.name dns.question.type email.subject email.from.address "
    "email.to.address email.message_id rule.name rule.id threat.indicator.name"
)
_USUAL = frozenset(_SAME.split())


def add_usual(fields: Mapping[str, str], view: Ecs, used: set[str]) -> None:
    """As `add_known`, for a format with a table of its own: only what means one thing everywhere,
    and never a value that the view already holds."""
    taken = {str(value) for value in view.values()}
    rest = {
        name: value
        for name, value in fields.items()
        if value not in taken and not name.startswith("verdict.")
    }
    _add(rest, view, used, names=_USUAL)


def add_known(fields: Mapping[str, str], view: Ecs, used: set[str]) -> None:
    """Give each field with a usual spelling its ECS name; the best spelling of a name wins."""
    _add(fields, view, used, names=_ALL)


def _add(
    fields: Mapping[str, str], view: Ecs, used: set[str], *, names: frozenset[str] | set[str]
) -> None:
    wishes: list[tuple[int, int, str, str]] = []
    for place, native in enumerate(fields):
        if native in used or not fields[native]:
            continue
        wishes.extend(
            (rank, place, name, native) for name, rank in _candidates(native) if name in names
        )
    for _, _, name, native in sorted(wishes):
        if name not in view and put(view, name, fields[native]):
            used.add(native)


def _candidates(native: str) -> list[tuple[str, int]]:
    """By the whole dotted name, else by its last two parts, else by the last."""
    parts = native.split(".")
    for depth, start in enumerate((0, max(0, len(parts) - 2), len(parts) - 1)):
        if rows := _RANKED.get(squeeze(".".join(parts[start:]))):
            return [(name, rank + 100 * depth) for name, rank in rows]
    return []


def known_as(native: str) -> tuple[str, ...]:
    """The ECS names that a field of an unknown sender may stand for, best first."""
    if native in ECS_NAMES:
        return (native,)
    return tuple(name for name, _ in sorted(_candidates(native), key=lambda row: row[1]))
