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
demuxer novnc    libavformat/novncdec.c libavformat/novncclient.c libavformat/novnctext.c
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

no_place() {
    rm -f "$tree/.edited" "$tree/.edited.new"
    die "$file: no line matches '$1'." \
        "This FFmpeg differs from those known (5.1, 7.1, 8.1, 9.0):" \
        "find the line's new form and mend patches/register.sh"
}

# insert REGEX TEXT: put TEXT before the first line that matches REGEX
insert() {
    text=$2 awk -v re="$1" '
        !done && $0 ~ re { print ENVIRON["text"]; done = 1 }
        { print }
        END { exit !done }' "$tree/.edited" > "$tree/.edited.new" || no_place "$1"
    mv "$tree/.edited.new" "$tree/.edited"
}

# place START FORM NAME TEXT: put TEXT where NAME belongs by the alphabet, among the
# lines from START on that have FORM, a regex in which @ stands for the name
place() {
    text=$4 LC_ALL=C awk -v start="$1" -v head="${2%@*}" -v tail="${2#*@}" -v name="$3" '
        $0 ~ start { on = 1 }
        on && !done && match($0, head "[A-Za-z0-9_]+" tail) {
            other = tolower($0)
            sub(tolower(head), "", other)
            sub(/[^a-z0-9_].*/, "", other)
            if (last < name && name < other) { print ENVIRON["text"]; done = 1 }
            last = other
        }
        { print }
        END { exit !done }' "$tree/.edited" > "$tree/.edited.new" || no_place "$1"
    mv "$tree/.edited.new" "$tree/.edited"
}

# declare_all MODEL KIND START FORM: declare our components of KIND as the line that
# declares ff_MODEL does it (the types differ by release)
declare_all() {
    model=$(grep "ff_$1_$2;" "$tree/.edited" | head -n 1)
    for name in $(rows "$2" | cut -d ' ' -f 2); do
        place "$3" "$4" "${name}_$2" "$(echo "$model" | sed "s/ff_$1_/ff_${name}_/")"
    done
}

# objects NAME OBJECTS: the Makefile's lines for CONFIG_NAME, in the columns of
# the line of CONFIG_$before
objects() {
    column=$(sed -n "s/^\(OBJS-.(CONFIG_$before) *\)+= .*/\1/p" "$tree/.edited" | head -n 1)
    echo "$2" | tr -s ' ' '\n' | awk -v head="OBJS-\$(CONFIG_$1)" -v width="${#column}" '
        NF && length(line $1) > 76 - width { flush(" \\"); line = "" }
        NF { line = line " " $1 }
        function flush(end) {
            printf "%-" width "s%s%s%s\n", n ? "" : head, n++ ? "  " : "+=", line, end
        }
        END { flush("") }'
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
formats=$(rows '[a-z]*muxer')
[ -z "$formats" ] || insert '^    fdctdsp$' '    fbs'
insert '^    riffdec$' '    rfb'
if [ -n "$upstream" ]; then
    insert '^vc1dsp_select=' 'rfb_deps="zlib"
rfb_suggest="lzma"'
    place '^aac_decoder_select=' '^@_(select|deps|suggest)=' rfb_decoder \
'rfb_decoder_select="mjpeg_decoder png_decoder rfb"
rfb_decoder_suggest="h264_decoder"'
else
    insert '^vc1dsp_select=' 'rfb_deps="zlib"
rfb_suggest="libisal libturbojpeg libzstd lzma"'
    place '^aac_decoder_select=' '^@_(select|deps|suggest)=' rfb_decoder 'rfb_decoder_select="rfb"'
fi
[ -z "$formats" ] || insert '^frame_thread_encoder_deps=' 'fbs_select="rfb"'
echo "$formats" | while read -r kind name _ more; do
    [ -z "$kind" ] || place '^ac3_demuxer_select=' '^@_(select|deps|suggest)=' "${name}_$kind" \
        "${name}_${kind}_select=\"fbs$(selects "$more")\""
done
[ -n "$upstream" ] || insert '^enabled libtwolame ' \
'enabled libisal           && require_pkg_config libisal libisal isa-l/igzip_lib.h isal_inflate
enabled libturbojpeg      && require_pkg_config libturbojpeg libturbojpeg turbojpeg.h tjInitDecompress
enabled libzstd           && require_pkg_config libzstd libzstd zstd.h ZSTD_decompressStream'
finish

# what of ours belongs before which of FFmpeg's subsystems; where its list of
# components is searched from
for row in libavcodec/rfb/RV34DSP/RASC_DECODER libavformat/fbs/ISO_MEDIA/AA_DEMUXER; do
    IFS=/ read -r lib sub before first <<ROW
$row
ROW
    edit "$lib/Makefile"
    shared=$(shared_objects "$lib")
    [ -z "$shared" ] || insert "^OBJS-.\\(CONFIG_$before\\) " \
        "$(objects "$(echo "$sub" | tr '[:lower:]' '[:upper:]')" "$shared")"
    rows '[a-z]*' | while read -r kind name srcs; do
        case $srcs in $lib/*)
            place "^OBJS-.[(]CONFIG_$first[)]" '^OBJS-.[(]CONFIG_@[)] ' "${name}_$kind" "$(
                objects "$(echo "${name}_$kind" | tr '[:lower:]' '[:upper:]')" "$(own_objects "$srcs")")"
        esac
    done
    # FFmpeg compiles with -fno-tree-vectorize; our pixel loops want it
    [ -z "$shared" ] || [ -n "$upstream" ] || insert "^OBJS-.\\(CONFIG_$before\\) " \
        "\$(addprefix $lib/,$shared): CFLAGS += -O3 -ftree-vectorize"
    finish
done

edit libavcodec/allcodecs.c
declare_all rawvideo decoder 'ff_aasc_decoder;' '^extern const [A-Za-z]+ ff_@;'
finish

edit libavformat/allformats.c
declare_all ffmetadata demuxer 'ff_aa_demuxer;' '^extern const [A-Za-z]+ +ff_@;'
declare_all ffmetadata muxer 'ff_aa_demuxer;' '^extern const [A-Za-z]+ +ff_@;'
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
