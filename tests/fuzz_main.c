/*
 * Run a fuzz target over files and folders, without libFuzzer
 *
 * Each input lies alone in an allocation of its size, so that reading behind
 * it is seen. Ends with the number of inputs; what is found ends the program.
 */

#define _DEFAULT_SOURCE       /* scandir() */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** One input may take so many seconds. */
#define SECONDS 60

/** Larger files are recordings for other tests. */
#define MAX_SIZE (1 << 20)

static int nb_inputs;

static int run_file(const char *name, size_t size)
{
    FILE *in = fopen(name, "rb");
    uint8_t *data = malloc(size);
    size_t got = in && data ? fread(data, 1, size, in) : 0;

    if (in)
        fclose(in);
    if (got == size) {
        fprintf(stderr, "%s\n", name);
        alarm(SECONDS);
        LLVMFuzzerTestOneInput(data, size);
        alarm(0);
        nb_inputs++;
    } else {
        fprintf(stderr, "cannot read %s\n", name);
    }
    free(data);
    return got != size;
}

static int run_path(const char *name)
{
    struct dirent **entry;
    struct stat st;
    int n, failed = 0;

    if (stat(name, &st) < 0) {
        perror(name);
        return 1;
    }
    if (!S_ISDIR(st.st_mode))
        return st.st_size <= MAX_SIZE ? run_file(name, st.st_size) : 0;
    n = scandir(name, &entry, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", name, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.')
            failed |= run_path(path);
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;

    for (int i = 1; i < argc; i++)
        failed |= run_path(argv[i]);
    printf("%s corpus of %d inputs\n", failed ? "not ok" : "ok", nb_inputs);
    return failed;
}
