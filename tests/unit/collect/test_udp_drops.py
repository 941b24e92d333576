"""Kernel drops are counted on our own ports only."""

from __future__ import annotations

from hinomi.collect.udp_drops import dropped

TABLE = """\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  101: 0100007F:158A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 7
  102: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2 2 0 900
  103: 00000000000000000000000001000000:158A 0:0000 07 0:0 00:0 0 0 0 3 2 0 5
"""  # noqa: E501


def test_drops_of_our_ports_are_summed() -> None:
    assert dropped(TABLE, ports=[5514]) == 12
    assert dropped(TABLE, ports=[68, 5514]) == 912
    assert dropped(TABLE, ports=[]) == 0


def test_a_layout_we_do_not_know_counts_nothing() -> None:
    assert dropped("", ports=[5514]) == 0
    assert dropped("header\nsomething else\n\n1: zz:zz 3\n", ports=[5514]) == 0
