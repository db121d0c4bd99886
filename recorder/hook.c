/*
 * Commands at the end of files
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
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hook.h"

/** Whether "NAME=value" is of one of the names. */
static int is_named(const char *entry, const char *const *names)
{
    for (; *names; names++) {
        size_t n = strlen(*names);

        if (!strncmp(entry, *names, n) && entry[n] == '=')
            return 1;
    }
    return 0;
}

static char *entry(const char *name, const char *value)
{
    char *text;

    return asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text;
}

pid_t rec_hook_run(const char *command, const char *file, const char *target,
                   const char *status, const char *secret_env)
{
    const char *names[] = { "RFBREC_FILE", "RFBREC_TARGET", "RFBREC_STATUS", secret_env, NULL };
    char *own[] = { entry(names[0], file), entry(names[1], target), entry(names[2], status) };
    char *argv[] = { "sh", "-c", (char *)command, NULL };
    posix_spawnattr_t attr;
    sigset_t none, defaults;
    int n = 0, ret = ENOMEM;
    pid_t pid = -1;
    char **env;

    while (environ[n])
        n++;
    env = calloc(n + 4, sizeof(*env));
    n = 0;
    for (int i = 0; env && environ[i]; i++)
        if (!is_named(environ[i], names))
            env[n++] = environ[i];
    for (int i = 0; env && i < 3; i++)
        env[n++] = own[i];
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (env && own[0] && own[1] && own[2])
        ret = posix_spawn(&pid, "/bin/sh", NULL, &attr, argv, env);
    posix_spawnattr_destroy(&attr);
    for (int i = 0; i < 3; i++)
        free(own[i]);
    free(env);
    errno = ret;
    return ret ? -1 : pid;
}
