/*
 * RFB plugin for stock FFmpeg: the file of a program
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
 * Reads what the dynamic linker will read: the head of an ELF file, and which
 * libraries it asks for.
 */

#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "program.h"

/** A file in memory; all reading of it is checked against its size. */
typedef struct File {
    const unsigned char *data;
    size_t size;
} File;

static int try_path(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return errno;
    return S_ISREG(st.st_mode) && !access(path, X_OK) ? 0 : EACCES;
}

int fbs_program_find(char *path, const char *name)
{
    const char *dir = getenv("PATH");
    int err, found = ENOENT;

    if (strlen(name) >= PATH_MAX)
        return ENAMETOOLONG;
    if (strchr(name, '/'))
        return try_path(strcpy(path, name));
    for (dir = dir ? dir : "/usr/local/bin:/usr/bin:/bin"; dir; ) {
        const char *end = strchrnul(dir, ':');
        int n = snprintf(path, PATH_MAX, "%.*s%s%s", (int)(end - dir), dir, end > dir ? "/" : "./",
                         name);

        if (n < PATH_MAX && !(err = try_path(path)))
            return 0;
        if (n < PATH_MAX && err == EACCES)
            found = EACCES;
        dir = *end ? end + 1 : NULL;
    }
    return found;
}

static const void *at(const File *f, uint64_t offset, uint64_t size)
{
    return offset <= f->size && size <= f->size - offset ? f->data + offset : NULL;
}

/** The file offset of an address of the running program. */
static uint64_t offset_of(const File *f, const ElfW(Ehdr) *head, uint64_t address)
{
    for (int i = 0; i < head->e_phnum; i++) {
        const ElfW(Phdr) *p = at(f, head->e_phoff + (uint64_t)i * sizeof(*p), sizeof(*p));

        if (p && p->p_type == PT_LOAD && address >= p->p_vaddr && address - p->p_vaddr < p->p_filesz)
            return address - p->p_vaddr + p->p_offset;
    }
    return UINT64_MAX;
}

/** Whether one of the libraries that the program asks for has a name like that. */
static int needs(const File *f, const ElfW(Ehdr) *head, const ElfW(Phdr) *dynamic, const char *like)
{
    uint64_t strings = UINT64_MAX, n = dynamic->p_filesz / sizeof(ElfW(Dyn));
    const ElfW(Dyn) *d = at(f, dynamic->p_offset, n * sizeof(*d));
    size_t length = strlen(like);

    for (uint64_t i = 0; d && i < n; i++)
        if (d[i].d_tag == DT_STRTAB)
            strings = offset_of(f, head, d[i].d_un.d_ptr);
    for (uint64_t i = 0; d && i < n && strings != UINT64_MAX; i++) {
        const char *name = d[i].d_tag != DT_NEEDED || d[i].d_un.d_val > f->size ? NULL :
                           at(f, strings + d[i].d_un.d_val, length);

        if (name && !memcmp(name, like, length))
            return 1;
    }
    return 0;
}

/** libavformat writes its version into files, so the text is in every program that has it inside. */
static int has_libavformat(const File *f)
{
    const unsigned char *p = f->data, *end = f->data + f->size;

    while ((p = memmem(p, end - p, "Lavf", 4))) {
        p += 4;
        if (end - p >= 3 && p[0] >= '5' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9' && p[2] == '.')
            return 1;
    }
    return 0;
}

static const char *elf_obstacle(const File *f)
{
    const ElfW(Phdr) *dynamic = NULL, *interpreter = NULL;
    const ElfW(Ehdr) *head = at(f, 0, sizeof(*head));

    if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG))
        return NULL;
    if (head->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
        return sizeof(void *) == 8 ? "is not a 64 bit program" : "is not a 32 bit program";
    if (head->e_phentsize != sizeof(*dynamic))
        return NULL;
    for (int i = 0; i < head->e_phnum; i++) {
        const ElfW(Phdr) *p = at(f, head->e_phoff + (uint64_t)i * sizeof(*p), sizeof(*p));

        if (p && p->p_type == PT_DYNAMIC)
            dynamic = p;
        if (p && p->p_type == PT_INTERP)
            interpreter = p;
    }
    if (!interpreter || !dynamic)
        return "is linked statically, so nothing can be loaded into it";
    if (!needs(f, head, dynamic, "libavformat.so") && has_libavformat(f))
        return "has an FFmpeg of its own inside, not the system's libraries";
    return NULL;
}

const char *fbs_program_obstacle(const char *path)
{
    const char *obstacle = NULL;
    File f = { MAP_FAILED, 0 };
    struct stat st;
    int fd;

    if (stat(path, &st) < 0)
        return NULL;
    if (st.st_mode & (S_ISUID | S_ISGID))
        return "is setuid or setgid, so the system does not load anything into it";
    if (getxattr(path, "security.capability", NULL, 0) > 0)
        return "has file capabilities, so the system does not load anything into it";
    if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return NULL;
    f.size = st.st_size;
    if (f.size)
        f.data = mmap(NULL, f.size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (f.data != MAP_FAILED) {
        obstacle = elf_obstacle(&f);
        munmap((void *)f.data, f.size);
    }
    close(fd);
    return obstacle;
}
