/*
 * RFB rectangles of Aten's board controllers
 *
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

#ifndef AVCODEC_RFB_ATEN_H
#define AVCODEC_RFB_ATEN_H

#include "rfb_frame.h"

/**
 * Paint a picture of AST2100. Damage ends it: what came before it is painted.
 * @return 0 or AVERROR_INVALIDDATA
 */
int ff_rfb_ast2100(RFBFrame *f, const uint8_t *src, size_t size);

#endif /* AVCODEC_RFB_ATEN_H */
