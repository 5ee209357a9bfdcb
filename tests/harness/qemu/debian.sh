# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Fetch Debian packages without touching the machine's own apt: with a private apt root in
# the cache, from the mirrors that the machine's apt is configured for.
# Sourced, never run. Sets `cache`, the folder for everything that is fetched or built once.

cache=${FASTVDSO_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/fastvdso}
mkdir -p "$cache"

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 125; }

# Prefix for a command that needs root: empty for root, a user namespace for others.
as_root=()
if [ "$(id -u)" -ne 0 ]; then
	# shellcheck disable=SC2034 # used by scripts that source this file
	as_root=(unshare --user --map-auto --map-root-user)
fi

# The base address of the mirror that carries a given archive ("Debian" or
# "Debian-Security"), as the machine's own apt knows it.
mirror_of() {
	local uri
	# shellcheck disable=SC2016 # apt expands these
	uri=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		awk -v label="$1" '$1 == label { print $2; exit }')
	[ -n "$uri" ] || die "apt knows no mirror of $1: run apt-get update first"
	printf '%s\n' "$uri"
}

# The folder of a suite's private root, for another architecture if `foreign` names one.
apt_root() {
	printf '%s\n' "$cache/apt/$1${foreign:+-$foreign}"
}

# private_apt SUITE TOOL ARGS...: apt-get or apt-cache on the private root of a suite.
private_apt() {
	local root tool=$2
	root=$(apt_root "$1")
	shift 2
	"$tool" -c "$root/apt.conf" "$@"
}

# The lines of a sources.list for a suite. Backports and experimental include the suite that
# they add to.
sources_of() {
	local key=/usr/share/keyrings/debian-archive-keyring.gpg main security suite suites
	main=$(mirror_of Debian) || exit
	security=$(mirror_of Debian-Security) || exit
	case $1 in
	*-backports)	suites=("${1%-backports}"{,-updates,-backports}) ;;
	sid)		suites=(sid) ;;
	experimental)	suites=(sid experimental) ;;
	*)		suites=("$1"{,-updates}) ;;
	esac
	for suite in "${suites[@]}"; do
		printf 'deb [signed-by=%s] %s %s main\n' $key "$main" "$suite"
	done
	if [ "${suites[0]}" != sid ]; then
		printf 'deb [signed-by=%s] %s %s-security main\n' $key "$security" "${1%-backports}"
	fi
}

# Make or refresh the private apt root of a suite. Lists younger than a day are kept, and older
# ones too if the mirror cannot be reached. It does if the mirror has no list of updates at the moment.
update_private_apt() {
	local suite=$1 root
	root=$(apt_root "$suite")
	if [ -n "$(find "$root/updated" -mtime -1 2>/dev/null)" ]; then
		return
	fi
	mkdir -p "$root"/{lists/partial,archives/partial,etc}
	: > "$root/status"
	sources_of "$suite" > "$root/etc/sources.list" || exit
	# apt takes packages from backports and experimental only as the default release.
	cat > "$root/apt.conf" <<-CONF
		Dir::State "$root";
		Dir::State::status "$root/status";
		Dir::State::lists "$root/lists";
		Dir::Cache "$root";
		Dir::Cache::archives "$root/archives";
		Dir::Etc::sourcelist "$root/etc/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		$(case $suite in *-backports|experimental) echo "APT::Default-Release \"$suite\";" ;; esac)
		$([ -z "${foreign:-}" ] || echo "APT::Architecture \"$foreign\"; APT::Architectures { \"$foreign\"; };")
		APT::Sandbox::User "root";
	CONF
	say "fetching the package lists of $suite"
	if private_apt "$suite" apt-get -qq update >&2 ||
		compgen -G "$root/lists/*_dists_${suite%-backports}_main_*_Packages*" > /dev/null; then
		touch "$root/updated"
	else
		die "cannot fetch the package lists of $suite"
	fi
}

# The version of a package that apt would install: candidate_of SUITE PACKAGE
candidate_of() {
	private_apt "$1" apt-cache policy "$2" | awk '/Candidate:/ && $2 != "(none)" { print $2 }'
}

# The concrete package behind a metapackage: depends_on SUITE METAPACKAGE PREFIX
depends_on() {
	private_apt "$1" apt-cache depends "$2" |
		awk -v prefix="$3" '$1 ~ /Depends:$/ && index($2, prefix) == 1 { print $2; exit }'
}

# Download packages and unpack them into a folder: unpack_debs SUITE FOLDER PACKAGE...
unpack_debs() {
	local suite=$1 into=$2 work deb
	shift 2
	work=$(mktemp -d "$cache/download.XXXXXX")
	say "fetching $*"
	if ! (cd "$work" && private_apt "$suite" apt-get -qq download "$@" >&2); then
		# Mirrors remove old versions, so the lists may be out of date.
		rm -rf "$work" "$(apt_root "$suite")/updated"
		die "cannot fetch $*; the next run will refresh the package lists"
	fi
	mkdir -p "$into"
	for deb in "$work"/*.deb; do
		dpkg-deb -x "$deb" "$into" || { rm -rf "$work"; die "cannot unpack $deb"; }
	done
	rm -rf "$work"
}
