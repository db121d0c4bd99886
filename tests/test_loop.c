/*
 * The event loop of rfbrec: what ends is heard of no more
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

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/eventfd.h>
#include <time.h>

#include "../recorder/loop.c"

int64_t rec_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

typedef struct Thing {
    RecWatch watch;
    RecTimer timer;
    RecLoop *loop;
    struct Thing **other;       ///< whom it ends
    int *calls;
} Thing;

static void end(Thing **t)
{
    if (!*t)
        return;
    rec_loop_watch((*t)->loop, &(*t)->watch, -1, 0);
    rec_loop_untimer((*t)->loop, &(*t)->timer);
    free(*t);
    *t = NULL;
}

static void ready(RecWatch *w, int events)
{
    Thing *t = (Thing *)((char *)w - offsetof(Thing, watch));

    (void)events;
    ++*t->calls;
    t->loop->stop = 1;
    end(t->other);
}

static void expired(RecTimer *timer)
{
    ready(&((Thing *)((char *)timer - offsetof(Thing, timer)))->watch, 0);
}

/** Both are ready at once; whichever is told first ends the other, or itself. */
static void test_ends(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        RecLoop l;
        Thing *t[2];
        int fd[2], calls = 0;

        assert_int_equal(rec_loop_init(&l), 0);
        for (int i = 0; i < 2; i++) {
            assert_non_null(t[i] = calloc(1, sizeof(*t[i])));
            *t[i] = (Thing){ { ready }, { expired }, &l, &t[way & 1 ? i : !i], &calls };
            fd[i] = eventfd(1, EFD_CLOEXEC);
            if (way & 2)
                rec_loop_timer(&l, &t[i]->timer, l.now);
            else
                assert_int_equal(rec_loop_watch(&l, &t[i]->watch, fd[i], POLLIN), 0);
        }
        assert_int_equal(rec_loop_run(&l), 0);
        assert_int_equal(calls, way & 1 ? 2 : 1);
        for (int i = 0; i < 2; i++) {
            end(&t[i]);
            close(fd[i]);
        }
        rec_loop_free(&l);
    }
}

/** One that was ended may begin again with another descriptor: only that counts. */
static void again(RecWatch *w, int events)
{
    Thing *t = (Thing *)((char *)w - offsetof(Thing, watch));
    Thing *other = *t->other;

    (void)events;
    ++*t->calls;
    if (*t->calls > 1)
        return;
    close(other->watch.fd);
    rec_loop_forget(&other->watch);
    rec_loop_watch(t->loop, &other->watch, eventfd(0, EFD_CLOEXEC), POLLIN);
    rec_loop_timer(t->loop, &t->timer, t->loop->now + 50);
}

static void stop(RecTimer *timer)
{
    Thing *t = (Thing *)((char *)timer - offsetof(Thing, timer));

    t->loop->stop = 1;
}

static void test_begins_again(void **state)
{
    RecLoop l;
    Thing t[2], *at[2] = { &t[0], &t[1] };
    int calls[2] = { 0 };

    (void)state;
    assert_int_equal(rec_loop_init(&l), 0);
    for (int i = 0; i < 2; i++) {
        t[i] = (Thing){ { again }, { stop }, &l, &at[!i], &calls[i] };
        assert_int_equal(rec_loop_watch(&l, &t[i].watch, eventfd(1, EFD_CLOEXEC), POLLIN | EPOLLET), 0);
    }
    assert_int_equal(rec_loop_run(&l), 0);
    assert_int_equal(calls[0] + calls[1], 1);
    for (int i = 0; i < 2; i++)
        close(t[i].watch.fd);
    rec_loop_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_begins_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
