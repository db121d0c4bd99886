#!/bin/sh
# deps.sh GROUP... - install the Debian packages that a group of targets needs
#
# Calls apt only when something is missing.
set -eu

packages() {
    case $1 in
    build) echo gcc libc6-dev make nasm pkg-config xz-utils zlib1g-dev \
        libturbojpeg0-dev libjpeg62-turbo-dev libisal-dev libzstd-dev liblzma-dev libx264-dev libx265-dev \
        libvpx-dev libsvtav1enc-dev libdav1d-dev libwebp-dev libopus-dev libfreetype-dev libfontconfig-dev \
        libfribidi-dev libharfbuzz-dev libsdl2-dev libgnutls28-dev \
        fonts-dejavu-core libmicrohttpd-dev libjansson-dev libwslay-dev libvncserver-dev scdoc \
        libpng-dev libxkbcommon-dev xkb-data libsasl2-dev ;;
    plugin) echo gcc libc6-dev binutils make xz-utils pkg-config zlib1g-dev \
        libturbojpeg0-dev libisal-dev libzstd-dev liblzma-dev ;;
    # ffmpeg and mpv: the distribution's own programs, for the plugin
    check) echo libcmocka-dev liblzo2-dev python3 xvfb xdotool imagemagick \
        tigervnc-standalone-server tigervnc-viewer xterm x11-xserver-utils x11vnc tightvncserver \
        xfonts-base qemu-system-x86 websockify openssl ffmpeg mpv \
        x11-utils xclip chromium nodejs sway wayvnc grim foot vncsnapshot \
        libsasl2-modules sasl2-bin
        # npm comes with some packages of nodejs, and is large where it does not
        command -v npm >/dev/null || echo npm ;;
    fuzz)  echo clang libclang-rt-dev llvm ;;
    patches) echo git unifdef xz-utils ;;
    bench) echo python3 libvncserver-dev tigervnc-standalone-server xterm xdotool \
        fonts-dejavu-core imagemagick ;;
    *)     echo "deps.sh: no group '$1'" >&2; exit 2 ;;
    esac
}

wanted=$(for group; do packages "$group"; done)
# shellcheck disable=SC2086 # a list of words
have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
       sed -n 's/^installed //p' || :)
missing=
for package in $wanted; do
    echo "$have" | grep -qxF "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" -ne 0 ]; then
    root=sudo
    command -v sudo >/dev/null || {
        echo "Debian packages are missing. Run this as root, then make again:" >&2
        echo "    apt-get update && apt-get install --no-install-recommends$missing" >&2
        exit 1
    }
fi
echo "installing with apt:$missing"
apt="$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600"
$apt update
# shellcheck disable=SC2086
$apt -o Dpkg::Use-Pty=0 install -y --no-install-recommends $missing >/dev/null || {
    echo "apt-get could not install:$missing" >&2
    echo "Try it by hand: $root apt-get install --no-install-recommends$missing" >&2
    exit 1
}
