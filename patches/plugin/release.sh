#!/bin/sh
# release.sh - print which FFmpeg release the machine's own libraries are of
#
# 5.1, 7.1, 8.1 or 9.0: what the plugin supports. Exit status 1 where there are no
# libraries of FFmpeg, 2 where they are of another release; the reason is on
# standard error then.
set -eu

# The file's name tells libavformat's version. First the one that the ffmpeg in
# use runs with, then the newest that the dynamic linker knows.
ffmpeg=$(command -v ffmpeg || :)
file=$([ -z "$ffmpeg" ] || ldd "$ffmpeg" 2>/dev/null |
    sed -n 's/.*libavformat\.so\.[0-9]* => \([^ ]*\).*/\1/p')
[ -n "$file" ] || file=$(
    { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || :; } |
    sed -n 's/.*libavformat\.so\.[0-9]* .* => //p' | sort -V | tail -n 1)
version=$([ -z "$file" ] || readlink -f "$file" |
    sed -n 's/.*libavformat\.so\.\([0-9]*\.[0-9]*\)\..*/\1/p')

case $version in
59.27) echo 5.1 ;;
61.7)  echo 7.1 ;;
62.12) echo 8.1 ;;
63.1)  echo 9.0 ;;
'')    echo "there are no FFmpeg libraries on this machine" >&2; exit 1 ;;
*)     echo "this machine's libavformat is $version; the plugin is for" \
           "59.27 (FFmpeg 5.1), 61.7 (7.1), 62.12 (8.1) and 63.1 (9.0)" >&2; exit 2 ;;
esac
