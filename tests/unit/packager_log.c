/* tests/unit/packager_log.c - 600 entries appended one by one; at many sizes every file is what
 * tests/tools/tlog.py makes of the same ledger files, and openssl accepts the signature. */
#include "tests/unit/packager_fixture.h"
#include "tests/unit/packager_signer.h"

#include "base/digest.h"
#include "packager/follow.h"
#include "packager/log.h"
#include "packager/publish.h"

enum { ENTRIES = 600 };

static const size_t sizes[] = {1, 2, 3, 4, 255, 256, 257, 511, 512, 513, ENTRIES};

/* Ledger file and log of one entry more; what its proof says is kept for the last one. */
static void append(struct pkg_publish *p, char tip[PKG_GIT_HEX], size_t count, struct buf *proof)
{
    struct pkg_git_edit edits[PKG_LOG_EDITS + 1];
    char path[40], text[40], hex[DIGEST_HEX], commit[PKG_GIT_HEX];
    const struct pkg_git_edit *logged;
    bool is_moved = false;
    struct pkg_log *log = NULL;
    size_t n;
    struct err e;

    (void)snprintf(path, sizeof path, "ledger/%03zu/%03zu.json", (count + 1) / 1000, (count + 1) % 1000);
    (void)snprintf(text, sizeof text, "entry %zu\n", count);
    if (digest_hex(text, strlen(text), hex, &e) != 0 || pkg_log_open(pkg_publish_git(p), tip, count, key, NULL, &log, &e) != 0 ||
        pkg_log_append(log, hex, &e) != 0)
        fail_msg("entry %zu: %s", count, e.text);
    logged = pkg_log_edits(log, &n);
    memcpy(edits, logged, n * sizeof *edits);
    edits[n] = (struct pkg_git_edit){path, text, strlen(text), NULL};
    if (pkg_publish_write(p, tip, &(struct pkg_git_change){edits, n + 1, "x\n", "x@y.z"}, key, commit, &e) != 0 ||
        pkg_publish_accept(p, commit, &is_moved, &e) != 0)
        fail_msg("entry %zu: %s", count, e.text);
    assert_false(is_moved);
    memcpy(tip, commit, PKG_GIT_HEX);
    buf_clear(proof);
    assert_int_equal(buf_add(proof, pkg_log_proof(log)->data, pkg_log_proof(log)->len, &e), 0);
    pkg_log_free(log);
}

static void the_log_is_the_oracles_at_every_size(void **state)
{
    char repo[FILE_PATH_MAX], tip[PKG_GIT_HEX] = "", tips[COUNT(sizes)][PKG_GIT_HEX], name[32];
    struct buf proof = buf_init(4096), pem = buf_init(4096);
    struct pkg_publish *p = NULL;
    size_t next = 0;
    struct err e;

    in_scratch(state, "log.git", repo);
    assert_int_equal(pkg_key_write_public(key, &pem, &e), 0);
    put_text(*state, "log.pub", pem.data);
    assert_int_equal(pkg_publish_begin(repo, 10, &p, &e), 0);
    for (size_t i = 0; i < ENTRIES; i++) {
        append(p, tip, i, &proof);
        if (i + 1 != sizes[next])
            continue;
        (void)snprintf(name, sizeof name, "proof-%zu", i);
        put_text(*state, name, proof.data);
        memcpy(tips[next++], tip, PKG_GIT_HEX);
    }
    for (size_t s = 0; s < COUNT(sizes); s++)
        ROW(s, "log", shell("python3 -B tests/tools/tlog.py leaves %s %s %s/log.pub %s/proof-%zu", repo, tips[s],
                            (char *)*state, (char *)*state, sizes[s] - 1) == 0);
    /* each goes on where the one before ended, and not the other way */
    for (size_t s = 0; s < COUNT(sizes); s++) {
        ROW(s, "follows", pkg_follow_check(pkg_publish_git(p), s == 0 ? "" : tips[s - 1], tips[s], &e) == 0);
        ROW(s, "goes back", pkg_follow_check(pkg_publish_git(p), tips[s], s == 0 ? "" : tips[s - 1], &e) == -1 &&
                                e.kind == ERR_REFUTED && strstr(e.text, "E_LOG_TAIL: ") == e.text);
    }
    pkg_publish_end(p);
    buf_release(&pem);
    buf_release(&proof);
}

static void nothing_is_signed_over_a_log_that_is_not_this_one(void **state)
{
    char repo[FILE_PATH_MAX], tip[PKG_GIT_HEX] = "";
    struct buf proof = buf_init(4096);
    struct pkg_key *other = NULL;
    struct pkg_log *log = NULL;
    struct pkg_publish *p = NULL;
    struct err e;

    in_scratch(state, "other.git", repo);
    assert_int_equal(pkg_publish_begin(repo, 10, &p, &e), 0);
    for (size_t i = 0; i < 3; i++)
        append(p, tip, i, &proof);
    assert_int_equal(pkg_key_new(&other, &e), 0);
    assert_int_equal(pkg_log_open(pkg_publish_git(p), tip, 3, other, NULL, &log, &e), -1); /* another key */
    assert_int_equal(pkg_log_open(pkg_publish_git(p), tip, 2, key, NULL, &log, &e), -1);   /* another size */
    assert_int_equal(pkg_log_open(pkg_publish_git(p), tip, 3, NULL, NULL, &log, &e), -1);  /* a log and no key */
    assert_int_equal(pkg_log_open(pkg_publish_git(p), tip, 3, key, NULL, &log, &e), 0);
    pkg_log_free(log);
    pkg_key_free(other);
    pkg_publish_end(p);
    buf_release(&proof);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_log_is_the_oracles_at_every_size),
                                       cmocka_unit_test(nothing_is_signed_over_a_log_that_is_not_this_one)};

    return cmocka_run_group_tests(tests, make_key, drop_key);
}
