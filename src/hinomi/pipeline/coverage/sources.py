"""Log sources as a customer would name them: many Sigma sources are one column of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.detect import Logsource

OTHER = "other"
# Column → what a person calls it, in the order of the table.
SOURCES: Mapping[str, str] = {
    "windows": "Windows",
    "fortigate": "FortiGate",
    "sophos": "Sophos Firewall",
    "sophos_central": "Sophos Central",
    "yamaha": "ヤマハルーター",
    "linux": "Linux",
    "web": "ホームページ",
    "mail": "メールサーバー",
    "names": "プロキシ・DNS",
    "microsoft": "Microsoft 365",
    "google": "Google Workspace",
    "aws": "AWS",
    "verdict": "機器の判定（機種によらない）",
    OTHER: "その他",
}
_BY_PRODUCT = {
    "windows": "windows",
    "fortigate": "fortigate",
    "fortios": "fortigate",
    "fortinet": "fortigate",
    "sophos": "sophos",
    "sophos_central": "sophos_central",
    "yamaha": "yamaha",
    "linux": "linux",
    "hinomi_agent": "linux",
    "m365": "microsoft",
    "azure": "microsoft",
    "gcp": "google",
    "aws": "aws",
    "verdict": "verdict",
    "apache": "web",
    "nginx": "web",
}
_BY_SERVICE = {
    "web": "web",
    "apache": "web",
    "nginx": "web",
    "mail": "mail",
    "squid": "names",
    "dns": "names",
    "clamav": "linux",
    "samba": "linux",
    "entra": "microsoft",
    "m365": "microsoft",
    "google_workspace": "google",
    "cloudtrail": "aws",
}
_BY_CATEGORY = {"webserver": "web", "proxy": "names", "dns": "names", "firewall": "fortigate"}


def source_of(logsource: Logsource) -> str:
    """The column of a rule. A product says most, then the service, then the category."""
    return (
        _BY_PRODUCT.get(logsource.product)
        or _BY_SERVICE.get(logsource.service)
        or _BY_CATEGORY.get(logsource.category)
        or OTHER
    )
