#!/bin/sh
# check.sh RELEASE [full] - try the patches for FFmpeg RELEASE as a reviewer would
#
# Applies them to an untouched tree with git am, builds with little enabled and
# without a warning in our files, and runs FATE: our tests, fate-source,
# fate-codec_desc, and checkheaders for our headers. With `full`, for all headers,
# builds with only the decoder and one demuxer, after each patch too, and in the
# default configuration.
set -eu

release=$1 full=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
work=$root/build/upstream/$release
tree=$work/am build=$work/build log=$work/log
jobs=-j$(nproc)
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_COMMITTER_NAME=check GIT_COMMITTER_EMAIL=check@example.invalid

ok()   { echo "ok - $release: $*"; }
fail() { echo "not ok - $release: $*"; tail -n 20 "$log"; exit 1; }

mkdir -p "$work.log"
log=$work.log/log
"$here/upstream.sh" "$release" "$work.log/patches" > "$log" 2>&1 || fail "the patches can be made"
rm -rf "$tree" "$build"
git clone -q --shared -b base "$work/tree" "$tree" 2>> "$log" || fail "a tree to apply them to"
git -C "$tree" am -q "$work.log/patches"/*.patch >> "$log" 2>&1 || fail "git am"
ok "git am of $(ls "$work.log/patches" | wc -l) patches"
if git -C "$tree" log -p origin/base.. -- '*.c' '*.h' '*.texi' |
   grep -nE '^[+].*[[:blank:]]$|^[+]	' > "$log"; then
    fail "no tabs and trailing spaces"
fi
ok "no tabs, no trailing spaces"

configure() {
    mkdir -p "$build"
    (cd "$build" && "$tree/configure" --disable-doc --samples="$work/samples" "$@") \
        > "$log" 2>&1 || fail "configure $*"
}

# compile; a warning in a file of ours is a failure
compile() {
    make -C "$build" "$jobs" "$@" > "$log" 2>&1 || fail "make $*"
    grep -E '(libavcodec/rfb|libavformat/(fbs|rfb|minimega|novnc|rbs|vnc))[^:]*:[0-9].*warning' \
        "$log" > "$log.warnings" || return 0
    cp "$log.warnings" "$log"
    fail "no warnings"
}

fate() {
    for test; do
        make -C "$build" "$jobs" "$test" > "$log" 2>&1 || fail "$test"
        ok "$test ($(grep -c '^TEST' "$log" || :) tests)"
    done
}

nothing="--disable-everything --disable-autodetect --enable-zlib --enable-decoder=rfb --enable-demuxer=fbs"
# the compiler is the slow part of it
quick="--optflags=-O1 --disable-debug --disable-x86asm"
[ -z "$full" ] || quick=
mkdir -p "$work/samples/rfb"
cp "$root"/tests/samples/*.fbs "$work/samples/rfb/"
# shellcheck disable=SC2086 # words
configure $nothing $quick --disable-ffplay --disable-ffprobe --disable-avdevice \
    --enable-demuxer=minimega,novnc,rbs,vnclog,vnc --enable-muxer=fbs,framemd5 \
    --enable-encoder=rawvideo,pcm_s16le --enable-protocol=file,pipe --enable-filter=scale,null
compile
ok "builds with our components and what FATE needs"
fate fate-rfb fate-codec_desc fate-source
# checkheaders for ours; all of FFmpeg's take minutes
headers=$(git -C "$tree" diff --name-only origin/base..HEAD -- '*.h' |
    sed -n 's/^\(libav[a-z]*\/\(rfb\|fbs\|vnc\|novnc\)[^.]*\.h\)$/\1.o/p')
# shellcheck disable=SC2086
make -C "$build" "$jobs" ${full:+checkheaders} $headers > "$log" 2>&1 || fail checkheaders
ok "checkheaders ($(echo "$headers" | wc -l) of ours${full:+, and all others})"
[ -n "$full" ] || exit 0

# shellcheck disable=SC2086
configure $nothing
compile
ok "builds with nothing but decoder rfb and demuxer fbs"
for commit in $(git -C "$tree" rev-list --reverse origin/base..HEAD); do
    git -C "$tree" checkout -q "$commit"
    # shellcheck disable=SC2086
    configure $nothing
    compile
    ok "builds after $(git -C "$tree" log -1 --format=%s)"
done
rm -rf "$build"
configure
compile
fate fate-rfb
ok "builds in the default configuration"
