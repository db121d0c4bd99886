/*
 * rfbrec check and rfbrec convert
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

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "libavutil/error.h"
#include "commands.h"
#include "macro.h"

typedef struct Check {
    int quiet;
} Check;

/** @return an exit status */
static int load(MacroSet *set, const char *path)
{
    int ret = rec_macro_load(set, path, MACRO_AUTO), nb;

    if (*set->error)
        fprintf(stderr, "rfbrec: %s\n", set->error);
    nb = rec_macro_print_errors(stderr, set);
    if (nb)
        fprintf(stderr, "rfbrec: %s: %d error%s\n", path, nb, nb > 1 ? "s" : "");
    return ret < 0 ? REC_FAILED : REC_OK;
}

/* --- check --- */

/** Steps with the time at which each is played, what is loaded indented. */
static int64_t print(Macro *m, int64_t time, int depth)
{
    for (int i = 0; i < m->nb_steps; i++) {
        const MacroStep *s = &m->steps[i];
        char text[400];

        time = rec_macro_add(time, s->before);
        rec_macro_describe(text, sizeof(text), s);
        printf("%10.3f  %5d  %*s%s\n", time / 1e9, s->line, 2 * depth, "", text);
        if (s->loaded)
            time = print(s->loaded, time, depth + 1);
        time = rec_macro_add(time, s->after);
    }
    return time;
}

static int check(const char *path, int quiet)
{
    MacroSet set;
    int ret = load(&set, path);

    if (!ret && !quiet) {
        Macro *m = set.macros[0];

        printf("%s: %s, %d step%s, %.3f s%s%s\n", path,
               m->format == MACRO_RFM ? "RFM 001.000" : "minimega kb", m->nb_steps,
               m->nb_steps == 1 ? "" : "s", rec_macro_duration(m) / 1e9,
               m->password ? ", with a password" : "", set.pictures ? ", waits for pictures" : "");
        print(m, 0, 0);
    }
    rec_macro_set_free(&set);
    return ret;
}

static int run_check(const void *values, int argc, char **argv)
{
    int ret = REC_OK;

    for (int i = 0; i < argc; i++)
        if (check(argv[i], ((const Check *)values)->quiet))
            ret = REC_FAILED;
    return fflush(stdout) || ferror(stdout) ? REC_FAILED : ret;
}

static const Option check_options[] = {
    OPTION(Check, "quiet", 'q', OPT_FLAG, quiet, NULL, NULL,
           "Print errors only, which are on the standard error"),
    { .name = NULL },
};

const OptCommand rec_command_check = {
    .name = "check", .args = "FILE...",
    .summary = "Read macros as play does, and print their steps, or what is wrong and where",
    .text = "The columns are: seconds from the beginning, line, and what is done. The exit status "
            "is 1 if anything is wrong.",
    .options = check_options, .size = sizeof(Check), .min_args = 1, .max_args = -1,
    .run = run_check,
};

/* --- convert --- */

static int has_end(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);

    return n >= k && !strcasecmp(name + n - k, end);
}

/** Nothing stays of a file that could not be written whole. */
static int write_file(const MacroSet *set, const char *path, enum MacroFormat format)
{
    int to_stdout = !strcmp(path, "-"), ret;
    char why[200];
    FILE *f = to_stdout ? stdout : fopen(path, "we");

    if (!f) {
        fprintf(stderr, "rfbrec: %s: %s\n", path, strerror(errno));
        return REC_FAILED;
    }
    ret = rec_macro_write(f, set, format, why);
    if (!to_stdout && fclose(f) && !ret) {
        ret = AVERROR(errno);
        snprintf(why, sizeof(why), "%s", strerror(errno));
    }
    if (!ret)
        return REC_OK;
    if (ret == AVERROR(ENOSYS))
        fprintf(stderr, "rfbrec: %s\n", why);
    else
        fprintf(stderr, "rfbrec: %s: %s\n", path, why);
    if (!to_stdout)
        unlink(path);
    return REC_FAILED;
}

static int run_convert(const void *values, int argc, char **argv)
{
    enum MacroFormat format;
    MacroSet set;
    int ret;

    (void)values;
    (void)argc;
    ret = load(&set, argv[0]);
    if (!ret) {
        format = has_end(argv[1], ".rfm") ? MACRO_RFM : has_end(argv[1], ".kb") ? MACRO_KB
                 : set.macros[0]->format == MACRO_RFM ? MACRO_KB : MACRO_RFM;
        ret = write_file(&set, argv[1], format);
        if (!ret && set.macros[0]->password)
            fprintf(stderr, "rfbrec: %s: its password is not written to %s\n", argv[0], argv[1]);
    }
    rec_macro_set_free(&set);
    return ret;
}

static const Option no_options[] = {
    { .name = NULL },
};

const OptCommand rec_command_convert = {
    .name = "convert", .args = "IN OUT",
    .summary = "Write a macro in the other format: .kb (minimega) or .rfm",
    .text = "The format goes by the name of OUT; - is the standard output. What the other format "
            "cannot say is an error. Nothing is lost of times but what is below a millisecond, "
            "which RFM has not.",
    .options = no_options, .size = 1, .min_args = 2, .max_args = 2, .run = run_convert,
};
