#!/bin/sh
# The patches for FFmpeg itself: that those in patches/ are what the sources
# make, that they apply to untouched trees, build, and pass FATE; and that
# FATE's references agree with the md5 that came with the samples.
set -eu

for ref in patches/upstream/ref/rfb-*; do
    sample=$(sed -n "s|^fate-${ref##*/}: *RFB_FILE = ||p" patches/upstream/rfb.mak)
    # framemd5's last column; the lists have one or two for each update
    sed -n 's/^0,.*, *\([0-9a-f]\{32\}\)$/\1/p' "$ref" > "$BUILD/tests/ref.md5"
    grep -v '^#' "tests/samples/$sample.md5" | paste -d ' ' "$BUILD/tests/ref.md5" - |
        awk '$1 != $8 && $1 != $9 { bad = 1 } END { exit bad || !NR }' && same=y || same=
    if [ -n "$same" ]; then
        echo "ok ${ref##*/}: the pictures of $sample.md5"
    else
        echo "not ok ${ref##*/} - other pictures than $sample.md5 has"
    fi
done

for release in 5.1 7.1; do
    patches/check.sh "$release" || continue
    if diff -r "patches/$release" "build/upstream/$release.log/patches" > "$BUILD/tests/patches.diff"; then
        echo "ok $release: patches/$release is up to date"
    else
        echo "not ok $release: patches/$release is not what the sources make: make patches"
        head -n 20 "$BUILD/tests/patches.diff"
    fi
done
