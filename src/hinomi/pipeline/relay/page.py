"""The relay's page in Japanese: what arrives, what waits, when it last went out, and what to do."""

from __future__ import annotations

import html
from dataclasses import asdict
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from hinomi.pipeline.relay.place import DISCOVERY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hinomi.pipeline.relay.telling import State

_JST = timezone(timedelta(hours=9))
_CUT_AFTER = timedelta(minutes=5)
_NEARLY_FULL = 0.8
_WRONG_CLOCK_S = 60
# What an ordinary program may not hear; see docs/relay.md for the right that opens it.
_CANNOT = {
    "arp": "この機械の設定では、名乗らない機器（ARP）には気づけません。",
    "dhcp": "この機械の設定では、アドレスを借りる機器（DHCP）を聞けません。",
    "netbios": "この機械の設定では、古いWindowsの名乗り（NetBIOS）を聞けません。",
    "mdns": "この機械の設定では、プリンターや電話の名乗り（mDNS）を聞けません。",
    "ssdp": "この機械の設定では、家電などの名乗り（SSDP）を聞けません。",
}
_STYLE = """
body{font-family:sans-serif;max-width:40rem;margin:0 auto;padding:1rem;line-height:1.7;
color:#1a1a1c;background:#fff}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}dd{margin:0;font-weight:bold}
dt{color:#4d4d4d}.todo{border:2px solid #0017c1;border-radius:.5rem;padding:.5rem 1rem}
.todo[data-kind=trouble]{border-color:#ce0000}ul{padding-left:1.2rem}li{overflow-wrap:anywhere}
small{color:#4d4d4d}
"""


def page_of(state: State) -> str:
    """One screen, complete in itself; looks again every ten seconds."""
    steps = list(next_steps(state))
    kind = "trouble" if steps else "quiet"
    todo = "".join(f"<li>{_safe(each)}</li>" for each in steps)
    return (
        '<!doctype html><html lang="ja"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="refresh" content="10"><title>中継機の様子</title>'
        f"<style>{_STYLE}</style></head><body><main>"
        f"<h1>中継機「{_safe(state.listening.name or '名前はまだありません')}」の様子</h1>"
        f'<section class="todo" data-kind="{kind}"><h2>次にすること</h2>'
        + (f"<ul>{todo}</ul>" if todo else "<p>いまは、することはありません。</p>")
        + f"</section><h2>送信</h2><dl>{_figures(state)}</dl>"
        f"<h2>届いている機器</h2><ul>{_devices(state)}</ul>"
        + _around(state)
        + f"<p><small>{stamp(state.now)}の様子です（時刻は日本時間）。"
        "10秒ごとに新しくなります。</small></p>"
        "</main></body></html>"
    )


def next_steps(state: State) -> Iterator[str]:
    """What a person there can do, most urgent first; nothing when there is nothing."""
    if state.line.is_refused:
        yield (
            "この中継機は、サービスの側で止められています。"
            "心当たりがないときは、サービスの窓口に電話してください。"
        )
        return
    if state.listening.awaits_consent:
        yield (
            "見守りの同意がまだないため、何も受け取っていません。"
            "同意が記録されると、そのまま動き始めます。"
        )
        return
    since = state.line.trouble_since
    if since is not None and state.now - since > _CUT_AFTER:
        yield (
            f"{stamp(since)}から、記録を送れていません。ルーターの電源と、LANケーブルを"
            "確かめてください。記録はこの機械にためています。"
        )
    if state.spool.size_bytes > state.spool_limit_bytes * _NEARLY_FULL:
        yield "ためる場所が、もうすぐいっぱいです。いっぱいになると、古い記録から消えます。"
    if abs(state.clock_offset_s) > _WRONG_CLOCK_S:
        yield "この機械の時計がずれています。時刻の自動合わせ（NTP）を入れてください。"
    for each in state.listening.sources:
        if each.id not in state.heard and each.kind != DISCOVERY:
            where = f"{each.port or state.shared_port}番のポート"
            yield (
                f"「{each.name}」から、まだ届いていません。機器のsyslogの送り先を、"
                f"この機械の{where}にしてください。"
            )
    for address in list(state.strangers)[-3:]:
        yield f"登録のない機器（{address}）から届いています。サービスの窓口に知らせてください。"
    yield from (_warning(each) for each in state.warnings)


def told_of(state: State) -> dict[str, object]:
    """The same for programs."""
    return {
        "relay": state.listening.relay,
        "name": state.listening.name,
        "is_open": state.is_open,
        "is_refused": state.line.is_refused,
        "awaits_consent": state.listening.awaits_consent,
        "trouble": state.line.trouble,
        "waiting": state.spool.records,
        "waiting_bytes": state.spool.size_bytes,
        "oldest": state.spool.oldest_at.isoformat() if state.spool.oldest_at else None,
        "dropped": state.spool.dropped,
        "sent": state.line.sent,
        "refused_records": state.line.refused_records,
        "last_sent": state.line.last_sent_at.isoformat() if state.line.last_sent_at else None,
        "clock_offset_s": state.clock_offset_s,
        "heard": {name: each.count for name, each in sorted(state.heard.items())},
        "strangers": sorted(state.strangers),
        "discovery": asdict(state.discovery) if state.discovery else None,
        "next": list(next_steps(state)),
    }


def stamp(moment: datetime) -> str:
    """In Japanese time; the page says so at its end."""
    at = moment.astimezone(_JST)
    return f"{at.month}月{at.day}日 {at:%H:%M}"


def _figures(state: State) -> str:
    rows = [
        ("最後に送れた時刻", stamp(state.line.last_sent_at) if state.line.last_sent_at else "まだ"),
        ("たまっている記録", f"{state.spool.records:,}件"),
    ]
    if state.spool.oldest_at is not None:
        rows.append(("そのうちいちばん古いもの", stamp(state.spool.oldest_at)))
    rows.append(("起動してから送った記録", f"{state.line.sent:,}件"))
    if state.spool.dropped:
        rows.append(("いっぱいで消えた記録", f"{state.spool.dropped:,}件"))
    return "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)


def _devices(state: State) -> str:
    rows = []
    for each in state.listening.sources:
        heard = state.heard.get(each.id)
        told = "まだ届いていません"
        if heard is not None and heard.last_at is not None:
            told = f"{heard.count:,}件、最後は{stamp(heard.last_at)}"
        rows.append(f"<li>{_safe(each.name)}：{told}</li>")
    return "".join(rows) or "<li>見守る機器は、まだ登録されていません。</li>"


def _around(state: State) -> str:
    """What it hears of the devices around it, and what this machine does not let it hear."""
    found = state.discovery
    if found is None:
        return ""
    rows = [f"気づいた機器：{found.devices:,}台"]
    if found.temporary:
        rows.append(f"一時的なアドレスの機器：{found.temporary:,}台")
    rows += [_CANNOT[each] for each in found.cannot if each in _CANNOT]
    told = "".join(f"<li>{each}</li>" for each in rows)
    return (
        f"<h2>社内の機器</h2><ul>{told}</ul>"
        "<p><small>聞くだけです。機器に問い合わせることも、中身を読むこともありません。</small></p>"
    )


def _warning(sentence: str) -> str:
    return f"受け口を開けません。サービスの窓口に知らせてください（{sentence}）。"


def _safe(text: str) -> str:
    return html.escape(text)
