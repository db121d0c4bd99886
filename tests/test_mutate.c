/*
 * Recordings of all containers, mutilated at random
 *
 * Cuts, changed bits and bytes, pieces that are left out, put in twice, moved
 * or overwritten, lengths and times that become others, and damage in what is
 * compressed. Nothing crashes, leaks or computes longer than ten seconds, memory
 * stays within bounds, times never run backwards, and an end that is no end of
 * the file has a message.
 *
 *     test_mutate [FOLDER...]      recordings, instead of the seeds of the fuzz targets
 *
 * MUTATE_CASES is how many files are made of each recording (10), MUTATE_SEED
 * makes others than the usual ones. What takes too long is left in a file.
 */

#define _DEFAULT_SOURCE       /* scandir() */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "libavcodec/packet.h"
#include "bytes.h"
#include "decode.h"

enum { SECONDS = 10, MAX_FILES = 400, MAX_SIZE = 2 << 20 };

/** Resident megabytes, of which AddressSanitizer keeps half in quarantine. */
#define MAX_MEMORY 900

static uint32_t state;
static Decoded result;
static int nb_cases, nb_opened, nb_played, nb_errors, nb_marked;

static unsigned roll(unsigned n)
{
    state = state * 1664525 + 1013904223;
    return n ? (state >> 4) % n : 0;
}

static const char *container(const uint8_t *data, size_t size)
{
    return size < 3 ? "fbs" : !memcmp(data, "vnc", 3) ? "vnclog" : !memcmp(data, "RBS", 3) ? "rbs" :
           !memcmp(data, "var", 3) ? "novnc" : !memcmp(data, "FBS", 3) ? "fbs" : "minimega";
}

/** A place, the beginning of the file more often than others. */
static size_t place(const Bytes *b)
{
    return roll(4) ? roll(b->size) : roll(FFMIN(b->size, 200));
}

static void cut(Bytes *b)
{
    b->size = place(b);
}

static void flip(Bytes *b)
{
    for (int n = 1 + roll(4); n > 0 && b->size; n--)
        b->data[place(b)] ^= 1 << roll(8);
}

static void change(Bytes *b)
{
    for (int n = 1 + roll(20); n > 0 && b->size; n--)
        b->data[place(b)] = roll(256);
}

static void overwrite(Bytes *b)
{
    size_t at = place(b), n = roll(FFMIN(b->size - at, 5000)), from = roll(b->size - n);
    int kind = roll(3);

    for (size_t i = 0; i < n; i++)
        b->data[at + i] = kind == 0 ? 0 : kind == 1 ? roll(256) : b->data[from + i];
}

static void leave_out(Bytes *b)
{
    size_t at = place(b), most = roll(2) ? 20 : 20000, n = roll(FFMIN(b->size - at, most));

    memmove(b->data + at, b->data + at + n, b->size - at - n);
    b->size -= n;
}

/** Put a piece of the file in, at a place where it was not. */
static void put_in(Bytes *b)
{
    size_t from = roll(b->size), n = roll(FFMIN(b->size - from, 20000)), at = place(b);
    uint8_t *piece = bytes_copy(b->data + from, n);

    bytes_room(b, n);
    memmove(b->data + at + n, b->data + at, b->size - n - at);
    memcpy(b->data + at, piece, n);
    free(piece);
}

static void swap(Bytes *b)
{
    size_t n = roll(FFMIN(b->size / 2, 20000)), from = roll(b->size / 2 - n + 1);
    size_t to = b->size / 2 + roll(b->size - b->size / 2 - n + 1);

    for (size_t i = 0; i < n; i++)
        FFSWAP(uint8_t, b->data[from + i], b->data[to + i]);
}

/** A word that looks like a length, an offset or a time gets another value. */
static void edit_number(Bytes *b)
{
    static const uint32_t values[] = {
        0, 1, 4, 0x7F, 0xFF, 0x100, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF,
    };

    for (int tries = 0; tries < 100 && b->size > 8; tries++) {
        size_t at = place(b);
        uint8_t *p = b->data + FFMIN(at, b->size - 4);

        if (AV_RB32(p) > b->size && AV_RB16(p))
            continue;
        AV_WB32(p, roll(2) ? AV_RB32(p) + roll(64) - 32 : values[roll(FF_ARRAY_ELEMS(values))]);
        return;
    }
}

static void (*const mutations[])(Bytes *b) = {
    cut, flip, flip, change, overwrite, leave_out, put_in, swap, edit_number, edit_number,
};

/** What is being tried, for whom the time runs out on. */
static const char *current;
static const Bytes *tried;

static void too_long(int signal)
{
    FILE *out = fopen("/tmp/test_mutate.slow", "wb");

    if (out) {
        fwrite(tried->data, 1, tried->size, out);
        fclose(out);
    }
    printf("not ok - %s: more than %d s for what is now /tmp/test_mutate.slow\n", current, SECONDS);
    fflush(stdout);
    _exit(1);
}

/** Limit what is computed from now on; time in which others compute does not count. */
static void limit(int seconds)
{
    const struct itimerval timer = { .it_value.tv_sec = seconds };

    signal(SIGPROF, too_long);
    setitimer(ITIMER_PROF, &timer, NULL);
}

static void try(const char *name, const char *format, const Bytes *b)
{
    uint8_t *copy = bytes_copy(b->data, b->size);

    current = name;
    tried   = b;
    limit(SECONDS);
    decode_as(&result, format, copy, b->size, (roll(2) ? DECODE_MERGE : 0) |
              (roll(8) ? 0 : DECODE_STREAM) | (roll(2) ? DECODE_CURSOR : 0));
    limit(0);
    free(copy);
    nb_cases++;
    nb_opened += result.opened >= 0;
    nb_played += result.nb_pictures > 0;
    for (int i = 1; i < result.nb_packets; i++) {
        if (result.packet[i].pts < result.packet[i - 1].pts)
            fail_msg("%s: time runs backwards at packet %d, from %d to %d", name, i,
                     (int)result.packet[i - 1].pts, (int)result.packet[i].pts);
        nb_marked += !!(result.packet[i].flags & AV_PKT_FLAG_CORRUPT);
    }
    if (result.opened < 0 || result.ended != AVERROR_EOF) {
        nb_errors++;
        if (!*result.log && b->size)
            fail_msg("%s: no message, though it ends with %d", name,
                     result.opened < 0 ? result.opened : result.ended);
    }
}

static void recording(void **opaque)
{
    const char *name = *opaque, *cases = getenv("MUTATE_CASES"), *seed = getenv("MUTATE_SEED");
    size_t size;
    uint8_t *file = decode_read_file(name, &size);
    struct rusage usage;

    assert_non_null(file);
    state = adler32(seed ? atoi(seed) : 1, file, size);
    for (int i = 0; i < (cases ? atoi(cases) : 10); i++) {
        Bytes b = { 0 };

        put(&b, file, size);
        for (int n = 1 + roll(3); n > 0 && b.size > 1; n--)
            mutations[roll(FF_ARRAY_ELEMS(mutations))](&b);
        try(name, container(file, size), &b);
        bytes_free(&b);
    }
    free(file);
    getrusage(RUSAGE_SELF, &usage);
    if (usage.ru_maxrss > MAX_MEMORY * 1024)
        fail_msg("%s: %ld MB of memory", name, usage.ru_maxrss / 1024);
}

static int add_files(struct CMUnitTest *tests, int nb, const char *folder)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        char *path = malloc(strlen(folder) + strlen(entry[i]->d_name) + 2);
        struct stat st;

        sprintf(path, "%s/%s", folder, entry[i]->d_name);
        if (nb < MAX_FILES && !stat(path, &st) && S_ISREG(st.st_mode) && st.st_size > 40 &&
            st.st_size <= MAX_SIZE && !strstr(path, ".md5") && !strstr(path, ".png") &&
            !strstr(path, "random-"))
            tests[nb++] = (struct CMUnitTest){ path, recording, NULL, NULL, path };
        else
            free(path);
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    return nb;
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[MAX_FILES];
    char seeds[4096];
    int nb = 0, failed;

    snprintf(seeds, sizeof(seeds), "%s/tests/seeds/demux", getenv("BUILD") ? getenv("BUILD") : "build");
    for (int i = 1; i < argc; i++)
        nb = add_files(tests, nb, argv[i]);
    if (argc < 2)
        nb = add_files(tests, nb, seeds);
    if (!nb)
        return 1;
    failed = _cmocka_run_group_tests("mutate", tests, nb, NULL, NULL);
    printf("# %d files: %d could be opened, %d showed pictures, %d ended with an error, "
           "%d packets were behind a gap\n", nb_cases, nb_opened, nb_played, nb_errors, nb_marked);
    for (int i = 0; i < nb; i++)
        free((char *)tests[i].name);
    return failed;
}
