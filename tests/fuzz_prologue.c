/*
 * Fuzz the handshake in front of a recorded session
 *
 * Input: the bytes from "RFB 003.00x\n" on.
 */

#include <stdlib.h>

#include "libavutil/error.h"
#include "libavcodec/rfb.h"
#include "bytes.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    RFBPrologue pro;
    RFBParser p;
    size_t need;
    int ret = avpriv_rfb_prologue(&pro, data, size, &need);

    if (ret == AVERROR(EAGAIN) && need <= size)
        abort();
    if (ret < 0)
        return 0;
    if (!ret || ret > size ||
        pro.server_init + RFB_SERVER_INIT_SIZE + (size_t)pro.name_size != ret)
        abort();
    avpriv_rfb_parser_init(&p, data + pro.server_init, 0);
    for (size_t n = 0; n < ret; n += 1 + n / 64) {
        uint8_t *copy = bytes_copy(data, n);

        if (avpriv_rfb_prologue(&pro, copy, n, &need) != AVERROR(EAGAIN) || need <= n)
            abort();
        free(copy);
    }
    return 0;
}
