/* tests/unit/verifier_log.c - the log of repositories of many sizes that tests/tools/tlog.py made,
 * whole and with one byte wrong; checkpoints and proofs of every wrong form. */
#include "tests/unit/verifier_test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "verifier/git.h"
#include "verifier/history.h"
#include "verifier/log.h"

static char folder[200];

static int make_folder(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char command[400];

    (void)state;
    snprintf(folder, sizeof folder, "%s/dryproof-unit-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(command, sizeof command, "python3 -B tests/tools/tlog.py make %s 1 2 3 4 255 256 257 511 512 513 600", folder);
    return system(command); /* tests only */
}

static int drop_folder(void **state)
{
    char command[300];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command); /* tests only */
}

static struct report report;

/* the repository of that size, its log opened as far as it goes */
static void open_size(struct repo *repo, const struct policy *policy, size_t size)
{
    const char *path = vfy_mem_print(&test_arena, "%s/%zu", folder, size);
    struct err e;

    memset(&report, 0, sizeof report);
    report.arena = &test_arena;
    *repo = (struct repo){.arena = &test_arena, .policy = policy};
    if (vfy_git_open(&test_arena, path, &repo->git, repo->tip, &e) != 0 ||
        vfy_git_list(&test_arena, repo->git, repo->tip, &repo->files, &repo->file_count, &e) != 0)
        fail_msg("%s: %s", e.path, e.text);
}

static void name_packages(struct repo *repo, size_t size)
{
    repo->ledger = vfy_mem_alloc(&test_arena, size * sizeof *repo->ledger);
    repo->count = size;
    for (size_t i = 0; i < size; i++) {
        char hex[VFY_HEX];
        const char *text = vfy_mem_print(&test_arena, "package %zu", i);

        vfy_crypto_sha256(text, strlen(text), hex);
        repo->ledger[i].package = vfy_mem_print(&test_arena, "%s", hex);
    }
}

static void every_size_and_every_proof_holds(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 4, 255, 256, 257, 511, 512, 513, 600};
    struct policy policy = {.key_count = 0};
    struct repo repo;

    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        open_size(&repo, &policy, sizes[s]);
        vfy_log_open(&repo, &report);
        if (report.count > 0)
            fail_msg("size %zu: %s: %s", sizes[s], report.findings[0].path, report.findings[0].text);
        assert_int_equal(repo.log->tree.size, sizes[s]);
        name_packages(&repo, sizes[s]);
        for (size_t i = 0; i < sizes[s]; i++) {
            vfy_log_package(&repo, &test_arena, i, &report);
            if (report.count > 0)
                fail_msg("size %zu: proof %zu: %s", sizes[s], i, report.findings[0].text);
        }
        assert_int_equal(report.passed, sizes[s]);
        assert_string_equal(report.not_observed[0], VFY_LOG_UNSEEN);
        vfy_git_free(repo.git);
        vfy_mem_reset(&test_arena);
    }
}

/* a file of the tip in the place of another, or out of the list */
static void exchange(struct repo *repo, const char *path, const char *with)
{
    size_t at = vfy_history_from(repo, path);

    if (at == repo->file_count || strcmp(repo->files[at].path, path) != 0)
        fail_msg("no %s", path);
    if (with != NULL)
        memcpy(repo->files[at].oid, repo->files[vfy_history_from(repo, with)].oid, VFY_OID);
    else
        memmove(&repo->files[at], &repo->files[at + 1], (--repo->file_count - at) * sizeof *repo->files);
}

static void each_file_counts(void **state)
{
    static const struct {
        const char *path, *with;
        enum vfy_code code;
    } rows[] = {
        {"log/tile/0/000", "log/tile/0/001", E_LOG_REWRITTEN},
        {"log/tile/0/001", "log/tile/0/000", E_LOG_REWRITTEN},
        {"log/tile/0/002.p/88", "log/checkpoint", E_LOG_REWRITTEN},
        {"log/tile/1/000.p/2", "log/checkpoint", E_LOG_REWRITTEN},
        {"log/tile/entries/000", "log/tile/entries/001", E_LOG_REWRITTEN},
        {"log/tile/entries/001", "log/tile/0/001", E_LOG_REWRITTEN},
        {"log/tile/0/000", NULL, E_LOG_REWRITTEN},
        {"log/tile/1/000.p/2", NULL, E_LOG_REWRITTEN},
        {"log/tile/entries/000", NULL, E_LOG_TAIL},
        {"log/tile/entries/002.p/88", NULL, E_LOG_TAIL},
        {"log/checkpoint", NULL, E_LOG_CHECKPOINT},
        {"log/checkpoint", "log/tile/0/000", E_LOG_CHECKPOINT},
        {"ledger/000/600.json", NULL, E_LOG_PACKAGE_MISSING},
        {"ledger/000/300.json", NULL, E_LOG_PACKAGE_MISSING},
        {"ledger/000/001.json", "ledger/000/002.json", E_LOG_CHECKPOINT},
        {"ledger/000/400.json", "ledger/000/401.json", E_LOG_PACKAGE_EXTRA},
    };
    struct policy policy = {.key_count = 0};
    struct repo repo;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        open_size(&repo, &policy, 600);
        exchange(&repo, rows[i].path, rows[i].with);
        vfy_log_open(&repo, &report);
        assert_int_equal(report.count, 1);
        if (report.findings[0].code != rows[i].code)
            fail_msg("%s: %s", rows[i].path, vfy_findings_info(report.findings[0].code)->name);
        assert_int_equal(repo.log->tree.size, 0);
        vfy_git_free(repo.git);
        vfy_mem_reset(&test_arena);
    }
}

/* every size that a kept checkpoint may be of: its root is the one of the first so many entries */
static void what_was_kept_is_a_beginning(void **state)
{
    struct policy policy = {.key_count = 0};
    struct repo small, large;
    vfy_hash a, b;

    (void)state;
    open_size(&large, &policy, 600);
    vfy_log_open(&large, &report);
    open_size(&small, &policy, 513);
    vfy_log_open(&small, &report);
    for (size_t n = 1; n <= 513; n++) {
        vfy_tree_root(&large.log->tree, n, a);
        vfy_tree_root(&small.log->tree, n, b);
        assert_memory_equal(a, b, VFY_HASH);
    }
    vfy_tree_root(&large.log->tree, 514, a);
    assert_memory_not_equal(a, b, VFY_HASH);
    assert_memory_equal(b, small.log->note.root, VFY_HASH);
    vfy_git_free(small.git);
    vfy_git_free(large.git);
}

#define ORIGIN "dryproof.invalid/log/0123456789abcdef0123456789abcdef"
#define ROOT "u38+XZv1X0s0tBZkR1JYAwzqiwJLyHWUqMzq4rRJ6Vk="
#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SIGNED "\xe2\x80\x94 " ORIGIN " " ZEROS ZEROS "AAA=\n"

static void a_checkpoint_has_one_form(void **state)
{
    static const char good[] = ORIGIN "\n7\n" ROOT "\n\n" SIGNED;
    static const char *const bad[] = {
        "", "\n\n\n\n\n", ORIGIN "\n7\n" ROOT "\n\n", ORIGIN "\n7\n" ROOT "\n" SIGNED,
        ORIGIN "\n7\n" ROOT "\n\n" SIGNED SIGNED, ORIGIN "\n7\n" ROOT "\n\n" SIGNED "\n",
        ORIGIN "\n7\n" ROOT "\nextension\n\n" SIGNED, ORIGIN "\n7\n" ROOT "\nextension\n" SIGNED, ORIGIN "\n07\n" ROOT "\n\n" SIGNED,
        ORIGIN "\n0\n" ROOT "\n\n" SIGNED, ORIGIN "\n+7\n" ROOT "\n\n" SIGNED, ORIGIN "\n7 \n" ROOT "\n\n" SIGNED,
        ORIGIN "\n\n" ROOT "\n\n" SIGNED, ORIGIN "\n1234567890\n" ROOT "\n\n" SIGNED,
        "example.com/log\n7\n" ROOT "\n\n" SIGNED, ORIGIN "0\n7\n" ROOT "\n\n" SIGNED, ORIGIN "\r\n7\r\n" ROOT "\r\n\r\n" SIGNED,
        ORIGIN "\n7\nu38+XZv1X0s0tBZkR1JYAwzqiwJLyHWUqMzq4rRJ6Vl=\n\n" SIGNED,
        ORIGIN "\n7\nu38+XZv1X0s0tBZkR1JYAwzqiwJLyHWUqMzq4rRJ6Vk\n\n" SIGNED, ORIGIN "\n7\nAAAA\n\n" SIGNED,
        ORIGIN "\n7\n" ROOT "\n\n- " ORIGIN " " ZEROS ZEROS "AAA=\n",
        ORIGIN "\n7\n" ROOT "\n\n\xe2\x80\x94 " ORIGIN " " ZEROS ZEROS "\n",
        ORIGIN "\n7\n" ROOT "\n\n\xe2\x80\x94 " ORIGIN "  " ZEROS ZEROS "AAA=\n",
        ORIGIN "\n7\n" ROOT "\n\n\xe2\x80\x94 dryproof.invalid/log/0123456789abcdef0123456789abcdee " ZEROS ZEROS "AAA=\n",
        ORIGIN "\n7\n" ROOT "\n\n\xe2\x80\x94 " ORIGIN " " ZEROS ZEROS "AAA=",
    };
    struct note note;
    struct err e;

    (void)state;
    assert_int_equal(vfy_note_parse(&test_arena, good, sizeof good - 1, "x", &note, &e), 0);
    assert_int_equal(note.size, 7);
    assert_string_equal(note.origin, ORIGIN);
    assert_int_equal(note.text_len, strlen(ORIGIN "\n7\n" ROOT "\n"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (vfy_note_parse(&test_arena, bad[i], strlen(bad[i]), "x", &note, &e) == 0)
            fail_msg("row %zu was accepted", i);
        assert_code(e.code, E_LOG_CHECKPOINT);
    }
}

static void a_proof_has_one_form(void **state)
{
#define HEAD "c2sp.org/tlog-proof@v1\n"
    static const char *const good[] = {HEAD "index 0\n\n" SIGNED, HEAD "index 2\n" ROOT "\n" ROOT "\n\n" SIGNED};
    static const char *const bad[] = {"", "c2sp.org/tlog-proof@v2\nindex 0\n\n", HEAD "index 01\n\n", HEAD "index\n\n",
                                      HEAD "extra AAAA\nindex 0\n\n", HEAD "index 1\nAAAA\n\n", HEAD "index 1\n" ROOT " \n\n"};
    static const size_t most = sizeof ((struct proof *)0)->hashes / sizeof(vfy_hash);
    struct proof proof;
    struct err e;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(vfy_note_proof(&test_arena, good[i], strlen(good[i]), "x", &proof, &e), 0);
        assert_int_equal(proof.index, 2 * i);
        assert_int_equal(proof.count, 2 * i);
        assert_int_equal(proof.note_len, strlen(SIGNED));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (vfy_note_proof(&test_arena, bad[i], strlen(bad[i]), "x", &proof, &e) == 0)
            fail_msg("row %zu was accepted", i);
        assert_code(e.code, E_LOG_PROOF);
    }
    for (size_t hashes = most; hashes < most + 2; hashes++) {
        struct buf b = {&test_arena, NULL, 0, 0};

        vfy_mem_put(&b, HEAD "index 0\n");
        for (size_t i = 0; i < hashes; i++)
            vfy_mem_put(&b, ROOT "\n");
        vfy_mem_put(&b, "\n" SIGNED);
        assert_int_equal(vfy_note_proof(&test_arena, b.p, b.len, "x", &proof, &e), hashes > most ? -1 : 0);
    }
}

/* C2SP tlog-tiles: three digits each, with an x before all but the last */
static void a_tile_has_one_place(void **state)
{
    static const struct {
        struct tile tile;
        const char *path;
    } cases[] = {{{-1, 0, VFY_TILE}, "log/tile/entries/000"}, {{0, 999, VFY_TILE}, "log/tile/0/999"},
                 {{0, 1000, VFY_TILE}, "log/tile/0/x001/000"}, {{-1, 3906, 64}, "log/tile/entries/x003/906.p/64"},
                 {{1, 15, VFY_TILE - 1}, "log/tile/1/015.p/255"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(vfy_tree_path(&test_arena, &cases[i].tile), cases[i].path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(every_size_and_every_proof_holds), TEST(each_file_counts),
                                       TEST(what_was_kept_is_a_beginning), TEST(a_checkpoint_has_one_form),
                                       TEST(a_proof_has_one_form), TEST(a_tile_has_one_place)};

    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
