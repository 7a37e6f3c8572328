/*
 * tests/fuzz/commit.c - a commit object at the tip of a repository.  One without a signature
 * gets the insider's, so that everything else about it is met behind the signature.
 */
#include "tests/fuzz/insider.h"

#include "verifier/git.h"
#include "verifier/sshsig.h"

#include <string.h>

/* the first line of the header that starts so, with the lines that continue it */
static const char *header(const char *p, const char *name, size_t *len)
{
    for (; *p != '\0' && *p != '\n'; p += strcspn(p, "\n"), p += *p == '\n')
        if (strncmp(p, name, strlen(name)) == 0) {
            *len = strcspn(p, "\n") + 1;
            while (p[*len - 1] != '\0' && p[*len] == ' ')
                *len += strcspn(p + *len, "\n") + 1;
            return p;
        }
    return NULL;
}

static void sign(struct buf *out, const char *text, size_t n)
{
    const char *end = strstr(text, "\n\n");
    struct buf armor = {out->arena, NULL, 0, 0};
    size_t at = end != NULL ? (size_t)(end + 1 - text) : n;

    insider_sshsig(&armor, "sha512", text, n);
    vfy_mem_add(out, text, at);
    vfy_mem_put(out, "gpgsig ");
    for (const char *p = armor.p; *p != '\0'; p++)
        vfy_mem_put(out, *p == '\n' ? "\n " : "%c", *p);
    vfy_mem_put(out, "\n");
    vfy_mem_add(out, text + at, n - at);
}

static void check(struct arena *a, const char *text, size_t n, const struct git_commit_info *c)
{
    struct buf unsigned_text = {a, NULL, 0, 0};
    size_t len;
    const char *at = header(text, "gpgsig ", &len), *end = strstr(text, "\n\n");

    fuzz_claim(at != NULL, "what is accepted bears a signature");
    vfy_mem_add(&unsigned_text, text, (size_t)(at - text));
    vfy_mem_add(&unsigned_text, at + len, n - (size_t)(at - text) - len);
    fuzz_claim(unsigned_text.len == c->signed_len && memcmp(unsigned_text.p, c->signed_bytes, c->signed_len) == 0,
               "everything but the signature is signed");
    fuzz_claim(insider_signed(a, c->signature, c->signature_len, unsigned_text.p, unsigned_text.len),
               "the signature is the one that the key gives");
    fuzz_claim(strcmp(c->message, end != NULL ? end + 2 : "") == 0, "the message is what follows the header");
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct buf text = {&a, NULL, 0, 0};
    const char *input = vfy_mem_copy(&a, p, n);
    struct git *g = NULL;
    struct git_commit_info c;
    const struct trusted *by;
    struct err e = {VFY_NO_CODE, "", ""};
    char oid[VFY_OID], tip[VFY_OID];
    size_t len;
    bool ok;

    vfy_mem_add(&text, "", 0);
    if (header(input, "gpgsig ", &len) == NULL)
        sign(&text, input, n);
    else
        vfy_mem_add(&text, p, n);
    insider_object(&a, "commit", text.p, text.len, oid);
    insider_branch(&a, oid);
    ok = vfy_git_open(&a, fuzz_folder(), &g, tip, &e) == 0 && vfy_git_commit(&a, g, tip, &c, &e) == 0 &&
         vfy_sshsig_check(&a, c.signature, c.signature_len, "git", c.signed_bytes, c.signed_len, insider_policy(),
                          ROLE_PACKAGER, tip, &by, &e) == 0;
    vfy_git_free(g);
    insider_forget(&a, oid);
    if (ok)
        check(&a, text.p, text.len, &c);
    else
        insider_refused(&e, "E_REPO_UNSAFE E_SIG_ E_KEY_");
    vfy_mem_release(&a);
    return ok;
}
