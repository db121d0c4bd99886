#!/bin/sh
# build.sh [RELEASE] - build the plugin for the FFmpeg of this machine, or for RELEASE
# build.sh --stock - for the FFmpeg of this machine, if it has one that can be had
#
#   FFMPEG_CACHE, FFMPEG_SRC  as for headers.sh    V=1  show every command
set -eu

here=$(dirname "$0")
# the variables of the outer make mean nothing to the inner one
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

case ${1:-} in
--stock)
    release=$("$here/release.sh" 2>/dev/null) || exit 0
    [ -d "build/plugin-$release" ] || "$here/../fetch.sh" "$release" "$FFMPEG_CACHE" >/dev/null || {
        echo "the plugin for this machine's FFmpeg $release is not built: no headers"
        exit 0
    } ;;
'')
    release=$("$here/release.sh") || {
        echo "make plugin PLUGIN_FFMPEG=5.1 (or 7.1, 8.1) builds it all the same" >&2
        exit 1
    } ;;
*)
    release=$1 ;;
esac

mkdir -p build
[ -f "build/plugin-$release/.linked" ] || echo "compiling the plugin for FFmpeg $release"
log=build/plugin-$release.log
if [ -n "${V:-}" ]; then
    flock build/plugin.lock make -f "$here/plugin.mk" -j"$(nproc)" RELEASE="$release" V="$V"
else
    flock build/plugin.lock make -f "$here/plugin.mk" -j"$(nproc)" RELEASE="$release" \
        > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
    # what the compiler says of our own files is for us to see
    grep -A5 -E 'warning|note' "$log" >&2 || :
fi
