#!/usr/bin/env bash
# Installs the servers of Debian that `make test-real` starts. None becomes a service of this machine.
set -euo pipefail

packages=(request-tracker5 rt5-db-sqlite rt5-standalone redmine redmine-sqlite ruby-sqlite3 puma
	dovecot-imapd mariadb-server)

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "make test-real runs servers of Debian, and this is no Debian or Ubuntu: run it in a container of one" >&2
	exit 1
fi
if [ "$(id -u)" != 0 ]; then
	echo "make test-real installs Debian's packages (${packages[*]}) and starts them as other users:" \
		"only root may do that. Run it as root, best in a container" >&2
	exit 1
fi
missing=()
for package in "${packages[@]}"; do installed "$package" || missing+=("$package"); done
if [ ${#missing[@]} = 0 ]; then exit 0; fi

echo "Installing ${missing[*]}: about two minutes ..."
export DEBIAN_FRONTEND=noninteractive

# No package may start what it brings.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
	trap 'rm -f "$policy"' EXIT
fi

# Redmine needs no database of its own here, and each test makes one.
echo 'redmine redmine/instances/default/dbconfig-install boolean false' >/tmp/redmine-answers
echo 'request-tracker5 request-tracker5/dbconfig-install boolean false' >>/tmp/redmine-answers
apt-get update -qq
apt-get install -qq -y --no-install-recommends debconf >/dev/null
debconf-set-selections </tmp/redmine-answers 2>/dev/null || true # then a database is made that nobody uses
rm -f /tmp/redmine-answers

if ! apt-get install -qq -y --no-install-recommends "${missing[@]}" >/tmp/test-real-install.log 2>&1; then
	# The Ruby of Debian's security updates looks for a folder of each gem, which packages of one library lack.
	for root in /usr/share/rubygems-integration/* /usr/lib/*/rubygems-integration/*; do
		for gem in "$root"/specifications/*.gemspec; do
			[ ! -e "$gem" ] || mkdir -p "$root/gems/$(basename "$gem" .gemspec)"
		done
	done
	dpkg --configure --pending >>/tmp/test-real-install.log 2>&1 ||
		{ tail -40 /tmp/test-real-install.log >&2; exit 1; }
fi
