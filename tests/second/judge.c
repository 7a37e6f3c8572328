/*
 * tests/second/judge.c - dryproof-verify without its start: the verdicts on many pairs of package
 * and attestations under one key, by the verifier's own objects in one process.
 *
 * Usage: judge KEY
 * Standard input: package, attestations, package, ..., each behind its length (four bytes, the
 * least first).  Standard output, a line for each pair: the exit status and the findings' codes
 * in the order of the report.  Whatever ends dryproof-verify early (memory, a bug) ends this
 * program without that line, with the status that dryproof-verify has then; 70 when a pair is cut.
 */
#include "verifier/file.h"
#include "verifier/limits.h"
#include "verifier/output.h"
#include "verifier/policy.h"
#include "verifier/verify.h"

#include <stdio.h>
#include <stdlib.h>

struct bytes {
    char *p;
    size_t n, room;
};

static void die(const char *what)
{
    fprintf(stderr, "judge: %s\n", what);
    exit(70);
}

/* one more length and its bytes; false at the end of the input */
static bool next(struct bytes *b)
{
    unsigned char n[4];
    size_t got = fread(n, 1, sizeof n, stdin);

    if (got == 0 && feof(stdin) != 0)
        return false;
    if (got != sizeof n)
        die("a length is cut");
    b->n = n[0] | (size_t)n[1] << 8 | (size_t)n[2] << 16 | (size_t)n[3] << 24;
    if (b->n > b->room) {
        free(b->p);
        b->room = b->n * 2;
        b->p = malloc(b->room);
        if (b->p == NULL)
            die("no memory");
    }
    if (fread(b->p, 1, b->n, stdin) != b->n)
        die("bytes are cut");
    return true;
}

/* The same calls in the same order as verify_package() of verifier/main.c, and in a block of
 * exactly that size, so that a sanitizer sees who reads past it. */
static void judge(struct arena *a, const struct bytes *tar, const struct bytes *att, const struct policy *policy)
{
    struct verdict *v = vfy_mem_alloc(a, sizeof *v);
    struct buf b = {a, NULL, 0, 0};
    struct source source;
    struct err e;

    v->report.arena = a;
    v->class = "unknown";
    if (att->n > VFY_MAX_ATTESTATIONS_BYTES) {
        vfy_err_set(&e, E_LIMIT_SIZE, "attestations", "too long");
        vfy_report_error(&v->report, LEVEL_0, &e);
    } else if (tar->n > VFY_MAX_PACKAGE_BYTES) {
        vfy_err_set(&e, E_LIMIT_SIZE, "package", "too long");
        vfy_report_error(&v->report, LEVEL_0, &e);
    } else {
        source = vfy_source_bytes(tar->p, tar->n);
        vfy_verify_package(a, &source, att->p, att->n, policy, v);
    }
    vfy_verify_now(v, policy);
    vfy_verify_close(v);
    vfy_output_json(&b, v);
    printf("%d", vfy_report_exit(&v->report));
    for (size_t i = 0; i < v->report.count; i++)
        printf(" %s", vfy_findings_info(v->report.findings[i].code)->name);
    printf("\n");
    if (fflush(stdout) != 0)
        exit(5);
}

int main(int argc, char **argv)
{
    struct arena kept = {NULL, 0}, work = {NULL, 0};
    struct bytes tar = {NULL, 0, 0}, att = {NULL, 0, 0};
    struct policy policy;
    struct err e;

    if (argc != 2) {
        fprintf(stderr, "usage: judge KEY\n");
        return 2;
    }
    if (vfy_policy_key(&kept, argv[1], &policy, &e) != 0)
        die(e.text);
    while (next(&tar)) {
        if (!next(&att))
            die("a package without attestations");
        judge(&work, &tar, &att, &policy);
        vfy_mem_reset(&work);
    }
    free(tar.p);
    free(att.p);
    vfy_mem_release(&work);
    vfy_mem_release(&kept);
    return 0;
}
