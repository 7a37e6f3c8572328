/* packager/claim.c - see packager/claim.h. */
#define _DEFAULT_SOURCE /* gethostname */
#include "packager/claim.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"

#define TITLE "dryproof claim\n"

int pkg_claim_text(const char *owner, struct buf *out, struct err *e)
{
    unsigned char nonce[16];
    char host[256] = "?", now[CLOCK_TEXT], hex[2 * sizeof nonce + 1];

    if (digest_random(nonce, sizeof nonce, e) != 0)
        return -1;
    for (size_t i = 0; i < sizeof nonce; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", nonce[i]);
    (void)gethostname(host, sizeof host - 1);
    clock_now(now);
    buf_clear(out);
    return buf_addf(out, e, TITLE "since %s\nhost %s\nprocess %ld\nkey %.16s\nid %s\n", now, host, (long)getpid(), owner, hex);
}

void pkg_claim_pause(void)
{
    unsigned char random = 0;
    struct err ignored;

    if (digest_random(&random, 1, &ignored) != 0)
        random = 0;
    (void)nanosleep(&(struct timespec){0, 100000000 + random * 1000000L}, NULL);
}

void pkg_claim_describe(struct pkg_remote *remote, struct pkg_git *g, struct buf *out)
{
    struct buf text = buf_init(1024);
    char id[PKG_GIT_HEX];
    struct err e;

    if (pkg_remote_fetch(remote, "", PKG_REMOTE_CLAIM, id, &e) != 0 ||
        pkg_git_also_read(g, pkg_remote_objects(remote), &e) != 0 || pkg_git_get_blob(g, id, &text, &e) != 0 ||
        text.len <= strlen(TITLE) || strncmp(text.data, TITLE, strlen(TITLE)) != 0 ||
        buf_addf(out, &e, "%.300s", text.data + strlen(TITLE)) != 0)
        (void)!buf_adds(out, "of nobody that says who", &e);
    buf_release(&text);
}
