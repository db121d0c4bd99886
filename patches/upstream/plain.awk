# plain.awk - say in a release's own words what rfb_compat.h and its like stand for
#
# avcodec, avformat, avutil are the libraries' major versions; config is not 0 where the
# file asks for a library of FFmpeg's configure.

BEGIN {
    plain["RFB_INPUT_FORMAT"]  = avformat >= 61 ? "FFInputFormat" : "AVInputFormat"
    plain["RFB_OUTPUT_FORMAT"] = avformat >= 60 ? "FFOutputFormat" : "AVOutputFormat"
    plain["RFB_CODEC_ID"]      = "AV_CODEC_ID_RFB"
    plain["rfb_set_timestamp"] = avformat >= 62 ? "ff_dict_set_timestamp" : "avpriv_dict_set_timestamp"
    plain[" \\| RFB_CAP_THREADSAFE"] = avcodec >= 60 ? "" : " | FF_CODEC_CAP_INIT_THREADSAFE"
}

# what the names were made of
/^#include "(libavcodec\/)?rfb_compat\.h"$/ {
    if (config) {
        out("")
        out("#include \"config.h\"")
        empty = 1
        last  = ""
    }
    next
}
/^#define (RFB_(IN|OUT)PUT_FORMAT|RFB_P\(field\)|rfb_set_timestamp) / { next }
# an empty line stays where it still parts something
/^$/ { empty = 1; next }

{
    if (empty && !(last ~ /^#include "/ && /^#include "/))
        out("")
    empty = 0
    last  = $0
    for (name in plain)
        gsub(name, plain[name])
    while (match($0, /RFB_UNIT\("[a-z]*"\)/))
        replace(9, avutil >= 59 ? ".unit = " : "", "")
    if (match($0, /RFB_LONG_NAME\(".*"\)/))
        replace(14, avcodec >= 60 ? "CODEC_LONG_NAME(" : ".p.long_name     = NULL_IF_CONFIG_SMALL(", ")")
    while (match($0, /RFB_P\([a-z_]*\)/))
        replace(6, format ~ /^FF/ ? ".p." : ".", "")
}

# The match, of which so many characters are in front of what stays and one is
# behind it, becomes BEFORE, what stays, AFTER.
function replace(skip, before, after) {
    $0 = substr($0, 1, RSTART - 1) before substr($0, RSTART + skip, RLENGTH - skip - 1) after \
         substr($0, RSTART + RLENGTH)
}

function out(line) {
    if (inside)
        row[++rows] = line
    else
        print line
}

# the fields of a structure stand in a column, as they did before
/^const [A-Za-z]* ff_[a-z_]* = \{$/ { format = $2; rows = 0; print; inside = 1; next }
inside && /^};$/ {
    width = 0
    for (i = 1; i <= rows; i++)
        if (match(row[i], /^    \.[a-z_.]* *= /)) {
            field = row[i]
            sub(/ *= .*/, "", field)
            width = length(field) > width ? length(field) : width
        }
    for (i = 1; i <= rows; i++) {
        if (match(row[i], /^    \.[a-z_.]* *= /)) {
            field = row[i]
            sub(/ *= .*/, "", field)
            row[i] = sprintf("%-" width "s = %s", field, substr(row[i], RLENGTH + 1))
        }
        print row[i]
    }
    inside = 0
}
{ out($0) }
