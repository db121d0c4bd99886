#!/bin/sh
# demo.sh BIN SAMPLE OUT - make an mp4 of a recording and show what came of it
set -eu

bin=$1 sample=$2 out=$3
mkdir -p "$out"
mp4=$out/demo.mp4 sheet=$out/contact-sheet.png

probe() { "$bin/ffprobe" -v error -select_streams v:0 "$@" -of default=nk=1:nw=1; }
now() { date +%s%N; }

echo
echo "\$ $bin/ffmpeg -i $sample $mp4"
start=$(now)
"$bin/ffmpeg" -y -v warning -i "$sample" "$mp4"
took=$(($(now) - start))

[ "$(probe -show_entries format=format_name "$sample")" = fbs ] ||
    { echo "demo.sh: $sample was not taken for an FBS recording" >&2; exit 1; }

# 12 pictures evenly spread, whatever the length
seconds=$(probe -show_entries format=duration "$mp4")
"$bin/ffmpeg" -y -v error -i "$mp4" -frames:v 1 \
    -vf "fps=12/$seconds:round=up,scale=320:-2,tile=4x3:padding=4:color=gray" "$sheet"

echo
echo "recording  $sample, $(wc -c < "$sample") bytes"
echo "video      $mp4, $(wc -c < "$mp4") bytes"
"$bin/ffprobe" -v error -select_streams v:0 -count_packets -of default=nw=1 -show_entries \
    stream=codec_name,profile,width,height,pix_fmt,nb_read_packets:format=format_name,duration "$mp4" |
    sed 's/nb_read_packets/frames/; s/^/           /'
awk -v t="$took" -v s="$seconds" 'BEGIN {
    printf "speed      %.2f s for %.1f s of recording: %.0f times faster than real time\n",
           t / 1e9, s, s / (t / 1e9) }'
echo "pictures   $sheet"
echo "watch      $bin/ffplay $sample"
