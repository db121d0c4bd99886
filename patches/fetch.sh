#!/bin/sh
# fetch.sh RELEASE CACHE - print the path of FFmpeg RELEASE's source tarball
#
# Takes it from Debian's source packages and keeps it in CACHE. Nothing under
# /etc/apt or /var/lib/apt changes: the list of sources and apt's state are
# private ones in CACHE/apt. The mirror is the one the machine itself uses, and
# apt verifies Debian's signature and the tarball's checksum.
set -eu

release=$1 cache=$2
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
state=$cache/apt
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { echo "$*" >&2; }
die() { say "fetch.sh: $*"; exit 1; }

cached() {
    { ls "$cache/ffmpeg_$release.orig.tar.xz" "$cache/ffmpeg_$release".*.orig.tar.xz \
        2>/dev/null || :; } | sort -V | tail -n 1
}

tarball=$(cached)
if [ -n "$tarball" ]; then
    echo "$tarball"
    exit 0
fi

command -v apt-get >/dev/null || die "no apt-get on this machine." \
    "Give a source tree of FFmpeg $release of your own: make FFMPEG_SRC=DIR"

# --- which mirror ----------------------------------------------------------

# The main archive among the machine's sources; $@: further options of apt
mirror_in_use() {
    apt-get "$@" indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' \
        'Created-By: Packages' 2>/dev/null | sed -n 's/^Debian|Debian|//p' | head -n 1
}

mirror=$(mirror_in_use)
if [ -z "$mirror" ]; then # the origin is known only after an update
    mkdir -p "$state/probe/partial"
    apt-get -qq -o Dir::State::lists="$state/probe" -o APT::Sandbox::User="$(id -un)" \
        update >&2 || :
    mirror=$(mirror_in_use -o Dir::State::lists="$state/probe")
    rm -rf "$state/probe"
fi
[ -n "$mirror" ] || die "apt on this machine knows no Debian archive." \
    "Add Debian's to its sources, or: make FFMPEG_SRC=DIR"

# --- private apt -----------------------------------------------------------

mkdir -p "$state/lists/partial" "$state/archives/partial"

# Signatures are asked for in so many words: a lax apt.conf must not count here.
private() {
    tool=$1
    shift
    "$tool" -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$state/lists" -o Dir::Cache="$state" \
        -o Dir::Cache::archives="$state/archives" -o APT::Sandbox::User="$(id -un)" \
        -o Acquire::AllowInsecureRepositories=false \
        -o Acquire::AllowDowngradeToInsecureRepositories=false \
        -o APT::Get::AllowUnauthenticated=false -o APT::Update::Error-Mode=any "$@"
}

use_suite() {
    echo "deb-src [signed-by=$keyring] $mirror $1 main" > "$state/sources.list"
    private apt-get -qq update >"$state/log" 2>&1
}

# A keyring older than the suite cannot verify it: the machine's own Debian
# release, which it can verify, has the newer one.
newer_keyring() {
    rm -rf "$state/keyring"
    mkdir -p "$state/keyring"
    (cd "$state/keyring" &&
        apt-get -qq -o APT::Sandbox::User="$(id -un)" download debian-archive-keyring &&
        dpkg-deb -x debian-archive-keyring_*.deb .) >&2 || return 1
    newer=$state/keyring/usr/share/keyrings/debian-archive-keyring.gpg
    [ -f "$newer" ] && ! cmp -s "$newer" "$keyring" && keyring=$newer
}

# versions of FFmpeg in the suite in use
versions() {
    private apt-cache showsrc --only-source ffmpeg 2>/dev/null |
        sed -n 's/^Version: //p' | sort -V
}

# --- look through the suites ------------------------------------------------

case $release in
5.1) suites=bookworm ;;
7.1) suites=trixie ;;
*)   suites= ;;
esac
# elsewhere too: unstable drops old sources without notice
suites="$suites testing unstable stable experimental stable-backports"

seen=
for suite in $suites; do
    say "looking for FFmpeg $release in Debian $suite"
    use_suite "$suite" ||
        { grep -q NO_PUBKEY "$state/log" && newer_keyring && use_suite "$suite"; } ||
        { cat "$state/log" >&2; say "Debian $suite cannot be used; going on"; continue; }
    found=
    for version in $(versions); do
        upstream=${version#*:}
        upstream=${upstream%-*}
        case $upstream in
        "$release" | "$release".*) found=$version ;;
        esac
        seen="$seen $upstream($suite)"
    done
    [ -n "$found" ] || continue
    say "fetching ffmpeg $found from Debian $suite"
    (cd "$cache" && private apt-get -qq --download-only --tar-only source "ffmpeg=$found") >&2 ||
        { say "the mirror no longer has it; going on"; continue; }
    break
done
rm -rf "$state/lists"

tarball=$(cached)
if [ -z "$tarball" ]; then
    say "FFmpeg $release is not to be had from this mirror now. It has:${seen:- nothing}"
    say "Choose one of these (make FFMPEG=7.1) or give a tree: make FFMPEG_SRC=DIR"
    exit 1
fi
echo "$tarball"
