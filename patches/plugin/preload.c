/*
 * RFB plugin for stock FFmpeg: the preloaded half
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

/**
 * @file
 * Finds out what program it is in, and loads the module that fits. Everything
 * is done before the program starts and read-only from then on.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lookup.h"

#define MAX_PATH  4096
#define MAX_LIST  64            ///< devices, of which FFmpeg has some 15, and our formats

#define MAJOR(v) ((v) >> 16)
#define MINOR(v) ((v) >> 8 & 0xFF)

typedef unsigned (*Version)(void);

#define NAME(function, type, arguments) #function,
static const char *const names[] = { FBS_LOOKUPS(NAME) };
#undef NAME

/** The one thing that is no constant. */
static struct {
    const FBSModule *module;
    void *next[FBS_NB_LOOKUPS];
    const void *muxers[MAX_LIST], *demuxers[MAX_LIST];
} self;

const FBSModule *fbs_module(void)
{
    return self.module;
}

static int is_own(const void *address)
{
    Dl_info own, other;

    return dladdr(&self, &own) && dladdr(address, &other) && own.dli_fbase == other.dli_fbase;
}

/** The function of that name as the loaded file path and what it is linked with see it. */
static void *look_into(const char *path, const char *name)
{
    void *handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD), *found;

    if (!handle)
        return NULL;
    found = dlsym(handle, name);
    dlclose(handle);
    return found && !is_own(found) ? found : NULL;
}

/** Remember the first libavcodec or libavformat. */
static int is_libav(struct dl_phdr_info *info, size_t size, void *opaque)
{
    const char *slash = info->dlpi_name ? strrchr(info->dlpi_name, '/') : NULL;
    char *path = opaque;

    if (!slash || (strncmp(slash, "/libavcodec", 11) && strncmp(slash, "/libavformat", 12)) ||
        strlen(info->dlpi_name) >= MAX_PATH)
        return 0;
    strcpy(path, info->dlpi_name);
    return 1;
}

/*
 * Libraries that a program has loaded with dlopen() do not stand behind us in
 * the order of look-ups: what the caller was linked with is what it wanted.
 */
static void *find_for(const char *name, void *caller)
{
    char path[MAX_PATH];
    void *found = NULL;
    Dl_info info;

    if (dladdr(caller, &info))
        found = look_into(info.dli_fname, name);
    /* where a function ends in a call of another one, the caller is not to be seen */
    if (!found && dl_iterate_phdr(is_libav, path))
        found = look_into(path, name);
    return found;
}

void *fbs_next(int function, void *caller)
{
    void *next = self.next[function];

    if (!next)
        next = dlsym(RTLD_NEXT, names[function]);
    return next ? next : find_for(names[function], caller);
}

/** The directory of this library, with the slash. */
static int own_directory(char *buf, size_t size)
{
    Dl_info info;
    char *slash;

    if (!dladdr(&self, &info) || strlen(info.dli_fname) >= size)
        return -1;
    strcpy(buf, info.dli_fname);
    if (!(slash = strrchr(buf, '/')))
        return -1;
    slash[1] = 0;
    return 0;
}

static void say(const char *reason, const char *way_out)
{
    dprintf(STDERR_FILENO, "libfbs-ffmpeg: VNC recordings are not read here, since %s%s\n", reason,
            way_out);
}

/** Load the module for a libavformat. @return NULL, after a message, if there is none */
static const FBSModule *load(unsigned avformat)
{
    char path[MAX_PATH], why[MAX_PATH + 256];
    const FBSModule *module;
    size_t n;
    void *handle;

    if (own_directory(path, sizeof(path) - 64) < 0)
        return NULL;
    n = strlen(path);
    snprintf(path + n, 64, "libfbs-ffmpeg-%u.%u.so", MAJOR(avformat), MINOR(avformat));
    if (access(path, F_OK)) {
        snprintf(why, sizeof(why), "this program's libavformat is %u.%u and there is no %s",
                 MAJOR(avformat), MINOR(avformat), path);
        say(why, " (make plugin)");
        return NULL;
    }
    if (!(handle = dlopen(path, RTLD_NOW | RTLD_LOCAL))) {
        snprintf(why, sizeof(why), "%s", dlerror());
        say(why, "");
        return NULL;
    }
    module = dlsym(handle, FBS_MODULE_SYMBOL);
    if (!module || module->abi != FBS_MODULE_ABI) {
        snprintf(why, sizeof(why), "%s is of another build", path);
        say(why, " (make plugin)");
        return NULL;
    }
    return module;
}

/** Whether the libraries are what the module was built for; micro versions change nothing. */
static int fits(const FBSModule *module, unsigned avutil, unsigned avcodec, unsigned avformat)
{
    const struct {
        const char *name;
        unsigned built, found;
    } libs[] = {
        { "libavutil",   module->avutil,   avutil },
        { "libavcodec",  module->avcodec,  avcodec },
        { "libavformat", module->avformat, avformat },
    };
    char why[256];

    for (int i = 0; i < 3; i++) {
        if (libs[i].built >> 8 == libs[i].found >> 8)
            continue;
        snprintf(why, sizeof(why), "this program's %s is %u.%u and the plugin was built for %u.%u",
                 libs[i].name, MAJOR(libs[i].found), MINOR(libs[i].found),
                 MAJOR(libs[i].built), MINOR(libs[i].built));
        say(why, " (make plugin)");
        return 0;
    }
    return 1;
}

__attribute__((constructor)) static void begin(void)
{
    Version avutil   = (Version)dlsym(RTLD_DEFAULT, "avutil_version");
    Version avcodec  = (Version)dlsym(RTLD_DEFAULT, "avcodec_version");
    Version avformat = (Version)dlsym(RTLD_DEFAULT, "avformat_version");
    const FBSModule *module;
    char why[256];

    if (!avutil || !avcodec || !avformat)
        return;
    if (!(module = load(avformat())) || !fits(module, avutil(), avcodec(), avformat()))
        return;
    for (int i = 0; i < FBS_NB_LOOKUPS; i++) {
        if ((self.next[i] = dlsym(RTLD_NEXT, names[i])))
            continue;
        snprintf(why, sizeof(why), "this program's FFmpeg has no %s()", names[i]);
        say(why, "");
        return;
    }
    if (module->begin(why, sizeof(why)) < 0) {
        say(why, "");
        return;
    }
    self.module = module;
    avpriv_register_devices(NULL, NULL);
}

static void append(const void **list, const void *const *ours, const void *const *theirs)
{
    int n = 0;

    for (int i = 0; i < 2; i++)
        for (const void *const *p = i ? theirs : ours; p && *p && n < MAX_LIST - 1; p++)
            list[n++] = *p;
    list[n] = NULL;
}

/*
 * libavformat finds formats that it does not have itself in two lists, which
 * libavdevice sets: theirs come behind ours.
 */
void avpriv_register_devices(const void *const *muxers, const void *const *demuxers)
{
    void (*next)(const void *const *, const void *const *) =
        fbs_next(FBS_avpriv_register_devices, __builtin_return_address(0));

    if (self.module) {
        append(self.muxers,   self.module->muxers,   muxers);
        append(self.demuxers, self.module->demuxers, demuxers);
        muxers   = self.muxers;
        demuxers = self.demuxers;
    }
    if (next)
        next(muxers, demuxers);
}
