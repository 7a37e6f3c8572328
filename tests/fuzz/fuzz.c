/* tests/fuzz/fuzz.c - see fuzz.h. */
#define _XOPEN_SOURCE 700
#include "tests/fuzz/fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct answer {
    char *p;
    size_t n, room;
    bool accepted;
};

size_t fuzz_inputs, fuzz_accepted;
static struct answer *current;
static char folder[200];

static void *must(void *p)
{
    if (p == NULL) {
        fprintf(stderr, "fuzz: out of memory\n");
        abort();
    }
    return p;
}

void fuzz_say(const void *p, size_t n)
{
    if (current->room - current->n < n + 1) {
        current->room = 2 * current->room + n + 1;
        current->p = must(realloc(current->p, current->room));
    }
    memcpy(current->p + current->n, p, n);
    current->n += n;
    current->p[current->n++] = '\n';
}

void fuzz_says(const char *text)
{
    fuzz_say(text, strlen(text));
}

void fuzz_claim(bool holds, const char *property)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz: does not hold: %s\n", property);
    if (current != NULL && current->n > 0)
        fprintf(stderr, "fuzz: the answer so far: %.*s\n", (int)current->n, current->p);
    abort();
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_folder(void)
{
    const char *top = getenv("TMPDIR");

    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "%.150s/dryproof-fuzz-XXXXXX", top != NULL ? top : "/tmp");
        must(mkdtemp(folder));
        atexit(remove_folder);
    }
    return folder;
}

void fuzz_keep(const char *ending, const void *p, size_t n)
{
    const char *to = getenv("FUZZ_ACCEPTED");
    char path[400];
    FILE *f;

    if (to == NULL)
        return;
    snprintf(path, sizeof path, "%.300s/%06zu.%.20s", to, fuzz_inputs, ending);
    f = must(fopen(path, "wb"));
    if (fwrite(p, 1, n, f) != n || fclose(f) != 0)
        fuzz_claim(false, "the accepted input can be kept");
}

bool fuzz_printable(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != '\n' && (p[i] < 0x20 || p[i] > 0x7e))
            return false;
    return true;
}

/* a block of exactly n bytes: one byte more is seen by AddressSanitizer */
static void answer(const uint8_t *p, size_t n, struct answer *to)
{
    char *copy = must(malloc(n > 0 ? n : 1));

    memcpy(copy, p, n);
    *to = (struct answer){NULL, 0, 0, false};
    current = to;
    to->accepted = fuzz_target(copy, n);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct answer first, second;

    fuzz_inputs++;
    answer(p, n, &first);
    answer(p, n, &second);
    fuzz_claim(first.accepted == second.accepted && first.n == second.n &&
                   (first.n == 0 || memcmp(first.p, second.p, first.n) == 0),
               "the same input has the same answer");
    fuzz_accepted += first.accepted;
    current = NULL;
    free(first.p);
    free(second.p);
    return 0;
}
