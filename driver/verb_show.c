/*
 * driver/verb_show.c - dryproof show: one package in plain language.  With trust given, the
 * verifier judges it first and its verdict is what is shown; without, what was recorded is.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "driver/road.h"
#include "driver/verbs.h"

struct show {
    const char *path, *which, *key, *policy;
    bool is_json;
    char package[DIGEST_HEX], folder[FILE_PATH_MAX];
    bool is_repo;
};

/* Which package is meant, as the packager finds it. */
static int find(struct show *s, int *status, struct err *e)
{
    const char *args[] = {"show", "--json", "--", s->path, s->which, NULL};
    struct buf text = buf_init(ROAD_DOCUMENT_MAX);
    struct jv *answer = NULL;
    const char *id;
    int rc = -1;

    if (road_must("dryproof-pack", args, &text, status, e) != 0 || jv_parse(text.data, text.len, &answer, e) != 0)
        goto out;
    id = jv_get_text(answer, "package");
    if (id == NULL || !digest_is_hex(id)) {
        err_set(e, ERR_INTERNAL, "dryproof-pack named no package");
        goto out;
    }
    (void)snprintf(s->package, sizeof s->package, "%s", id);
    s->is_repo = jv_is(jv_get(answer, "ledger"), JV_OBJECT);
    rc = 0;
out:
    jv_free(answer);
    buf_release(&text);
    return rc;
}

/* package.tar and the attestations beside it */
static void locate(const struct show *s, char tar[FILE_PATH_MAX + 16], char lines[FILE_PATH_MAX + 32])
{
    static const char name[] = "package.tar";
    size_t n = strlen(s->path);
    bool is_folder = file_is_folder(s->path);

    (void)snprintf(tar, FILE_PATH_MAX + 16, is_folder ? "%s/package.tar" : "%s", s->path);
    (void)snprintf(lines, FILE_PATH_MAX + 32, "%.*s%sattestations.intoto.jsonl", (int)(is_folder ? n : n - (sizeof name - 1)), s->path,
                   is_folder ? "/" : "");
}

static int verify(const struct show *s, struct buf *out, int *status, struct err *e)
{
    char tar[FILE_PATH_MAX + 16], lines[FILE_PATH_MAX + 32];
    const char *trust = s->key != NULL ? "--key" : "--policy", *file = s->key != NULL ? s->key : s->policy;
    const char *repo[] = {"--repo", s->path, "--package", s->package, trust, file, "--json", NULL};
    const char *one[] = {tar, "--attestations", lines, trust, file, "--json", NULL};

    locate(s, tar, lines);
    return road_call("dryproof-verify", s->is_repo ? repo : one, out, status, e);
}

/* What reviewers said of all packages, as far as it is theirs. */
static int verify_reviews(const struct show *s, struct buf *out, int *status, struct err *e)
{
    const char *args[] = {"--repo", s->path, "--reviews", s->key != NULL ? "--key" : "--policy", s->key != NULL ? s->key : s->policy,
                          "--json", NULL};

    *status = EXIT_HOLDS;
    return s->is_repo ? road_call("dryproof-verify", args, out, status, e) : 0;
}

static int put(const struct show *s, const char *name, const struct buf *text, char path[FILE_PATH_MAX + 16], struct err *e)
{
    (void)snprintf(path, FILE_PATH_MAX + 16, "%s/%s", s->folder, name);
    return file_write(path, text->data, text->len, 0644, e);
}

static int tell(struct show *s, const struct buf *verdict, const struct buf *reviews, struct err *e)
{
    const char *tmp = getenv("TMPDIR"), *args[10] = {"show", "--verdict"};
    char path[2][FILE_PATH_MAX + 16];
    struct err later;
    int ignored, rc = -1;
    size_t n = 2;

    if (snprintf(s->folder, sizeof s->folder, "%s/dryproof-XXXXXX", tmp == NULL ? "/tmp" : tmp) >= 200 || mkdtemp(s->folder) == NULL)
        return err_errno(e, errno, "cannot make a folder in %s", tmp == NULL ? "/tmp" : tmp);
    args[n++] = path[0];
    if (reviews->len > 0) {
        args[n++] = "--reviews";
        args[n++] = path[1];
    }
    if (s->is_json)
        args[n++] = "--json";
    args[n++] = "--";
    args[n++] = s->path;
    args[n] = s->is_repo ? s->package : NULL;
    if (put(s, "verdict.json", verdict, path[0], e) == 0 && (reviews->len == 0 || put(s, "reviews.json", reviews, path[1], e) == 0))
        rc = road_must("dryproof-pack", args, NULL, &ignored, e);
    return file_remove_tree(s->folder, rc == 0 ? e : &later) != 0 ? -1 : rc;
}

/* The verifier's exit status is ours: what is shown is its verdict.  A decision changes nothing of it;
 * reviews that are proven bad do, as a repository that was tampered with. */
static int show(struct show *s, struct err *e)
{
    const char *recorded[] = {"show", s->is_json ? "--json" : "--", s->is_json ? "--" : s->path, s->is_json ? s->path : s->which,
                              s->is_json ? s->which : NULL, NULL};
    struct buf verdict = buf_init(ROAD_DOCUMENT_MAX), reviews = buf_init(ROAD_DOCUMENT_MAX);
    int status = EXIT_HOLDS, of_reviews = EXIT_HOLDS;

    if (s->key == NULL && s->policy == NULL) {
        if (road_must("dryproof-pack", recorded, NULL, &status, e) != 0 && e->text[0] == '\0')
            e->kind = ERR_NONE; /* it has said why */
        return status;
    }
    if (find(s, &status, e) == 0 && verify(s, &verdict, &status, e) == 0 && verdict.len > 0 &&
        verify_reviews(s, &reviews, &of_reviews, e) == 0)
        (void)tell(s, &verdict, &reviews, e);
    if (of_reviews == EXIT_PROVEN_BAD && (status == EXIT_HOLDS || status == EXIT_HOLD || status == EXIT_NO_TRUSTED_KEY))
        status = EXIT_PROVEN_BAD;
    if (e->kind != ERR_NONE && e->text[0] == '\0')
        e->kind = ERR_NONE;
    buf_release(&reviews);
    buf_release(&verdict);
    return status;
}

int verb_show(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--key", "PUB", false, "verify it first, trusting this public key", NULL},
        {"--policy", "FILE", false, "verify it first, under this trust policy", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[3];
    struct show s = {.path = NULL};
    struct err e = {ERR_NONE, ""};
    int status;

    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            cli_verb_help("dryproof", "show PATH [NUMBER|CARRIER|ID]",
                          "one package of a repository, or the folder of one: what it is, what it proves, what "
                          "replaced it; without --key and --policy nothing is verified, and it says so",
                          options, n, "dryproof show evidence.git 1 --key signer.pub");
            return EXIT_HOLDS;
        }
    }
    if (cli_parse(argc, argv, options, n, 2, operands, &e) != 0)
        return cli_fail("dryproof", &e);
    if (operands[0] == NULL || (options[0].value != NULL && options[1].value != NULL)) {
        err_set(&e, ERR_USAGE, operands[0] == NULL ? "show needs a repository or the folder of a package"
                                                   : "give one of --key and --policy");
        return cli_fail("dryproof", &e);
    }
    s.path = operands[0];
    s.which = operands[1];
    s.key = options[0].value;
    s.policy = options[1].value;
    s.is_json = options[2].value != NULL;
    status = show(&s, &e);
    return e.kind != ERR_NONE ? cli_fail("dryproof", &e) : status;
}
