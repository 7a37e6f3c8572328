/*
 * tests/fuzz/main.c - a target without an engine: runs every file that is named, and those of
 * a folder in the order of their names, and says how many it accepted.  AFL++ can drive it too.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8 << 20 };

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *p = malloc(MOST);
    size_t n;

    if (f == NULL || p == NULL) {
        fprintf(stderr, "%s: cannot read it\n", path);
        exit(5);
    }
    n = fread(p, 1, MOST, f);
    fclose(f);
    if (getenv("FUZZ_SHOW") != NULL)
        fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput((const uint8_t *)p, n);
    free(p);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void run_folder(DIR *dir, const char *path)
{
    char **names = NULL, file[4096];
    size_t n = 0;

    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        if (d->d_name[0] == '.')
            continue;
        names = realloc(names, (n + 1) * sizeof *names);
        if (names == NULL || (names[n++] = strdup(d->d_name)) == NULL)
            exit(5);
    }
    if (n > 0)
        qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        snprintf(file, sizeof file, "%s/%s", path, names[i]);
        run_file(file);
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        DIR *dir = opendir(argv[i]);

        if (dir != NULL)
            run_folder(dir, argv[i]);
        else
            run_file(argv[i]);
        if (dir != NULL)
            closedir(dir);
    }
    printf("%zu inputs, %zu accepted\n", fuzz_inputs, fuzz_accepted);
    return 0;
}
