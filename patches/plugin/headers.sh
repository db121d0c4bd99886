#!/bin/sh
# headers.sh RELEASE DIR - put FFmpeg's private headers of RELEASE into DIR
#
# No configure is run. Its results matter to few of the headers that we use: the
# compiler knows the machine, and libm's functions are all there.
#   FFMPEG_CACHE  where the tarballs are kept    FFMPEG_SRC  the tree that release "src" is
set -eu

release=$1 dir=$2
here=$(dirname "$0")

rm -rf "$dir"
mkdir -p "$dir"
if [ "$release" = src ]; then
    (cd "$FFMPEG_SRC" && find libav* -name '*.h' | tar cf - -T -) | tar xf - -C "$dir"
else
    tarball=$("$here/../fetch.sh" "$release" "$FFMPEG_CACHE")
    tar xf "$tarball" -C "$dir" --strip-components=1 --wildcards '*/libav*/*.h'
fi

{
    echo '#define HAVE_THREADS 1'
    echo '#define HAVE_FAST_CLZ 1'
    sed -n 's/.*!HAVE_\([A-Z0-9_]*\).*/#define HAVE_\1 1/p' "$dir/libavutil/libm.h"
    # FFmpeg calls liblzma lzma
    for lib in libturbojpeg libisal libzstd lzma; do
        if pkg-config --exists "$lib" 2>/dev/null || pkg-config --exists "lib$lib" 2>/dev/null; then
            echo "#define CONFIG_$(echo "$lib" | tr '[:lower:]' '[:upper:]') 1"
        fi
    done
} > "$dir/config.h"
: > "$dir/config_components.h"
cat > "$dir/libavutil/avconfig.h" <<'EOF'
#define AV_HAVE_BIGENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
#define AV_HAVE_FAST_UNALIGNED 1
#else
#define AV_HAVE_FAST_UNALIGNED 0
#endif
EOF

# libavformat's version is in the module's name
v() { sed -n "s/^#define  *LIBAVFORMAT_VERSION_$1  *//p" "$dir"/libavformat/version*.h; }
echo "$(v MAJOR).$(v MINOR)" > "$dir/VERSION.libavformat"
