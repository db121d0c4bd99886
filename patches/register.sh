#!/bin/sh
# register.sh TREE - make our codecs and formats part of an FFmpeg source tree
#
# Links every source of ours into TREE and adds the lines that FFmpeg's build
# needs. Safe to run again at any time: the edited files are always made anew
# from the untouched copies kept in TREE/.pristine, and one that comes out the
# same keeps its date, so that nothing is rebuilt without a reason.
#
# With UPSTREAM set, the tree gets what a patch for FFmpeg itself would have:
# copies of the sources, in SOURCES, and no libraries that FFmpeg does not use.
#
# Sources are found by looking: what the table below does not name belongs to
# the `rfb` (libavcodec) or `fbs` (libavformat) subsystem, which the components
# select. *_template.c files are included by others and not compiled.
set -eu

here=$(cd "${SOURCES:-$(dirname "$0")/..}" && pwd)
upstream=${UPSTREAM:-}
[ $# -eq 1 ] && [ -f "$1/configure" ] || {
    echo "usage: $0 TREE    (TREE: an unpacked FFmpeg source)" >&2
    exit 2
}
tree=$(cd "$1" && pwd)

# kind name source [more sources of its own, or what it selects]; a row whose
# source does not exist is skipped
components="
decoder rfb      libavcodec/rfbdec.c
demuxer fbs      libavformat/fbsdec.c
demuxer minimega libavformat/minimegadec.c
demuxer novnc    libavformat/novncdec.c
demuxer rbs      libavformat/rbsdec.c
demuxer vnc      libavformat/vncdec.c libavformat/vncaddress.c libavformat/vncauth.c libavformat/vncclient.c libavformat/vncio.c tcp_protocol
demuxer vnclog   libavformat/vnclogdec.c
muxer   fbs      libavformat/fbsenc.c
"

table=$(echo "$components" | while read -r kind name src more; do
    [ -z "$kind" ] || [ ! -f "$here/$src" ] || echo "$kind $name $src $more"
done)
rows() { echo "$table" | grep "^$1 " || :; }

die() { echo "register.sh: $*" >&2; exit 1; }

# --- the sources -----------------------------------------------------------

# Links, not copies: an edited file is seen by FFmpeg's make at once.
link_sources() {
    lib=$1
    if [ -n "$upstream" ]; then
        cp "$here/$lib"/*.[ch] "$tree/$lib/"
        return
    fi
    for old in "$tree/$lib"/*.[ch]; do
        [ ! -L "$old" ] || [ -e "$old" ] || rm "$old"
    done
    for src in "$here/$lib"/*.[ch]; do
        [ -f "$src" ] || continue
        dst=$tree/$lib/${src##*/}
        [ -L "$dst" ] || [ ! -e "$dst" ] ||
            die "$lib/${src##*/} would replace a file of FFmpeg's: rename it"
        [ "$(readlink "$dst" || :)" = "$src" ] || ln -sfn "$src" "$dst"
    done
}

# objects of a library that belong to no component
shared_objects() {
    for src in "$here/$1"/*.c; do
        [ -f "$src" ] || continue
        name=${src##*/}
        case $name in *_template.c) continue ;; esac
        echo "$components" | grep -qE " $1/$name( |\$)" || printf ' %s.o' "${name%.c}"
    done
}

# words of a row: the objects of its sources, and the other ones
own_objects() {
    for word in $1; do
        case $word in *.c) word=${word##*/}; printf ' %s.o' "${word%.c}" ;; esac
    done
}
selects() {
    for word in $1; do
        case $word in *.c) ;; *) printf ' %s' "$word" ;; esac
    done
}

# --- the edits -------------------------------------------------------------

# edit FILE: start from the untouched FILE; finish: put the result in place
edit() {
    file=$1
    if [ ! -f "$tree/.pristine/$file" ]; then
        mkdir -p "$(dirname "$tree/.pristine/$file")"
        cp -p "$tree/$file" "$tree/.pristine/$file"
    fi
    cp "$tree/.pristine/$file" "$tree/.edited"
}

finish() {
    if cmp -s "$tree/.edited" "$tree/$file"; then
        rm "$tree/.edited"
    else
        cat "$tree/.edited" > "$tree/$file" # keeps the mode
        rm "$tree/.edited"
        echo "registered in $file"
    fi
}

# insert REGEX TEXT: put TEXT before the first line that matches REGEX
insert() {
    text=$2 awk -v re="$1" '
        !done && $0 ~ re { print ENVIRON["text"]; done = 1 }
        { print }
        END { exit !done }' "$tree/.edited" > "$tree/.edited.new" || {
        rm -f "$tree/.edited" "$tree/.edited.new"
        die "$file: no line matches '$1'." \
            "This FFmpeg differs from those known (5.1, 7.1, 8.1, 9.0):" \
            "find the line's new form and mend patches/register.sh"
    }
    mv "$tree/.edited.new" "$tree/.edited"
}

# insert_like MODEL KIND: declare our components of KIND in front of the line
# that declares ff_MODEL, in that line's own words (the types differ by release)
insert_like() {
    model=$(grep "ff_$1_$2;" "$tree/.edited" | head -n 1)
    rows "$2" | while read -r _ name _; do
        echo "$model" | sed "s/ff_$1_/ff_${name}_/"
    done > "$tree/.lines"
    lines=$(cat "$tree/.lines")
    rm "$tree/.lines"
    [ -z "$lines" ] || insert "ff_$1_$2;" "$lines"
}

[ -n "$table" ] || echo "register.sh: none of our components is there yet" >&2
link_sources libavcodec
[ ! -d "$here/libavformat" ] || link_sources libavformat

edit configure
[ -n "$upstream" ] || insert '^  --enable-libtwolame ' \
'  --enable-libisal         unpack zlib rectangles of RFB faster via ISA-L [no]
  --enable-libturbojpeg    decode JPEG rectangles of RFB via libjpeg-turbo [no]
  --enable-libzstd         unpack Zstandard rectangles of RFB via libzstd [no]'
[ -n "$upstream" ] || insert '^    libtwolame$' '    libisal
    libturbojpeg
    libzstd'
[ -z "$(rows '[a-z]*muxer')" ] || insert '^    fdctdsp$' '    fbs'
insert '^    riffdec$' '    rfb'
insert '^rv10_decoder_select=' "$(
    echo 'rfb_deps="zlib"'
    if [ -n "$upstream" ]; then
        echo 'rfb_decoder_select="mjpeg_decoder png_decoder rfb"'
        echo 'rfb_decoder_suggest="h264_decoder"'
    else
        echo 'rfb_suggest="libisal libturbojpeg libzstd"'
        echo 'rfb_decoder_select="rfb"'
    fi)"
[ -z "$(rows '[a-z]*muxer')" ] || insert '^sdp_demuxer_select=' 'fbs_select="rfb"'
[ -z "$(rows '[a-z]*muxer')" ] || insert '^sdp_demuxer_select=' "$(
    rows '[a-z]*muxer' | while read -r kind name _ more; do
        echo "${name}_${kind}_select=\"fbs$(selects "$more")\""
    done)"
[ -n "$upstream" ] || insert '^enabled libtwolame ' \
'enabled libisal           && require_pkg_config libisal libisal isa-l/igzip_lib.h isal_inflate
enabled libturbojpeg      && require_pkg_config libturbojpeg libturbojpeg turbojpeg.h tjInitDecompress
enabled libzstd           && require_pkg_config libzstd libzstd zstd.h ZSTD_decompressStream'
finish

for lib in libavcodec/rfb/RV34DSP libavformat/fbs/SDP_DEMUXER; do
    before=${lib##*/} sub=${lib%/*}
    lib=${sub%/*} sub=$(echo "${sub#*/}" | tr '[:lower:]' '[:upper:]')
    edit "$lib/Makefile"
    objects=$(shared_objects "$lib")
    [ -z "$objects" ] || insert "^OBJS-.\\(CONFIG_$before\\) " \
        "OBJS-\$(CONFIG_$sub) +=$objects"
    lines=$(rows '[a-z]*' | while read -r kind name srcs; do
        case $srcs in $lib/*)
            echo "OBJS-\$(CONFIG_$(echo "${name}_$kind" | tr '[:lower:]' '[:upper:]')) +=$(own_objects "$srcs")"
        esac
    done)
    [ -z "$lines" ] || insert "^OBJS-.\\(CONFIG_$before\\) " "$lines"
    # FFmpeg compiles with -fno-tree-vectorize; our pixel loops want it
    [ -z "$objects" ] || [ -n "$upstream" ] || insert "^OBJS-.\\(CONFIG_$before\\) " \
        "\$(addprefix $lib/,$objects): CFLAGS += -O3 -ftree-vectorize"
    finish
done

edit libavcodec/allcodecs.c
insert_like rawvideo decoder
finish

edit libavformat/allformats.c
insert_like ffmetadata demuxer
insert_like ffmetadata muxer
finish

# The id is fixed and the last before the audio ids: no other id moves, and the
# descriptors, which must be sorted by id, get theirs at the same place.
edit libavcodec/codec_id.h
insert '/\* various PCM "codecs" \*/' '    AV_CODEC_ID_RFB = 0xFB52,
'
finish

edit libavcodec/codec_desc.c
insert '/\* various PCM "codecs" \*/' '    {
        .id        = AV_CODEC_ID_RFB,
        .type      = AVMEDIA_TYPE_VIDEO,
        .name      = "rfb",
        .long_name = NULL_IF_CONFIG_SMALL("RFB (VNC remote framebuffer)"),
        .props     = AV_CODEC_PROP_LOSSY | AV_CODEC_PROP_LOSSLESS,
    },
'
finish
