#!/usr/bin/env bash
# The programs some tests drive: a browser with a Japanese font, and real senders of logs and mail.
# As root on Debian or Ubuntu the missing ones are installed, in one go and with no service started;
# else this says once what is missing and how to get it, and those tests skip with that reason.
#   tools/programs.sh [browser] [senders]      nothing named: all
# syslog-ng is not among them: Debian's package excludes rsyslog (both provide system-log-daemon).
set -u
policy=/usr/sbin/policy-rc.d

missing_for_browser() {
  command -v chromium chromium-browser >/dev/null || echo chromium
  command -v fc-list >/dev/null || echo fontconfig
  fc-list :lang=ja 2>/dev/null | grep -q . || echo fonts-morisawa-bizud-gothic
}

missing_for_senders() {
  local PATH="$PATH:/usr/sbin"
  command -v curl >/dev/null || echo curl
  command -v rsyslogd >/dev/null || echo rsyslog
  compgen -G '/usr/lib/*/rsyslog/omelasticsearch.so' >/dev/null || echo rsyslog-elasticsearch
  compgen -G '/usr/lib/*/rsyslog/lmnsd_gtls.so' >/dev/null || echo rsyslog-gnutls
  command -v softflowd >/dev/null || echo softflowd
  [ -x /usr/lib/dovecot/imap ] || echo dovecot-imapd
}

# Debian asks this file before it starts a service; one that is there already is put back.
forbid_starting() {
  if [ -e "$policy" ]; then mv "$policy" "$policy.before-hinomi"; fi
  trap allow_starting EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

allow_starting() {
  rm -f "$policy"
  if [ -e "$policy.before-hinomi" ]; then mv "$policy.before-hinomi" "$policy"; fi
}

# Nor at the next boot: the tests start their own. A service that was here before is left alone.
not_here_yet() {
  for service in rsyslog softflowd dovecot; do
    [ -e "/lib/systemd/system/$service.service" ] || echo "$service"
  done
}

leave_off() {
  for service in "$@"; do
    systemctl disable "$service.service"
    update-rc.d "$service" disable
  done >/dev/null 2>&1
}

install() {
  echo "hinomi: installing $* …" >&2
  local fresh
  fresh=$(not_here_yet)
  forbid_starting
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null 2>&1
  apt-get install -y -qq --no-install-recommends --no-remove "$@" 2>&1 >/dev/null | grep '^E:' >&2
  # shellcheck disable=SC2086 # a list of plain words
  leave_off $fresh
}

[ $# -gt 0 ] || set -- browser senders
missing() { for group in "$@"; do "missing_for_$group"; done; }
mapfile -t packages < <(missing "$@")
[ ${#packages[@]} = 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  install "${packages[@]}"
  mapfile -t packages < <(missing "$@")
  [ ${#packages[@]} = 0 ] && exit 0
fi
echo "hinomi: tests that need these programs will be skipped. To run them, as root:" >&2
echo "  apt-get install --no-install-recommends ${packages[*]}" >&2
exit 0
