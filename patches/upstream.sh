#!/bin/sh
# upstream.sh RELEASE OUT - write the patches for FFmpeg RELEASE into OUT
#
# Each patch adds a part of our sources to an untouched tree, registers it with
# register.sh, and brings the documentation. The same sources give the same
# bytes: dates and hashes are fixed. AUTHOR="Name <mail>" signs them.
#   FFMPEG_CACHE  where the tarballs are kept
set -eu

[ $# -eq 2 ] || { echo "usage: $0 RELEASE OUT" >&2; exit 2; }
release=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
cache=${FFMPEG_CACHE:-$root/build/cache}
author=${AUTHOR:-The rfb developers <rfb@example.invalid>}
work=$root/build/upstream/$release
tree=$work/tree stage=$work/sources
text=$here/upstream

say() { echo "$*"; }
die() { echo "upstream.sh: $*" >&2; exit 1; }

# --- an untouched tree --------------------------------------------------------

tarball=$("$here/fetch.sh" "$release" "$cache")
rm -rf "$work"
mkdir -p "$tree" "$stage/libavcodec"
tar xf "$tarball" -C "$tree" --strip-components=1

export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME="${author% <*}" GIT_AUTHOR_EMAIL="${author#*<}"
GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL%>}
export GIT_COMMITTER_NAME="$GIT_AUTHOR_NAME" GIT_COMMITTER_EMAIL="$GIT_AUTHOR_EMAIL"
export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'

git() { command git -C "$tree" -c core.autocrlf=false -c gc.auto=0 "$@"; }

git init -q -b base
# what the release itself ignores is not missed; what we add by name is
printf '%s\n' /.pristine/ /.edited '/.lines' > "$tree/.git/info/exclude"
git add -A
git commit -q -m "FFmpeg $(cat "$tree/RELEASE")"
git checkout -q -b rfb

major() {
    sed -n "s/^#define LIB$1_VERSION_MAJOR  *//p" "$tree/lib$2/version_major.h" \
        "$tree/lib$2/version.h" 2>/dev/null | head -n 1
}
avcodec=$(major AVCODEC avcodec) avformat=$(major AVFORMAT avformat) avutil=$(major AVUTIL avutil)

# --- pieces of a patch --------------------------------------------------------

# the conditions that hold in this release; FFmpeg wants no intrinsics
if [ "$avutil" -ge 59 ]; then frames='-DAV_FRAME_FLAG_KEY=1 -DRFB_HAVE_HINTS=1'
else frames='-UAV_FRAME_FLAG_KEY -DRFB_HAVE_HINTS=0'; fi
conditions="-DHAVE_AV_CONFIG_H -U__SSE2__ $frames
    -DCONFIG_LIBISAL=0 -DCONFIG_LIBTURBOJPEG=0 -DCONFIG_LIBZSTD=0
    -DLIBAVCODEC_VERSION_MAJOR=$avcodec -DLIBAVFORMAT_VERSION_MAJOR=$avformat
    -DLIBAVUTIL_VERSION_MAJOR=$avutil"

# add LIB FILE...: our sources as one release sees them, without the others' #ifs
# and without the names that stand for what differs
add() {
    lib=$1
    shift
    mkdir -p "$stage/$lib"
    for file in "$@"; do
        [ "${file##*/}" != rfb_compat.h ] || continue
        status=0
        # shellcheck disable=SC2086 # words
        unifdef $conditions -o "$stage/$lib/${file##*/}.all" "$file" || status=$?
        [ "$status" -le 1 ] || die "unifdef failed for $file"
        awk -v avcodec="$avcodec" -v avformat="$avformat" -v avutil="$avutil" \
            -v config="$(grep -c CONFIG_LZMA "$stage/$lib/${file##*/}.all")" -f "$text/plain.awk" \
            "$stage/$lib/${file##*/}.all" > "$stage/$lib/${file##*/}"
        rm "$stage/$lib/${file##*/}.all"
    done
}

# before FILE REGEX TEXT: put TEXT before the first line that matches REGEX
before() {
    TEXT=$3 awk -v re="$2" '
        !done && $0 ~ re { print ENVIRON["TEXT"]; done = 1 }
        { print }
        END { exit !done }' "$tree/$1" > "$tree/.edited" ||
        die "$release: $1 has no line that matches '$2'"
    cat "$tree/.edited" > "$tree/$1"
    rm "$tree/.edited"
}

changelog() {
    grep -q '^version <next>:' "$tree/Changelog" ||
        before Changelog '^version ' 'version <next>:

'
    awk -v text="- $1" '/^version <next>:/ { seen = 1 }
        seen && !done && /^$/ { print text; done = 1 }
        { print }' "$tree/Changelog" > "$tree/.edited"
    cat "$tree/.edited" > "$tree/Changelog"
    rm "$tree/.edited"
}

# bump LIB NAME: a new component is a new minor version
bump() {
    minor=$(sed -n "s/^#define LIB$2_VERSION_MINOR  *//p" "$tree/$1/version.h")
    sed -i "s/^\\(#define LIB$2_VERSION_MINOR  *\\)$minor\$/\\1$((minor + 1))/
            s/^\\(#define LIB$2_VERSION_MICRO  *\\)[0-9]*\$/\\1100/" "$tree/$1/version.h"
}

commit() {
    SOURCES=$stage UPSTREAM=1 "$here/register.sh" "$tree" > /dev/null
    git add -A -f libavcodec libavformat tests doc configure Changelog MAINTAINERS
    git commit -q -F -
}

# --- the patches, in the order in which they are read -------------------------

ours() { ls "$root/$1"/*.[ch]; }

# the components that have patches of their own
relatives='minimegadec|novnc.*|rbsdec|vnclogdec'
muxer='fbs(enc|resume)'
# made by a program, not by FFmpeg
maker='rfbindex(enc|pack)'
live='vnc(address|auth|client|dec|io)'

avcodec_patch() {
    # shellcheck disable=SC2046 # names without spaces
    add libavcodec $(ours libavcodec)
    changelog 'RFB (VNC session) decoder'
    before doc/general_contents.texi '^@item RL2 video ' \
        '@item RFB (VNC session)      @tab     @tab  X
    @tab Remote framebuffers, as VNC servers send them.'
    before doc/decoders.texi '^@section libdav1d' "$(cat "$text/decoders.texi")
"
    before MAINTAINERS '^  rl2.c ' "  rfb*                                  $GIT_AUTHOR_NAME"
    bump libavcodec AVCODEC
    commit <<MESSAGE
avcodec: add RFB decoder

It decodes the messages that a VNC server sends: RFC 6143 and the encodings
of the RFB community's specification. The parser is also what demuxers cut
the recorded stream into packets with.
MESSAGE
}

demuxer_patch() {
    # shellcheck disable=SC2046
    add libavformat $(ours libavformat | grep -vE "/($relatives|$muxer|$live|$maker)\\.[ch]\$")
    changelog 'FBS demuxer'
    before doc/general_contents.texi '^@item FFM ' \
        '@item FBS (VNC session recording) @tab   @tab X'
    before doc/demuxers.texi '^@section flv' "$(sed '
        s/^@section fbs, .*/@section fbs/
        /^@table @samp/,/^@end table/d
        s/^All of them may/They may/' "$text/demuxers.texi" | cat -s)
"
    before MAINTAINERS '^  ffm\*' "  fbs*                                  $GIT_AUTHOR_NAME"
    bump libavformat AVFORMAT
    commit <<MESSAGE
avformat: add FBS demuxer

FBS files are what recorders of VNC sessions write: the server's bytes in
blocks with times. Seeking needs no index: packets before the wanted time are
decoded and dropped, and an empty update is put at exactly that time. Where
there is an index, decoding begins at a state from there, not far before it.
MESSAGE
}

relatives_patch() {
    # shellcheck disable=SC2046
    add libavformat $(ours libavformat | grep -E "/($relatives)\\.[ch]\$")
    changelog 'minimega, noVNC, RBS and vncrec demuxers'
    sed -i '/^@section fbs$/,/^@section flv/{/^@section flv/!d}' "$tree/doc/demuxers.texi"
    before doc/demuxers.texi '^@section flv' "$(cat "$text/demuxers.texi")
"
    bump libavformat AVFORMAT
    commit <<MESSAGE
avformat: add minimega, noVNC, RBS and vncrec demuxers

Other containers of the same kind, on top of what the FBS demuxer is made of.
MESSAGE
}

muxer_patch() {
    # shellcheck disable=SC2046
    add libavformat $(ours libavformat | grep -E "/($muxer)\\.[ch]\$")
    changelog 'FBS muxer'
    sed -i 's/^@item FBS (VNC session recording) @tab   @tab X/@item FBS (VNC session recording) @tab X @tab X/' \
        "$tree/doc/general_contents.texi"
    before doc/muxers.texi '^@anchor.framecrc.$' "$(cat "$text/muxers.texi")
"
    bump libavformat AVFORMAT
    commit <<MESSAGE
avformat: add FBS muxer

With -c copy it turns recordings of other kinds into FBS, which all players
read, and cuts recordings at key packets.
MESSAGE
}

live_patch() {
    # shellcheck disable=SC2046
    add libavformat $(ours libavformat | grep -E "/($live)\\.[ch]\$")
    changelog 'VNC demuxer'
    before doc/demuxers.texi '^@c man end' "$(cat "$text/vnc.texi")
"
    bump libavformat AVFORMAT
    commit <<MESSAGE
avformat: add VNC demuxer

It connects to a VNC server and gives what the server sends as packets:
ffmpeg -i vnc://HOST:DISPLAY.
MESSAGE
}

fate_patch() {
    cp "$text/rfb.mak" "$tree/tests/fate/rfb.mak"
    cp "$text"/ref/* "$tree/tests/ref/fate/"
    # FFmpeg 5.1's rawvideo encoder loses durations
    [ "$avcodec" -gt 59 ] ||
        sed -i 's/^\(0,[^,]*,[^,]*,\) *[0-9]*,/\1        1,/' "$tree"/tests/ref/fate/rfb-*
    before tests/Makefile '^include .*/tests/fate/screen.mak' \
        'include $(SRC_PATH)/tests/fate/rfb.mak'
    commit <<MESSAGE
fate: add RFB and FBS tests

The samples are recordings of QEMU, TigerVNC and TightVNC, 8 to 64 kB each.
MESSAGE
}

avcodec_patch
demuxer_patch
relatives_patch
muxer_patch
ls "$root"/libavformat/vncdec.c >/dev/null 2>&1 && live_patch
fate_patch

mkdir -p "$out"
rm -f "$out"/*.patch
count=$(git rev-list --count HEAD)
git format-patch -q --zero-commit --no-signature --full-index -o "$(cd "$out" && pwd)" \
    HEAD~$((count - 1))
say "$out: $(ls "$out" | wc -l) patches for FFmpeg $(cat "$tree/RELEASE")"
