/*
 * Lists of targets
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
#include <stdlib.h>
#include <string.h>

#include "libavutil/common.h"
#include "commands.h"
#include "targets.h"

const char *rec_jobs_add(RecJobs *jobs, RecCrew *crew, const RecSettings *set, RecSecret *secret,
                         const char *target, const char *out,
                         const char *user, const char *password_file)
{
    RecJob *job = calloc(1, sizeof(*job));
    const char *why;

    if (jobs->nb == jobs->alloc) {
        int alloc = FFMAX(16, 2 * jobs->alloc);
        RecJob **list = realloc(jobs->job, alloc * sizeof(*list));

        if (!list) {
            free(job);
            return "out of memory";
        }
        jobs->job   = list;
        jobs->alloc = alloc;
    }
    if (!job)
        return "out of memory";
    job->crew   = crew;
    job->access = set->access;
    why = rec_target_parse(&job->target, target);
    job->out = strdup(out);
    if (user && !job->target.user)
        job->target.user = strdup(user);
    /* a password of its own needs a place of its own */
    if (password_file) {
        job->password_file = strdup(password_file);
        job->access.password_file = job->password_file;
        job->secret = &job->own_secret;
    } else {
        job->secret = secret;
    }
    if (!why && (!job->out || (password_file && !job->password_file)))
        why = "out of memory";
    if (why)
        rec_job_free(job);
    else
        jobs->job[jobs->nb++] = job;
    return why;
}

/* TARGET OUT [user=NAME] [password-file=FILE] */
static const char *add_line(RecJobs *jobs, RecCrew *crew, const RecSettings *set,
                            RecSecret *secret, char *line)
{
    const char *user = NULL, *password_file = NULL, *target, *out;
    char *save, *word;

    line[strcspn(line, "#\r\n")] = 0;
    target = strtok_r(line, " \t", &save);
    if (!target)
        return NULL;
    out = strtok_r(NULL, " \t", &save);
    if (!out)
        return "the name of the file to record into is missing";
    while ((word = strtok_r(NULL, " \t", &save))) {
        if (!strncmp(word, "user=", 5))
            user = word + 5;
        else if (!strncmp(word, "password-file=", 14))
            password_file = word + 14;
        else
            return "behind TARGET and OUT only user= and password-file= are known";
    }
    return rec_jobs_add(jobs, crew, set, secret, target, out, user, password_file);
}

int rec_jobs_read(RecJobs *jobs, RecCrew *crew, const RecSettings *set, RecSecret *secret,
                  const char *name)
{
    FILE *f = strcmp(name, "-") ? fopen(name, "re") : stdin;
    const char *why = NULL;
    char *line = NULL;
    size_t alloc = 0;
    int n = 0;

    if (!f) {
        fprintf(stderr, "rfbrec: %s: %s\n", name, strerror(errno));
        return REC_FAILED;
    }
    while (!why && getline(&line, &alloc, f) >= 0) {
        n++;
        why = add_line(jobs, crew, set, secret, line);
    }
    if (why)
        fprintf(stderr, "rfbrec: %s, line %d: %s\n", name, n, why);
    else if (!jobs->nb)
        fprintf(stderr, "rfbrec: %s: no target in it\n", name);
    free(line);
    if (f != stdin)
        fclose(f);
    return why || !jobs->nb ? OPT_USAGE : 0;
}

void rec_jobs_drop_finished(RecJobs *jobs)
{
    int nb = 0;

    for (int i = 0; i < jobs->nb; i++) {
        if (jobs->job[i]->finished)
            rec_job_free(jobs->job[i]);
        else
            jobs->job[nb++] = jobs->job[i];
    }
    jobs->nb = nb;
}
