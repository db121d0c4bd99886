#!/bin/sh
# build.sh RELEASE TREE - bring FFmpeg in TREE up to date, with our files in it
#
# Does what is missing of: fetch, unpack, register, configure, compile. With
# nothing to do it takes a second.
#   FFMPEG_CACHE  where the tarballs are kept    FFMPEG_SRC  a tree to copy instead
#   FFMPEG_CONFIGURE  more options for configure V=1         show every command
set -eu

release=$1 tree=$2
here=$(dirname "$0")
# the variables of the outer make mean nothing to FFmpeg's
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

say() { echo "$*"; }

# one build at a time in a tree
mkdir -p "$(dirname "$tree")"
exec 9> "$tree.lock"
flock -n 9 || { say "another make is building $tree; waiting for it"; flock 9; }

if [ ! -f "$tree/configure" ]; then
    rm -rf "$tree.new"
    mkdir -p "$tree.new"
    if [ -n "${FFMPEG_SRC:-}" ]; then
        [ -f "$FFMPEG_SRC/configure" ] ||
            { say "FFMPEG_SRC=$FFMPEG_SRC is no FFmpeg source tree" >&2; exit 1; }
        say "copying $FFMPEG_SRC"
        (cd "$FFMPEG_SRC" && tar cf - --exclude=.git .) | tar xf - -C "$tree.new"
        # what an earlier configure or build left there is of no use here
        (cd "$tree.new" && rm -f ffbuild/config.* ffbuild/.config config.h* config_components.h &&
            find . -name '*.[od]' -exec rm {} +)
    else
        tarball=$("$here/fetch.sh" "$release" "$FFMPEG_CACHE")
        tar xf "$tarball" -C "$tree.new" --strip-components=1
    fi
    mv "$tree.new" "$tree"
fi

"$here/register.sh" "$tree"

# configure again when what it reads has changed
options="${CC:-} ${FFMPEG_CONFIGURE:-}"
stamp=$tree/.configured
fresh=yes
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$options" ] || fresh=
for input in "$tree/configure" "$tree/libavcodec/allcodecs.c" \
             "$tree/libavformat/allformats.c" "$here/configure.sh"; do
    [ -z "$(find "$input" -newer "$stamp" 2>/dev/null)" ] || fresh=
done
if [ -z "$fresh" ]; then
    say "configuring FFmpeg $(cat "$tree/RELEASE") in $tree"
    rm -f "$stamp"
    "$here/configure.sh" "$tree"
    echo "$options" > "$stamp"
fi

log=$tree/make.log
[ -f "$tree/ffmpeg" ] || say "compiling FFmpeg with $(nproc) jobs; this takes minutes (log: $log)"
if [ -n "${V:-}" ]; then
    make -C "$tree" -j"$(nproc)" V="$V"
elif ! make -C "$tree" -j"$(nproc)" > "$log" 2>&1; then
    grep -B2 -A8 -E '(error|Error [0-9]+|undefined reference)(:| |$)' "$log" | head -n 60 >&2
    say "FFmpeg's build failed; all of it: $log" >&2
    exit 1
fi
# what the compiler says of our own files is for us to see
ours=$(find "$tree/libavcodec" "$tree/libavformat" -type l -name '*.[ch]' |
    sed 's|.*/\(lib[a-z]*/[^/]*\)|\1|' | paste -sd '|')
[ -n "${V:-}" ] || grep -E -A5 "^($ours):.*(warning|note):" "$log" >&2 || :
