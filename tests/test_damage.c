/*
 * Damaged recordings
 *
 * Each is cut at multiples of 997 bytes and has single bytes changed. What
 * stands before the damage plays as if nothing were, and nothing crashes,
 * hangs or leaks. DAMAGE_CASES sets how many of each kind a recording gets
 * (10); "all" makes every cut there is.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "libavutil/error.h"
#include "libavutil/intreadwrite.h"
#include "decode.h"
#include "recordings.h"

/** Larger recordings take too long to be decoded often. */
#define MAX_SIZE (800 << 10)

#define SECONDS 60
#define STEP 997

static Decoded whole, damaged;
static uint32_t random_state = 1;
static int nb_cases;            ///< of the recording at hand

static unsigned roll(unsigned n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 4) % n;
}

/** Number of the updates that lie before an offset of the file. */
static int updates_before(const Recording *r, size_t pos)
{
    int n = 0;

    while (n < r->nb_updates && recording_file_pos(r, r->update_end[n] - 1) < pos)
        n++;
    return n;
}

static void expect_same(const char *name, const char *how, size_t pos, int nb)
{
    if (damaged.nb_pictures < nb)
        fail_msg("%s, %s at %zu: %d pictures, %d lie before", name, how, pos,
                 damaged.nb_pictures, nb);
    for (int i = 0; i < nb; i++)
        if (damaged.picture[i].sum != whole.picture[i].sum || damaged.picture[i].corrupt)
            fail_msg("%s, %s at %zu: picture %d of %d before it is another one", name, how, pos,
                     i, nb);
}

static void decode_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = bytes_copy(data, size);

    nb_cases++;
    alarm(SECONDS);
    decode(&damaged, copy, size, 0);
    alarm(0);
    free(copy);
}

/** A recorder that was killed: as much as is whole, one warning, no error. */
static void try_cut(const char *name, const Recording *r, const uint8_t *file, size_t pos)
{
    int before = updates_before(r, pos);

    decode_copy(file, pos);
    expect_same(name, "cut", pos, before);
    if (damaged.nb_pictures > before)
        fail_msg("%s, cut at %zu: %d pictures of %d updates", name, pos, damaged.nb_pictures,
                 before);
    if (damaged.opened >= 0 && damaged.ended != AVERROR_EOF)
        fail_msg("%s, cut at %zu: error %d", name, pos, damaged.ended);
    if (!strstr(damaged.log, "at byte "))
        fail_msg("%s, cut at %zu: no message says where: %s", name, pos, damaged.log);
    if (damaged.nb_errors)
        fail_msg("%s, cut at %zu: the decoder got a broken packet", name, pos);
}

static void try_change(const char *name, const Recording *r, uint8_t *file, size_t size,
                       size_t pos)
{
    uint8_t bits = 1 + roll(255);

    file[pos] ^= bits;
    decode_copy(file, size);
    file[pos] ^= bits;
    expect_same(name, "changed", pos, updates_before(r, pos));
}

/** Whether the file may end here and nothing is missed. */
static int is_block_end(const Recording *r, size_t pos)
{
    for (int i = 0; i < r->nb_blocks; i++)
        if (r->block_pos[i] == pos)
            return 1;
    return 0;
}

static void recording(void **state)
{
    const char *name = *state, *cases = getenv("DAMAGE_CASES");
    int all = cases && !strcmp(cases, "all"), n = cases && !all ? atoi(cases) : 10;
    Recording r;
    size_t size = 0;
    uint8_t *file = decode_read_file(name, &size);

    assert_int_equal(recording_parse(&r, file, size), 0);
    decode(&whole, file, size, 0);
    assert_int_equal(whole.nb_pictures, r.nb_updates);
    random_state = adler32(1, file, size);
    nb_cases = 0;
    for (size_t k = 1; k * STEP < size; k++)
        if ((all || roll(size / STEP) < n) && !is_block_end(&r, k * STEP))
            try_cut(name, &r, file, k * STEP);
    for (int i = 0; i < (all ? 100 : n); i++)
        try_change(name, &r, file, size, roll(size));
    /* the handshake and the first lengths and headers are the most delicate */
    for (int i = 0; i < (all ? 100 : n / 2); i++)
        try_change(name, &r, file, size, roll(100));
    print_message("# %s: %d cases\n", name, nb_cases);
    recording_free(&r);
    free(file);
}

/** Those that are damaged on purpose; test_bad.py looks at what comes of it. */
static void on_purpose(void **state)
{
    const char *folder = "tests/samples/bad";
    char *names[MAX_RECORDINGS];
    int nb = recordings_list(names, &folder, 1);

    for (int i = 0; i < nb; i++) {
        size_t size = 0;
        uint8_t *file = decode_read_file(names[i], &size);

        decode_copy(file, size);
        if (damaged.opened < 0 && damaged.nb_pictures)
            fail_msg("%s: pictures of what could not be opened", names[i]);
        free(file);
        free(names[i]);
    }
    assert_true(nb > 0);
}

static size_t file_size(const char *name)
{
    FILE *in = fopen(name, "rb");
    size_t size = 0;

    if (in && !fseek(in, 0, SEEK_END))
        size = ftell(in);
    if (in)
        fclose(in);
    return size;
}

int main(void)
{
    const char *const folders[] = { "tests/samples", getenv("DAMAGE_SAMPLES") };
    char *names[MAX_RECORDINGS];
    int nb = recordings_list(names, folders, 2), nb_tests = 0, failed;
    struct CMUnitTest tests[MAX_RECORDINGS];

    tests[nb_tests++] = (struct CMUnitTest)cmocka_unit_test(on_purpose);
    for (int i = 0; i < nb && nb_tests < MAX_RECORDINGS; i++)
        if (file_size(names[i]) <= MAX_SIZE)
            tests[nb_tests++] = (struct CMUnitTest){ names[i], recording, NULL, NULL, names[i] };
    failed = _cmocka_run_group_tests("damage", tests, nb_tests, NULL, NULL);
    for (int i = 0; i < nb; i++)
        free(names[i]);
    return failed;
}
