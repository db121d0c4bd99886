#!/bin/sh
# configure.sh TREE - configure FFmpeg for a build of one or two minutes
#
# A working ffmpeg: every bitstream filter, and the codecs, containers, filters
# and protocols below. Names that a release does not know are left out or
# ignored by its configure. FFMPEG_CONFIGURE adds options of your own, for
# instance FFMPEG_CONFIGURE="--enable-filters --enable-decoders".
set -eu

libs="libturbojpeg libisal libzstd lzma libx264 libx265 libvpx libsvtav1 libdav1d libwebp libopus
    libfreetype libfontconfig libfribidi libharfbuzz gnutls sdl2 zlib"

encoders="
    libx264 libx264rgb libx265 libvpx_vp8 libvpx_vp9 libsvtav1 libwebp libwebp_anim
    png apng mjpeg gif bmp ppm tiff ffv1 huffyuv ffvhuff utvideo qtrle flashsv zmbv
    rawvideo wrapped_avframe mpeg1video mpeg2video mpeg4 flv
    aac libopus flac mp2 ac3 alac pcm_s16le pcm_s16be pcm_s24le pcm_s32le pcm_f32le
    pcm_u8 pcm_alaw pcm_mulaw srt subrip ass ssa webvtt movtext text"

decoders="
    h264 hevc libdav1d vp8 libvpx_vp9 mpeg1video mpeg2video mpeg4 h263 flv
    png apng mjpeg gif bmp ppm pgm pbm pam tiff webp qoi ffv1 huffyuv ffvhuff utvideo
    qtrle flashsv flashsv2 vmnc tscc tscc2 zmbv cscd g2m rasc rscc msrle cinepak
    rawvideo wrapped_avframe rfb
    aac aac_latm opus libopus vorbis flac mp2 mp3 ac3 alac pcm_s16le pcm_s16be
    pcm_s24le pcm_s32le pcm_f32le pcm_u8 pcm_alaw pcm_mulaw
    srt subrip ass ssa webvtt movtext text"

muxers="
    mp4 mov ipod adts matroska webm webm_chunk webm_dash_manifest avi flv nut gif apng
    webp image2 image2pipe mjpeg mpjpeg mpegts mpeg1system mpeg2video mpeg1video
    h264 hevc m4v ivf obu rawvideo yuv4mpegpipe null framemd5 framecrc framehash
    streamhash md5 hash crc hls dash segment stream_segment tee fifo ffmetadata
    ogg opus flac mp3 mp2 ac3 wav w64 pcm_s16le pcm_u8 srt ass webvtt rtp rtsp
    fbs"

demuxers="
    mov matroska avi flv nut gif apng image2 image2pipe image_png_pipe
    image_jpeg_pipe image_webp_pipe image_bmp_pipe image_ppm_pipe image_tiff_pipe
    image_gif_pipe mjpeg mpjpeg mpegts mpegps mpegvideo h264 hevc m4v ivf obu av1
    rawvideo yuv4mpegpipe hls concat webm_dash_manifest ffmetadata aac ogg flac mp3
    ac3 wav w64 pcm_s16le pcm_u8 srt ass webvtt sdp rtp rtsp
    fbs minimega novnc rbs vnc vnclog"

parsers="h264 hevc av1 vp8 vp9 mjpeg png gif bmp webp mpegvideo mpeg4video h263 qoi
    aac aac_latm ac3 flac opus vorbis mpegaudio"

filters="
    addroi alphaextract alphamerge atadenoise bbox blackdetect blackframe blend
    boxblur bwdif chromahold chromakey colorbalance colorchannelmixer colorkey
    colorlevels colorspectrum concat convolution copy crop
    cropdetect curves dblur decimate deflicker delogo deshake despill
    drawbox drawgraph drawgrid drawtext edgedetect entropy eq erosion dilation
    extractplanes fade feedback field fillborders     format fps framerate framestep freezedetect freezeframes gblur
    geq grayworld gradfun graphmonitor hflip hqdn3d hstack hue huesaturation
    identity idet il interleave lagfun limiter loop lumakey lut lut2 lut3d lutrgb
    lutyuv mergeplanes metadata midequalizer mix monochrome mpdecimate
    msad negate noformat noise normalize null overlay pad palettegen
    paletteuse perspective pixdesctest pixelize pp psnr pullup
    qp random realtime remap removelogo reverse rgbashift rotate scale scale2ref
    scdet scroll select selectivecolor sendcmd separatefields setdar setfield
    setparams setpts setrange setsar settb sharpness showinfo showpalette
    shuffleframes shuffleplanes sidedata signalstats smartblur split ssim
    streamselect swaprect swapuv telecine threshold thumbnail tile
    tinterlace tmix tpad transpose trim unsharp untile vflip vfrdet
    vibrance vignette vstack weave xfade xmedian xstack
    yadif zoompan colordetect
    allrgb allyuv color colorchart gradients haldclutsrc mandelbrot nullsrc pal75bars
    rgbtestsrc smptebars smptehdbars testsrc testsrc2 yuvtestsrc life cellauto
    movie amovie nullsink anullsrc anullsink sine aevalsrc
    aformat amerge amix aresample asetpts asetrate asettb ashowinfo asplit atempo atrim
    areverse acopy acrossfade adelay afade aloop anull apad aselect astats volume
    volumedetect silencedetect channelmap channelsplit pan loudnorm dynaudnorm
    highpass lowpass equalizer showwaves showwavespic showspectrum showspectrumpic"

protocols="file pipe fd http https httpproxy tcp tls udp rtp unix data
    crypto cache concat concatf subfile async hls md5 tee"

# -O2 rather than -O3, and VP9 by libvpx rather than FFmpeg's own decoder: each
# saves about a tenth of the build.
cd "$1"
# only WHAT NAMES: of the components of that kind, these
only() {
    what=$1
    shift
    echo "--disable-${what}s"
    for name; do echo "--enable-$what=$name"; done
}

options="
    --enable-gpl --optflags=-O2 --disable-doc --disable-debug --disable-autodetect --disable-shared
    --disable-indevs --enable-indev=lavfi --disable-outdevs --enable-outdev=sdl2
    --disable-hwaccels --enable-pthreads"
for lib in $libs; do
    ! grep -q "^  --[a-z]*able-$lib " configure || options="$options --enable-$lib"
done
# shellcheck disable=SC2046,SC2086 # lists of words
set -- $options $(only encoder $encoders) $(only decoder $decoders) \
    $(only muxer $muxers) $(only demuxer $demuxers) $(only protocol $protocols) \
    $(only parser $parsers) $(only filter $filters)
if command -v ccache >/dev/null; then
    set -- "$@" --cc="ccache ${CC:-gcc}"
elif [ -n "${CC:-}" ]; then
    set -- "$@" --cc="$CC"
fi

# FFmpeg's programs greet with the options they were configured with: three
# screens of them here, so the greeting gets the short list. configure compares
# with what it wrote last, lest all be compiled again; that is kept beside it.
[ ! -f config.h.full ] || { mv config.h config.h.short; mv config.h.full config.h; }

# shellcheck disable=SC2086
./configure "$@" ${FFMPEG_CONFIGURE:-} > configure.log 2>&1 || {
    tail -n 20 configure.log >&2
    echo "configure.sh: FFmpeg's configure failed; more in $PWD/ffbuild/config.log" >&2
    exit 1
}

short=$(echo $options ${FFMPEG_CONFIGURE:-} "(components: patches/configure.sh)")
mv config.h config.h.full
sed "s|^\(#define FFMPEG_CONFIGURATION \).*|\1\"$short\"|" config.h.full > config.h
! cmp -s config.h config.h.short 2>/dev/null || mv config.h.short config.h
rm -f config.h.short
