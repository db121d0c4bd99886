/*
 * Finding recordings and looking into FBS files, for tests in C
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libavutil/intreadwrite.h"
#include "libavcodec/rfb.h"
#include "recordings.h"

static const char *file_name(const char *path)
{
    return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

static int by_file_name(const void *a, const void *b)
{
    return strcmp(file_name(*(char *const *)a), file_name(*(char *const *)b));
}

static int is_listed(char *const *names, int nb, const char *name)
{
    for (int i = 0; i < nb; i++)
        if (!strcmp(file_name(names[i]), name))
            return 1;
    return 0;
}

int recordings_list(char **names, const char *const *folders, int nb_folders)
{
    int nb = 0;

    for (int i = 0; i < nb_folders; i++) {
        DIR *d = folders[i] && *folders[i] ? opendir(folders[i]) : NULL;
        struct dirent *e;

        while (d && (e = readdir(d)) && nb < MAX_RECORDINGS) {
            size_t len = strlen(e->d_name);

            if (len < 4 || strcmp(e->d_name + len - 4, ".fbs") ||
                is_listed(names, nb, e->d_name))
                continue;
            names[nb] = malloc(strlen(folders[i]) + len + 2);
            sprintf(names[nb++], "%s/%s", folders[i], e->d_name);
        }
        if (d)
            closedir(d);
    }
    qsort(names, nb, sizeof(*names), by_file_name);
    return nb;
}

/* block := length(u32) data padding-to-4 time(u32 ms) */
static void strip_blocks(Recording *r, const uint8_t *file, size_t size)
{
    size_t at = 12, room = size / 8 + 2;

    r->block      = calloc(room, sizeof(*r->block));
    r->block_pos  = calloc(room, sizeof(*r->block_pos));
    r->block_time = calloc(room, sizeof(*r->block_time));
    while (at + 4 <= size) {
        size_t n = AV_RB32(file + at), left = size - at - 4, end = at + 4 + (n + 3 & ~(size_t)3);

        r->block[r->nb_blocks]     = r->session.size;
        r->block_pos[r->nb_blocks] = at;
        if (end + 4 <= size)
            r->block_time[r->nb_blocks] = AV_RB32(file + end);
        r->nb_blocks++;
        put(&r->session, file + at + 4, n < left ? n : left);
        if (!n || n > left)
            break;
        at = end + 4;
    }
}

int recording_parse(Recording *r, const uint8_t *file, size_t size)
{
    RFBPrologue pro;
    RFBParser p;
    size_t need, at;
    int ret;

    memset(r, 0, sizeof(*r));
    if (size < 12 || memcmp(file, "FBS 001.00", 10))
        return -1;
    strip_blocks(r, file, size);
    ret = avpriv_rfb_prologue(&pro, r->session.data, r->session.size, &need);
    if (ret < 0 || avpriv_rfb_parser_init(&p, r->session.data + pro.server_init, 0) < 0)
        return -1;
    r->prologue    = ret;
    r->server_init = pro.server_init;
    for (at = ret; at < r->session.size && r->nb_updates < MAX_UPDATES; at += ret) {
        ret = avpriv_rfb_parse(&p, NULL, r->session.data + at, r->session.size - at);
        if (ret < 0)
            break;
        if (p.type == RFB_MSG_FRAMEBUFFER_UPDATE)
            r->update_end[r->nb_updates++] = at + ret;
    }
    return 0;
}

void recording_free(Recording *r)
{
    bytes_free(&r->session);
    free(r->block);
    free(r->block_pos);
    free(r->block_time);
}

size_t recording_file_pos(const Recording *r, size_t session_pos)
{
    int i = r->nb_blocks - 1;

    while (i > 0 && r->block[i] > session_pos)
        i--;
    return r->block_pos[i] + 4 + session_pos - r->block[i];
}
