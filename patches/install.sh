#!/bin/sh
# install.sh ROOT < ROWS - install files and remember them; install.sh -u ROOT - remove them
#
# Each row is MODE FILE TARGET, the target relative to ROOT; a file that was not
# built is left out. What was put there, with the directories made for it, is
# noted in ROOT/share/fbs-ffmpeg/installed, so that exactly this goes again.
set -eu

list=share/fbs-ffmpeg/installed

# directories are noted from the outside in, before they are made
make_dir() {
    [ -d "$1" ] || [ "$1" = . ] || {
        make_dir "$(dirname "$1")"
        mkdir "$1"
        dirs="$dirs $1"
    }
}

note() { grep -qxF "$1" "$list" || echo "$1" >> "$list"; }

install_all() {
    here=$PWD
    root=
    [ -d "$1" ] || root=new
    mkdir -p "$1"
    cd "$1"
    dirs=
    make_dir "$(dirname "$list")"
    touch "$list"
    [ -z "$root" ] || note root
    for dir in $dirs; do note "dir $dir"; done
    while read -r mode file target; do
        [ -e "$here/$file" ] || continue
        dirs=
        make_dir "$(dirname "$target")"
        for dir in $dirs; do note "dir $dir"; done
        note "file $target"
        install -m "$mode" "$here/$file" "$target"
        echo "$1/$target"
    done
}

remove_all() {
    [ -f "$1/$list" ] || { echo "nothing of this is installed in $1"; return 0; }
    cd "$1"
    sed -n 's/^file //p' "$list" | while read -r target; do
        rm -f "$target"
        echo "removed $1/$target"
    done
    dirs=$(sed -n 's/^dir //p' "$list" | tac)
    root=$(grep -x root "$list" || :)
    rm "$list"
    # one that holds something of others stays
    for dir in $dirs; do rmdir "$dir" 2>/dev/null || :; done
    cd /
    [ -z "$root" ] || rmdir "$1" 2>/dev/null || :
}

if [ "$1" = -u ]; then
    remove_all "$2"
else
    install_all "$1"
fi
