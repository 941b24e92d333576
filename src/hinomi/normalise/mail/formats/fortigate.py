"""FortiGate's alert mails: a sentence and the log line itself, key=value."""

from __future__ import annotations

from hinomi.core.words import ThreatKind
from hinomi.normalise.mail.kinds import kinds
from hinomi.normalise.mail.shape import MailFormat, words

FORMAT = MailFormat(
    name="fortigate",
    title_ja="FortiGate のアラートメール",
    title_en="FortiGate alert mail",
    vendor="Fortinet",
    product="FortiGate",
    marks=words(r"forti(gate|os|analyzer|manager|cloud)"),
    body_marks=words(r"message meets alert condition", r"\bdevid=\"?FG[\w-]+", r"\blogid=\"?\d{10}"),
    labels={
        "log_type": "type",
        "serial": "devid sn device_sn",
        "gateway": "devname",
        "threat": "virus attack botnet",
        "threat_type": "logdesc subtype eventtype",
        "file": "filename fname",
        "source_ip": "srcip remip",
        "destination_ip": "dstip locip",
        "source_port": "srcport",
        "destination_port": "dstport",
        "user": "unauthuser",
        "action": "action utmaction status",
        "message": "msg",
        "severity": "crlevel pri",
        "url": "hostname",
        "policy": "policyname profile",
        "protocol": "service",
    },
    kinds=kinds({
        ThreatKind.CALLBACK: r"botnet|c&c",
        ThreatKind.MALWARE: r"^(virus|infected|outbreak-prevention|malware-list|ems-threat-feed)|file is infected|antivirus",
        ThreatKind.INTRUSION: r"^(ips|signature|intrusion)|attack detected|utm-ips",
        ThreatKind.FLOOD: r"^(anomaly)|icmp_flood|tcp_syn_flood|udp_flood",
        ThreatKind.BAD_SITE: r"malicious website|url (belongs to a )?(category|black)",
        ThreatKind.LOGIN_FAILED: r"admin login failed|ssl user failed|vpn.*fail|authentication failed",
        ThreatKind.SETTING_CHANGED: r"configuration changed|attribute configured|object attribute",
        ThreatKind.FAULT: r"license|fortiguard.*(fail|unreach|expir)|conserve mode|power (supply|restore)|link monitor",
    }),
    alive=words(r"test e-?mail|テストメール"),
    seen_ja=("アラートメール (イベント本文に key=value のログ行)。公開マニュアルの書き方から作成",),
)  # fmt: skip
