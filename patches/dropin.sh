#!/bin/sh
# dropin.sh OUT - build libavcodec and libavformat in place of the system's own
#
# With the options of the distribution's build (ffmpeg -buildconf) and our files,
# from the source of the same release. The system's programs run on them with
# LD_LIBRARY_PATH=OUT, which is tried at the end. Takes a quarter of an hour
# and wants the -dev packages of everything that the distribution has in FFmpeg:
# they are installed by apt-get build-dep, as its own build does it.
#   FFMPEG_CACHE      where the tarballs are kept
#   DROPIN_CONFIGURE  other options; then nothing is installed
set -eu

out=$1
here=$(cd "$(dirname "$0")" && pwd)
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
die() { echo "dropin.sh: $*" >&2; exit 1; }

command -v ffmpeg >/dev/null || die "there is no ffmpeg on this machine: nothing to be put in place of"
release=$("$here/plugin/release.sh")
tree=build/dropin-$release
mkdir -p build
exec 9> build/dropin.lock
flock -n 9 || { echo "another make is building it; waiting"; flock 9; }

# The main archive with its updates, as the machine has them, and their sources
# beside: with a private list and private lists of packages, /etc/apt is not touched.
build_dep() {
    state=$(cd "$FFMPEG_CACHE" && pwd)/dropin
    mkdir -p "$state/lists/partial"
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        sort -u | sed 's|.*|deb [signed-by=KEY] &\ndeb-src [signed-by=KEY] &|
            s|KEY|/usr/share/keyrings/debian-archive-keyring.gpg|g' > "$state/sources.list"
    root=
    [ "$(id -u)" -eq 0 ] || root=sudo
    for step in update 'build-dep --no-install-recommends -y ffmpeg'; do
        # shellcheck disable=SC2086 # words
        $root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 \
            -o Dpkg::Use-Pty=0 -o Dir::Etc::sourcelist="$state/sources.list" \
            -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$state/lists" $step >/dev/null
    done
}

if [ ! -f "$tree/configure" ]; then
    tarball=$("$here/fetch.sh" "$release" "$FFMPEG_CACHE")
    rm -rf "$tree.new"
    mkdir -p "$tree.new"
    tar xf "$tarball" -C "$tree.new" --strip-components=1
    mv "$tree.new" "$tree"
fi
"$here/register.sh" "$tree"

# One option a line, quoted as the shell that called configure had it.
options=${DROPIN_CONFIGURE:-$(ffmpeg -hide_banner -buildconf | sed -n 's/^ *\(--.*\)/\1/p')}
options="$options --enable-shared --disable-static --disable-doc --disable-programs"
for lib in $(sed -n 's/^rfb_suggest="\(.*\)"$/\1/p' "$here/register.sh"); do
    options="$options --enable-$lib"
done
if [ ! -f "$tree/.configured" ] || [ "$(cat "$tree/.configured")" != "$options" ]; then
    [ -n "${DROPIN_CONFIGURE:-}" ] || build_dep
    echo "configuring FFmpeg $release as the system's is"
    # shellcheck disable=SC2086 # words
    (cd "$tree" && ./configure $options > configure.log 2>&1) ||
        die "configure failed: $tree/ffbuild/config.log"
    echo "$options" > "$tree/.configured"
fi

echo "compiling; this takes a quarter of an hour (log: $tree/make.log)"
make -C "$tree" -j"$(nproc)" libavcodec/libavcodec.so libavformat/libavformat.so \
    > "$tree/make.log" 2>&1 || { tail -n 20 "$tree/make.log" >&2; die "the build failed"; }

# libavutil and libswresample stay the system's; what debuggers want is most of a library
mkdir -p "$out"
for lib in libavcodec libavformat; do
    so=$(ls "$tree/$lib/$lib".so.[0-9]*)
    strip --strip-unneeded -o "$out/${so##*/}" "$so"
done
echo "$out: $(ls "$out" | paste -sd ' ')"

# the stock program, on these
LD_LIBRARY_PATH=$(cd "$out" && pwd)
export LD_LIBRARY_PATH
for program in ffmpeg ffprobe; do
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$LD_LIBRARY_PATH" \
        "$(command -v $program)" > "$out/$program"
    chmod +x "$out/$program"
done
ldd "$(command -v ffmpeg)" | grep -q "libavformat.*$LD_LIBRARY_PATH" ||
    die "the system's ffmpeg does not take the libraries in $out"
mkdir -p "$out/ffmpeg-7.1"
ln -sfn "$(pwd)/$tree/ffbuild" "$out/ffmpeg-7.1/ffbuild"
unset LD_LIBRARY_PATH
BUILD=$out tests/run test_golden test_bad
