#!/usr/bin/env bash
# The programs some tests drive: a browser with a Japanese font, and real senders of logs and mail.
# As root on Debian or Ubuntu the missing ones are installed, in one go and with no service started;
# else this says once what is missing and how to get it, and those tests skip with that reason.
#   tools/programs.sh [browser] [senders]      nothing named: all
# syslog-ng is unpacked into build/beside and not installed: Debian's package excludes rsyslog (both
# provide system-log-daemon). tools/test.sh names that folder to the tests.
set -u
beside="$(dirname "$0")/../build/beside"
policy=/usr/sbin/policy-rc.d

shell_is_to_be_had() {
  LC_ALL=C apt-cache policy chromium-headless-shell 2>/dev/null | grep -q 'Candidate: [0-9]'
}

# Without a window it needs a quarter of the processor: root gets that one where there is one.
missing_browser() {
  if command -v chromium-headless-shell >/dev/null; then return; fi
  if [ "$(id -u)" = 0 ] && [ -z "${tried-}" ] && shell_is_to_be_had; then
    echo chromium-headless-shell
  else
    command -v chromium chromium-browser >/dev/null || echo chromium
  fi
}

missing_for_browser() {
  missing_browser
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
  command -v ip >/dev/null || echo iproute2
}

# With those of its libraries that are not here; apt only tells which.
unpack_syslog_ng() {
  if command -v syslog-ng >/dev/null || [ -x "$beside/usr/sbin/syslog-ng" ]; then return; fi
  echo "hinomi: unpacking syslog-ng into build/beside …" >&2
  apt-get update -qq >/dev/null 2>&1
  local aside names
  aside=$(mktemp -d)
  mapfile -t names < <(apt-get -s install --no-install-recommends syslog-ng-core syslog-ng-mod-http \
    2>/dev/null | awk '/^Inst/ {print $2}')
  (cd "$aside" && [ ${#names[@]} -gt 0 ] && apt-get download -qq "${names[@]}" >/dev/null 2>&1) &&
    mkdir -p "$beside" && for package in "$aside"/*.deb; do dpkg -x "$package" "$beside"; done
  rm -rf "$aside"
  [ -x "$beside/usr/sbin/syslog-ng" ] || echo "hinomi: that failed; its tests will be skipped" >&2
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
  local names=("$@")
  if shell_is_to_be_had; then names=("${names[@]/%chromium/chromium-headless-shell}"); fi
  apt-get install -y -qq --no-install-recommends --no-remove "${names[@]}" 2>&1 >/dev/null |
    grep '^E:' >&2
  # shellcheck disable=SC2086 # a list of plain words
  leave_off $fresh
}

[ $# -gt 0 ] || set -- browser senders
missing() { for group in "$@"; do "missing_for_$group"; done; }
mapfile -t packages < <(missing "$@")
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  if [ ${#packages[@]} -gt 0 ]; then
    install "${packages[@]}"
    tried=yes
    mapfile -t packages < <(missing "$@")
  fi
  case " $* " in *" senders "*) unpack_syslog_ng ;; esac
fi
[ ${#packages[@]} = 0 ] && exit 0
echo "hinomi: tests that need these programs will be skipped. To run them, as root:" >&2
echo "  apt-get install --no-install-recommends ${packages[*]}" >&2
exit 0
