/* tests/unit/packager_commit.c - the evidence repository: commits, races, locks, the ledger. */
#include "tests/unit/packager_fixture.h"
#include "tests/unit/packager_signer.h"

#include <sys/wait.h>
#include <unistd.h>

#include "packager/commit.h"
#include "packager/ledger.h"
#include "packager/pack.h"
#include "packager/packet.h"
#include "packager/publish.h"
#include "packager/sshsig.h"
#include "tests/unit/packager_verdict.h"

/* libgit2 1.5 forgets a pcre2 match when it refuses a repository's extensions (the SHA-256
 * row below). */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libpcre2\n";
}


/* A reviewed stage NAME of a tiny run with this run id, so that packages differ. */
static void make_stage(void **state, const char *name, unsigned id, const char *status, struct pkg_stage *out)
{
    char run[FILE_PATH_MAX], dir[FILE_PATH_MAX], verdict[FILE_PATH_MAX];
    struct pkg_pack_result result;
    struct pkg_stage stage;
    struct err e;

    in_scratch(state, "run", run);
    in_scratch(state, name, dir);
    in_scratch(state, "verdict.json", verdict);
    put_run(run);
    assert_int_equal(shell("sed -i 's/\"run_id\":\"[0-9]*/\"run_id\":\"%032u/' %s/run.json", id, run), 0);
    if (pkg_pack_run(run, key, NULL, dir, &result, &e) != 0)
        fail_msg("%s", e.text);
    put_verdict(verdict, result.bag.sha256, status, "x");
    assert_int_equal(pkg_stage_open(dir, key, &stage, &e), 0);
    assert_int_equal(pkg_packet_write(&stage, verdict, key, &e), 0);
    pkg_stage_release(&stage);
    assert_int_equal(pkg_stage_open(dir, key, out, &e), 0);
}

static void commit(const struct pkg_stage *stage, const char *repo, struct pkg_commit_result *r)
{
    struct err e;

    if (pkg_commit_stage(stage, &(struct pkg_commit_order){repo, key, NULL, NULL, 60, 60, false, NULL, NULL}, r, &e) != 0)
        fail_msg("%s", e.text);
}

static void git_accepts_the_commit_and_a_second_run_finds_it(void **state)
{
    char repo[FILE_PATH_MAX];
    struct buf signers = buf_init(4096);
    struct pkg_commit_result first, again;
    struct pkg_stage stage;
    struct err e;

    in_scratch(state, "one.git", repo);
    make_stage(state, "one", 1, "PASS", &stage);
    commit(&stage, repo, &first);
    assert_int_equal(first.sequence, 1);
    assert_false(first.was_there);
    assert_int_equal(buf_adds(&signers, "dryproof namespaces=\"git\" ", &e), 0);
    assert_int_equal(pkg_sshsig_public(key, &signers, &e), 0);
    put_text(*state, "signers", signers.data);
    assert_int_equal(shell("git -C %s fsck --strict 2>&1 | grep .", repo), 1); /* nothing to say, nothing dangling */
    assert_int_equal(shell("git -C %s -c gpg.ssh.allowedSignersFile=%s/signers verify-commit main 2>/dev/null", repo, (char *)*state), 0);
    assert_int_equal(shell("git -C %s ls-tree -r main | grep -v '^100644 blob'", repo), 1);
    assert_int_equal(shell("cd %s && git clone -q one.git clone && cd clone && rm -r .git && diff -r packages/*/*/* ../one && "
                           "test \"$(find . -type f | wc -l)\" -eq 18", (char *)*state), 0);
    assert_int_equal(shell("test \"$(git -C %s log -1 --format='%%(trailers:key=Dryproof-Package,valueonly)%%(trailers:key=Dryproof-Verdict,valueonly)%%(trailers:key=Dryproof-Ledger,valueonly)' | xargs)\" = '%s T_SANDBOX_OK 000001'", repo, stage.package), 0);
    commit(&stage, repo, &again);
    assert_true(again.was_there);
    assert_string_equal(again.commit, first.commit);
    assert_int_equal(shell("test $(git -C %s rev-list --count main) -eq 1", repo), 0);
    buf_release(&signers);
    pkg_stage_release(&stage);
}

static void racing_packagers_both_land(void **state)
{
    enum { RACERS = 4 };
    char repo[FILE_PATH_MAX], name[16];
    struct pkg_stage stages[RACERS];
    pid_t pids[RACERS];

    in_scratch(state, "race.git", repo);
    for (unsigned i = 0; i < RACERS; i++) {
        (void)snprintf(name, sizeof name, "race%u", i);
        make_stage(state, name, 100 + i, "PASS", &stages[i]);
    }
    for (int i = 0; i < RACERS; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            struct pkg_commit_result r;
            struct err e;
            int bad = pkg_commit_stage(&stages[i], &(struct pkg_commit_order){repo, key, NULL, NULL, 60, 60, false, NULL, NULL}, &r, &e);

            if (bad != 0)
                (void)fprintf(stderr, "racer %d: %s\n", i, e.text);
            _exit(bad != 0);
        }
    }
    for (int i = 0; i < RACERS; i++) {
        int status;

        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(shell("test $(git -C %s rev-list --count main) -eq %d && test $(git -C %s ls-tree -r --name-only main | grep -c package.tar) -eq %d && git -C %s fsck --strict >/dev/null 2>&1", repo, RACERS, repo, RACERS, repo), 0);
    assert_int_equal(shell("git -C %s ls-tree --name-only main ledger/000/ | tr '\\n' ' ' | grep -qx 'ledger/000/001.json ledger/000/002.json ledger/000/003.json ledger/000/004.json '", repo), 0);
    for (int i = 0; i < RACERS; i++)
        pkg_stage_release(&stages[i]);
}

static void the_ledger_is_chained_and_tells_the_current_one(void **state)
{
    static const char *const statuses[] = {"HOLD", "PASS", "FAIL"};
    char repo[FILE_PATH_MAX], name[16], tip[PKG_GIT_HEX], packages[3][DIGEST_HEX], current[DIGEST_HEX];
    struct pkg_ledger_end end;
    struct pkg_git *g = NULL;
    struct err e;

    in_scratch(state, "ledger.git", repo);
    assert_int_equal(pkg_git_open(repo, &g, &e), 0);
    assert_null(g);
    for (unsigned i = 0; i < 3; i++) {
        struct pkg_commit_result r;
        struct pkg_stage stage;

        (void)snprintf(name, sizeof name, "ledger%u", i);
        make_stage(state, name, 200 + i, statuses[i], &stage);
        commit(&stage, repo, &r);
        assert_int_equal(r.sequence, i + 1);
        (void)snprintf(packages[i], DIGEST_HEX, "%s", stage.package);
        pkg_stage_release(&stage);
        assert_int_equal(pkg_git_open(repo, &g, &e), 0);
        assert_int_equal(pkg_git_tip(g, tip, &e), 0);
        if (pkg_ledger_find_end(g, tip, &end, &e) != 0 ||
            pkg_ledger_current(g, tip, "T", "T-1", "sandbox", current, &e) != 0)
            fail_msg("%s", e.text);
        assert_string_equal(current, packages[i == 0 ? 0 : 1]);
        assert_int_equal(pkg_ledger_current(g, tip, "T", "T-1", "pg:7/t", current, &e), 0);
        assert_string_equal(current, "");
        assert_int_equal(end.count, i + 1);
        pkg_git_free(g);
    }
    assert_int_equal(shell("cd %s && p=$(git show main:ledger/000/003.json | jq -r .payload | base64 -d | jq -r .previous) && "
                           "test \"$p\" = \"$(git show main:ledger/000/002.json | sha256sum | cut -c1-64)\"", repo), 0);
    assert_int_equal(shell("test \"$(git -C %s show main:ledger/000/001.json | jq -r .payload | base64 -d | jq -c '[.environment,.previous,.sequence,.status,.verdict]')\" = '[\"sandbox\",null,1,\"HOLD\",\"HOLD_T\"]'", repo), 0);
}

static void a_foreign_lock_is_named_and_left_alone(void **state)
{
    char repo[FILE_PATH_MAX];
    struct pkg_commit_result r;
    struct pkg_stage stage;
    struct err e;

    in_scratch(state, "locked.git", repo);
    assert_int_equal(shell("git init -q --bare %s && mkdir -p %s/refs/heads && : >%s/refs/heads/main.lock", repo, repo, repo), 0);
    make_stage(state, "locked", 300, "PASS", &stage);
    assert_int_equal(pkg_commit_stage(&stage, &(struct pkg_commit_order){repo, key, NULL, NULL, 1, 60, false, NULL, NULL}, &r, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_non_null(strstr(e.text, "refs/heads/main.lock"));
    assert_int_equal(shell("test -f %s/refs/heads/main.lock && ! git -C %s rev-parse -q --verify main", repo, repo), 0);
    assert_int_equal(shell("rm %s/refs/heads/main.lock", repo), 0);
    commit(&stage, repo, &r);
    pkg_stage_release(&stage);
}

static void a_held_repository_is_waited_for_and_named(void **state)
{
    char repo[FILE_PATH_MAX], path[FILE_PATH_MAX], pid[32];
    struct pkg_publish *first = NULL, *second = NULL;
    struct err e;

    in_scratch(state, "held.git", repo);
    in_scratch(state, "held.git/dryproof.lock", path);
    (void)snprintf(pid, sizeof pid, "of process %ld", (long)getpid());
    assert_int_equal(pkg_publish_begin(repo, 1, &first, &e), 0);
    assert_int_equal(pkg_publish_begin(repo, 0, &second, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_non_null(strstr(e.text, path));
    assert_non_null(strstr(e.text, " s old"));
    assert_non_null(strstr(e.text, pid));
    pkg_publish_end(first);
    assert_int_equal(pkg_publish_begin(repo, 0, &second, &e), 0);
    pkg_publish_end(second);
    assert_int_equal(shell("test -f %s && git -C %s fsck --strict 2>/dev/null", path, repo), 0);
}

/* Loose it is as large as its bytes; what is read of it is compared, not what git says of it. */
static void a_large_file_is_kept_as_it_is_and_compared(void **state)
{
    const size_t len = ((size_t)16 << 20) + 1;
    char repo[FILE_PATH_MAX], cut[FILE_PATH_MAX], commit[PKG_GIT_HEX], want[PKG_GIT_HEX], *data = malloc(len);
    struct pkg_git_edit edit = {"large", data, len, NULL}, absent = {"absent", data, len, NULL};
    struct pkg_naming *name = NULL, *other = NULL;
    const char *id = NULL;
    struct pkg_publish *p = NULL;
    bool is = false;
    struct err e;

    in_scratch(state, "large.git", repo);
    assert_non_null(data);
    memset(data, 'x', len);
    assert_int_equal(pkg_naming_begin(data, len, &name, &e), 0);
    assert_int_equal(pkg_naming_begin("y", 1, &other, &e), 0);
    edit.name = absent.name = name;
    assert_int_equal(pkg_publish_begin(repo, 0, &p, &e), 0);
    if (pkg_publish_write(p, "", &(struct pkg_git_change){&edit, 1, "large", "x@dryproof.invalid"}, key, commit, &e) != 0 ||
        pkg_publish_accept(p, commit, &is, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(pkg_naming_end(name, &id, &e), 0);
    assert_int_equal(pkg_git_name(data, len, want, &e), 0);
    assert_string_equal(id, want);
    assert_int_equal(shell("cd %s && git fsck --strict 2>/dev/null && test $(git rev-parse main:large) = %s && "
                           "test $(stat -c %%s objects/%.2s/%s) -gt %zu", repo, id, id, id + 2, len), 0);
    for (int i = 0; i < 2; i++) { /* then in a pack, where git compressed it */
        assert_true(pkg_git_holds(pkg_publish_git(p), commit, &edit, &is, &e) == 0 && is);
        assert_int_equal(pkg_git_holds(pkg_publish_git(p), commit, &absent, &is, &e), -1);
        data[len - 1] = 'y';
        assert_true(pkg_git_holds(pkg_publish_git(p), commit, &edit, &is, &e) == 0 && !is);
        data[len - 1] = 'x';
        edit.len--;
        assert_true(pkg_git_holds(pkg_publish_git(p), commit, &edit, &is, &e) == 0 && !is);
        edit.len++;
        edit.name = other;
        assert_true(pkg_git_holds(pkg_publish_git(p), commit, &edit, &is, &e) == 0 && !is);
        edit.name = name;
        if (i == 0)
            assert_int_equal(shell("cd %s && cp -r objects kept && git gc -q", repo), 0);
    }
    /* damaged: its last byte is of the checksum */
    assert_int_equal(shell("cd %s && rm -r objects && mv kept objects && chmod u+w objects/%.2s/%s && truncate -s -1 objects/%.2s/%s && "
                           "printf '\\0' >>objects/%.2s/%s", repo, id, id + 2, id, id + 2, id, id + 2), 0);
    assert_int_equal(pkg_git_holds(pkg_publish_git(p), commit, &edit, &is, &e), -1);
    pkg_publish_end(p);
    /* a repository that has the name already, of a part of it */
    in_scratch(state, "cut.git", cut);
    assert_int_equal(pkg_publish_begin(cut, 0, &p, &e), 0);
    assert_int_equal(shell("mkdir -p %s/objects/%.2s && head -c 1000 %s/objects/%.2s/%s >%s/objects/%.2s/%s", cut, id, repo, id, id + 2, cut, id, id + 2), 0);
    assert_int_equal(pkg_publish_write(p, "", &(struct pkg_git_change){&edit, 1, "large", "x@dryproof.invalid"}, key, commit, &e), -1);
    assert_non_null(strstr(e.text, "is cut short or damaged"));
    pkg_publish_end(p);
    pkg_naming_free(other);
    pkg_naming_free(name);
    free(data);
}

/* What a run leaves that is killed: a commit on `parent` set aside, with its promise or without. */
static void die_in(const char *repo, const char *parent, bool with_ref, char commit[PKG_GIT_HEX])
{
    struct pkg_git_edit edit = {"left", "behind", 6, NULL};
    char aside[FILE_PATH_MAX], text[PKG_GIT_HEX + 1];
    struct pkg_publish *p = NULL;
    struct pkg_git *g = NULL;
    struct err e;

    assert_int_equal(pkg_publish_begin(repo, 0, &p, &e), 0);
    assert_int_equal(file_join(aside, repo, "dryproof.new", &e), 0);
    assert_int_equal(file_make_folders(aside, &e), 0);
    assert_int_equal(pkg_git_open(repo, &g, &e), 0);
    assert_int_equal(pkg_git_set_aside(g, aside, &e), 0);
    if (pkg_git_write(g, parent, &(struct pkg_git_change){&edit, 1, "left behind", "x@dryproof.invalid"}, key, commit, &e) != 0)
        fail_msg("%s", e.text);
    (void)snprintf(text, sizeof text, "%s\n", commit);
    put_text(repo, with_ref ? "dryproof.ref" : "dryproof.tmp", text);
    pkg_git_free(g);
    pkg_publish_end(p);
}

static void a_dead_run_is_undone_or_finished(void **state)
{
    static const struct {
        const char *name, *left;
        bool with_ref, is_finished;
    } rows[] = {
        {"before its promise", "true", false, false},
        {"with its promise", "true", true, true},
        {"with git's lock", "ln dryproof.ref refs/heads/main.lock", true, true},
        {"with some objects there", "cp -rl dryproof.new/* objects/", true, true},
        {"with the reference moved", "cp -rl dryproof.new/* objects/ && ln dryproof.ref refs/heads/main", true, true},
        {"published, objects half gone", "cp -rl dryproof.new/* objects/ && ln dryproof.ref refs/heads/main && rm -rf objects/[0-7]*", true, true},
        {"meanwhile git moved the reference", "git update-ref refs/heads/main $(git commit-tree -m x $(git mktree </dev/null))", true, false},
    };
    char repo[FILE_PATH_MAX], commit[PKG_GIT_HEX], tip[PKG_GIT_HEX];
    struct err e;

    in_scratch(state, "dead.git", repo);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pkg_publish *p = NULL;

        assert_int_equal(shell("rm -rf %s", repo), 0);
        die_in(repo, "", rows[i].with_ref, commit);
        ROW(i, rows[i].name, shell("export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x; cd %s && %s", repo, rows[i].left) == 0);
        if (pkg_publish_begin(repo, 0, &p, &e) != 0)
            fail_msg("%s: %s", rows[i].name, e.text);
        assert_int_equal(pkg_git_tip(pkg_publish_git(p), tip, &e), 0);
        ROW(i, rows[i].name, (strcmp(tip, commit) == 0) == rows[i].is_finished);
        pkg_publish_end(p);
        ROW(i, "clean", shell("cd %s && git fsck --full --strict >/dev/null 2>&1 && test \"$(echo dryproof.*)\" = dryproof.lock && ! test -e refs/heads/main.lock", repo) == 0);
    }
    /* a lock of somebody else, and a promise that is none */
    die_in(repo, tip, true, commit);
    assert_int_equal(shell("cp %s/dryproof.ref %s/refs/heads/main.lock", repo, repo), 0);
    assert_int_equal(pkg_publish_begin(repo, 0, &(struct pkg_publish *){NULL}, &e), -1);
    assert_non_null(strstr(e.text, "refs/heads/main.lock"));
    assert_int_equal(shell("cd %s && rm refs/heads/main.lock && echo 12 >dryproof.ref", repo), 0);
    assert_int_equal(pkg_publish_begin(repo, 0, &(struct pkg_publish *){NULL}, &e), -1);
    assert_non_null(strstr(e.text, "dryproof.ref is damaged"));
}

static void a_repository_begun_by_a_dead_run_is_made(void **state)
{
    static const char *const left[] = {"true", ": >dryproof.lock", ": >dryproof.lock; : >dryproof.tmp",
                                       ": >dryproof.lock; mkdir -p objects/info",
                                       ": >dryproof.lock; mkdir -p objects/pack refs/heads refs/tags; : >config; : >dryproof.tmp"};
    char repo[FILE_PATH_MAX];
    struct err e;

    in_scratch(state, "begun.git", repo);
    for (size_t i = 0; i < COUNT(left); i++) {
        struct pkg_publish *p = NULL;

        assert_int_equal(shell("rm -rf %s && mkdir %s && cd %s && %s", repo, repo, repo, left[i]), 0);
        if (pkg_publish_begin(repo, 0, &p, &e) != 0)
            fail_msg("%s: %s", left[i], e.text);
        pkg_publish_end(p);
        ROW(i, left[i], shell("cd %s && git fsck 2>/dev/null && test \"$(git rev-parse --is-bare-repository)\" = true && test \"$(echo dryproof.*)\" = dryproof.lock", repo) == 0);
    }
}

static void what_is_no_repository_or_no_packet_is_refused(void **state)
{
    static const struct {
        const char *name, *make;
    } rows[] = {
        {"a folder with other things", "mkdir bad && echo >bad/letter"},
        {"a working copy", "git init -q bad"},
        {"a file", "echo >bad"},
        {"a SHA-256 repository", "git init -q --bare --object-format=sha256 bad"},
    };
    char repo[FILE_PATH_MAX];
    struct pkg_commit_result r;
    struct pkg_stage stage;
    struct err e;

    make_stage(state, "fine", 400, "PASS", &stage);
    in_scratch(state, "bad", repo);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(shell("cd %s && rm -rf bad && { %s; } >/dev/null 2>&1", (char *)*state, rows[i].make), 0);
        ROW(i, rows[i].name, pkg_commit_stage(&stage, &(struct pkg_commit_order){repo, key, NULL, NULL, 60, 60, false, NULL, NULL}, &r, &e) == -1);
        ROW(i, e.text, e.kind == ERR_INPUT || e.kind == ERR_SYSTEM);
    }
    in_scratch(state, "good.git", repo);
    assert_int_equal(shell("echo >>%s/REVIEW.md", stage.dir), 0);
    assert_int_equal(pkg_commit_stage(&stage, &(struct pkg_commit_order){repo, key, NULL, NULL, 60, 60, false, NULL, NULL}, &r, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_false(file_exists(repo)); /* gates before stamps: nothing was made */
    pkg_stage_release(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(git_accepts_the_commit_and_a_second_run_finds_it),
        cmocka_unit_test(racing_packagers_both_land),
        cmocka_unit_test(the_ledger_is_chained_and_tells_the_current_one),
        cmocka_unit_test(a_foreign_lock_is_named_and_left_alone),
        cmocka_unit_test(a_held_repository_is_waited_for_and_named),
        cmocka_unit_test(a_large_file_is_kept_as_it_is_and_compared),
        cmocka_unit_test(a_dead_run_is_undone_or_finished),
        cmocka_unit_test(a_repository_begun_by_a_dead_run_is_made),
        cmocka_unit_test(what_is_no_repository_or_no_packet_is_refused),
    };

    return cmocka_run_group_tests(tests, make_key, drop_key);
}
