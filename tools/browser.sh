#!/usr/bin/env bash
# Chromium and a Japanese font for the browser tests: installed when root on Debian or Ubuntu,
# else what is there is used, else the tests skip and say what is missing.
set -u
has_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_font() { fc-list :lang=ja 2>/dev/null | grep -q .; }
if has_browser >/dev/null && has_font; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "hinomi: installing chromium and a Japanese font …" >&2
  apt-get update -qq >/dev/null 2>&1
  apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-morisawa-bizud-gothic \
    >/dev/null 2>&1 && exit 0
fi
echo "hinomi: browser tests will be skipped. To run them, as root:" >&2
echo "  apt-get install chromium fontconfig fonts-morisawa-bizud-gothic" >&2
exit 0
