/*
 * A frame for each pixel format, for fuzz targets
 *
 * The tables of colours take longer to make than most inputs to play, so they
 * stay; nothing else does.
 */

#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include <string.h>

#include "libavcodec/rfb_frame.h"

static inline void frame_empty(RFBFrame *f)
{
    RFBColours colours = f->colours;

    memset(&f->colours, 0, sizeof(f->colours));
    ff_rfb_frame_free(f);
    memset(f, 0, sizeof(*f));
    f->colours = colours;
}

#endif /* TESTS_FRAMES_H */
