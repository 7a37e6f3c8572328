/*
 * tests/unit/base_plan.c - carriers/c1 loads, its parts are derived from it, and each
 * way to break a plan gives exactly one message.  Run from the root of the checkout.
 */
#include "tests/unit/base_test.h"

#include <unistd.h>

#include "base/plan.h"

#define CARRIER "carriers/c1"
#define FILES_MAX (16 << 20)

static void copy_carrier(const char *to)
{
    struct file_list list;
    struct err e;

    assert_int_equal(file_list_tree(CARRIER, &list, &e), 0);
    for (size_t i = 0; i < list.count; i++) {
        char from[FILE_PATH_MAX], at[FILE_PATH_MAX];
        struct buf b = buf_init(0);

        assert_int_equal(file_join(from, CARRIER, list.paths[i], &e), 0);
        assert_int_equal(file_join(at, to, list.paths[i], &e), 0);
        assert_int_equal(file_read(from, FILES_MAX, &b, &e), 0);
        assert_int_equal(file_make_parent(at, &e), 0);
        assert_int_equal(file_replace(at, b.data, b.len, 0644, &e), 0);
        buf_release(&b);
    }
    file_list_release(&list);
}

static void c1_loads(void **state)
{
    struct plan plan;
    struct buf sql = buf_init(0);
    struct err e;

    (void)state;
    assert_int_equal(plan_load(CARRIER, &plan, &e), 0);
    assert_true(digest_is_hex(plan.sha256));
    assert_string_equal(jv_get_text(plan.doc, "carrier"), "C1");
    assert_int_equal(plan_read(&plan, "sql/dispatch.sql", &sql, &e), 0);
    assert_non_null(strstr(sql.data, "fn_process_agent_api_dispatch"));
    buf_release(&sql);
    assert_int_equal(plan_read(&plan, "sql/absent.sql", &sql, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(plan_named(jv_get(plan.doc, "steps"), "vocab-build"));
    assert_null(plan_named(jv_get(plan.doc, "steps"), "vocab"));
    assert_null(plan_named(NULL, "vocab"));
    assert_non_null(plan_captured(&plan, "c1.runtime_gate"));
    assert_null(plan_captured(&plan, "c1.absent"));
    plan_release(&plan);
}

/* The digest is that of `sha256sum` over the sorted files; any byte or name changes it. */
static void the_digest_covers_every_file(void **state)
{
    static const char *const names[] = {"surface/010-roles.sql", "README.md", "plan.json"};
    char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct plan plan;
    char first[DIGEST_HEX];
    struct err e;

    assert_int_equal(file_join(dir, *state, "digest", &e), 0);
    copy_carrier(dir);
    assert_int_equal(plan_load(CARRIER, &plan, &e), 0);
    memcpy(first, plan.sha256, sizeof first);
    plan_release(&plan);
    for (size_t i = 0; i < COUNT(names); i++) {
        struct buf b = buf_init(0);

        assert_int_equal(plan_load(dir, &plan, &e), 0);
        assert_string_equal(plan.sha256, first);
        plan_release(&plan);
        assert_int_equal(file_join(path, dir, names[i], &e), 0);
        assert_int_equal(file_read(path, FILES_MAX, &b, &e), 0);
        assert_int_equal(buf_adds(&b, "\n", &e), 0);
        assert_int_equal(file_replace(path, b.data, b.len, 0644, &e), 0);
        assert_int_equal(plan_load(dir, &plan, &e), 0);
        assert_string_not_equal(plan.sha256, first);
        plan_release(&plan);
        assert_int_equal(file_replace(path, b.data, b.len - 1, 0644, &e), 0);
        buf_release(&b);
    }
    assert_int_equal(file_join(path, dir, "extra.txt", &e), 0);
    assert_int_equal(file_write(path, "", 0, 0644, &e), 0);
    assert_int_equal(plan_load(dir, &plan, &e), 0);
    assert_string_not_equal(plan.sha256, first);
    plan_release(&plan);
    assert_int_equal(file_remove_tree(dir, &e), 0);
}

static void statements_are_derived(void **state)
{
    static const struct {
        const char *endpoint, *sql;
    } rows[] = {
        {"c1.f(jsonb)", "SELECT c1.f($1::jsonb)"},
        {"c1.f(jsonb,text)", "SELECT c1.f($1::jsonb, $2::text)"},
        {"c1.f()", "SELECT c1.f()"},
        {"c1.f(a,b,c)", "SELECT c1.f($1::a, $2::b, $3::c)"},
        {"c1.f(timestamp with time zone)", "SELECT c1.f($1::timestamp with time zone)"},
        {"c1.f", NULL},
        {"c1.f(a", NULL},
        {"c1.f(a) x", NULL},
        {"", NULL},
        {"c1.f(a); DELETE FROM c1.t WHERE f()", NULL},
        {"c1.f('x')", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = buf_init(200);
        struct err e = {ERR_NONE, ""};
        int rc = plan_statement(rows[i].endpoint, &out, &e);

        ROW(i, rows[i].endpoint, rows[i].sql == NULL ? rc == -1 && e.kind == ERR_INPUT
                                                     : rc == 0 && strcmp(out.data, rows[i].sql) == 0);
        buf_release(&out);
    }
}

static void arguments_are_sent_as_written(void **state)
{
    struct jv *args = NULL;
    struct buf out = buf_init(100);
    bool is_null = false;
    struct err e;
    static const char text[] = "[\"a \\\"b\\\"\",{\"b\":1,\"a\":[true]},null]";

    (void)state;
    assert_int_equal(jv_parse(text, sizeof text - 1, &args, &e), 0);
    assert_int_equal(plan_arg(args->items[0], &out, &is_null, &e), 0);
    assert_string_equal(out.data, "a \"b\"");
    assert_false(is_null);
    buf_clear(&out);
    assert_int_equal(plan_arg(args->items[1], &out, &is_null, &e), 0);
    assert_string_equal(out.data, "{\"a\":[true],\"b\":1}");
    buf_clear(&out);
    assert_int_equal(plan_arg(args->items[2], &out, &is_null, &e), 0);
    assert_true(is_null);
    assert_int_equal(out.len, 0);
    jv_free(args);
    buf_release(&out);
}

/* Walk "a.b[2].c" to the object or array that holds the last part. */
static struct jv *holder_of(struct jv *doc, const char *path, char *last, size_t size)
{
    struct jv *at = doc;

    for (const char *p = path;;) {
        size_t n = strcspn(p, ".[]");
        (void)snprintf(last, size, "%.*s", (int)n, p);
        p += n;
        while (*p == '.' || *p == ']' || *p == '[')
            p++;
        if (*p == '\0')
            return at;
        at = jv_is(at, JV_ARRAY) ? at->items[strtoul(last, NULL, 10)] : jv_get(at, last);
        assert_non_null(at);
    }
}

static void remove_member(struct jv *holder, const char *key)
{
    for (size_t i = 0; i < holder->count; i++) {
        if (strcmp(holder->keys[i], key) != 0)
            continue;
        jv_free(holder->items[i]);
        free(holder->keys[i]);
        holder->count--;
        holder->items[i] = holder->items[holder->count];
        holder->keys[i] = holder->keys[holder->count];
        return;
    }
    fail_msg("no member %s to remove", key);
}

/* Change one place of c1's plan and load it; text NULL removes the member. */
static int load_changed(const char *dir, const char *place, const char *text, struct err *e)
{
    char path[FILE_PATH_MAX], last[64];
    struct buf b = buf_init(0), out = buf_init(FILES_MAX);
    struct jv *doc = NULL, *holder, *child = NULL;
    struct plan plan;
    int rc;

    assert_int_equal(file_read(CARRIER "/plan.json", FILES_MAX, &b, e), 0);
    assert_int_equal(jv_parse(b.data, b.len, &doc, e), 0);
    buf_release(&b);
    holder = holder_of(doc, place, last, sizeof last);
    if (text != NULL)
        assert_int_equal(jv_parse(text, strlen(text), &child, e), 0);
    if (text == NULL) {
        remove_member(holder, last);
    } else if (jv_is(holder, JV_ARRAY)) {
        size_t i = strtoul(last, NULL, 10);
        jv_free(holder->items[i]);
        holder->items[i] = child;
    } else {
        jv_set(holder, last, child);
    }
    assert_int_equal(jv_document(doc, &out, e), 0);
    assert_int_equal(file_join(path, dir, "plan.json", e), 0);
    assert_int_equal(file_replace(path, out.data, out.len, 0644, e), 0);
    buf_release(&out);
    jv_free(doc);
    rc = plan_load(dir, &plan, e);
    if (rc == 0)
        plan_release(&plan);
    return rc;
}

#define NAME_RULE "expected a name of at most 48 of [a-z0-9_-]"

static const struct {
    const char *place, *text, *error;
} broken[] = {
    {"surprise", "1", "plan: unknown member \"surprise\""},
    {"grant.surprise", "1", "plan.grant: unknown member \"surprise\""},
    {"steps[0].surprise", "1", "plan.steps[0]: unknown member \"surprise\""},
    {"steps[0].expect.surprise", "1", "plan.steps[0].expect: unknown member \"surprise\""},
    {"steps", NULL, "plan.steps is missing"},
    {"steps[3].xids", NULL, "plan.steps[3].xids is missing"},
    {"gates.expect", NULL, "plan.gates.expect is missing"},
    {"steps[0].kind", "\"command\"", "plan.steps[0]: expected kind \"dot\" or \"observe\""},
    {"steps[0].name", "\"Vocab\"", "plan.steps[0].name: " NAME_RULE},
    {"steps[0].name", "\"\"", "plan.steps[0].name: " NAME_RULE},
    {"steps[0].name", "\"../x\"", "plan.steps[0].name: " NAME_RULE},
    {"steps[0].name", "\"a123456789012345678901234567890123456789012345678\"",
     "plan.steps[0].name: " NAME_RULE},
    {"steps[1].name", "\"schema-ensure\"", "two steps are named schema-ensure"},
    {"harness.cases[1].name", "\"bad_mode\"", "two cases are named bad_mode"},
    {"readback[1].name", "\"vocab-rows\"", "two readback queries are named vocab-rows"},
    {"steps", "[]", "plan.steps: expected at least one step"},
    {"steps[0].xids", "-1", "plan.steps[0].xids: expected 0 or 1"},
    {"steps[0].xids", "\"0\"", "plan.steps[0].xids: expected 0 or 1"},
    {"steps[0].expect.raised", "0", "plan.steps[0].expect.raised: expected true or false"},
    {"steps[0].expect.fields", "[]", "plan.steps[0].expect.fields: expected an object"},
    {"dispatch.sql", "\"sql/absent.sql\"",
     "plan.json names the file sql/absent.sql, which the carrier does not have"},
    {"manifests[0].hash_sql", "\"sql/absent.sql\"",
     "plan.json names the file sql/absent.sql, which the carrier does not have"},
    {"readback[3].sql", "\"../c1/sql/dispatch.sql\"",
     "plan.json names the file ../c1/sql/dispatch.sql, which the carrier does not have"},
    {"manifests[0].repetitions", "2", "manifests.repetitions: expected at least 3"},
    {"manifests[0].expect_sha256", "\"C9286D\"",
     "plan.manifests[0].expect_sha256: expected 64 lower-case hex digits"},
    {"manifests[0].source.members.risk_level", "\"x\"",
     "plan.manifests[0].source.members: expected an object"},
    {"required_claims[2]", "\"no-sate\"", "plan.required_claims: unknown claim \"no-sate\""},
    {"required_claims", "[]", "plan.required_claims: expected at least one claim"},
    {"required_claims", "[7]", "plan.required_claims: expected a list of non-empty strings"},
    {"schema", "\"dryproof.plan/2\"", "schema \"dryproof.plan/2\"; this version reads dryproof.plan/1"},
    {"captured[0].relation", "\"runtime_gate\"", "plan.captured[0].relation: expected schema.relation"},
    {"captured[0].redacted", "\"a\"", "plan.captured[0].redacted: expected a list of strings"},
    {"allowed_changes[0].step", "\"absent\"",
     "allowed_changes refers to a step absent that is not defined"},
    {"allowed_changes[0].key.auth_code", "1",
     "plan.allowed_changes[0].key: expected column values that are strings or null"},
    {"grant.reuse_step", "\"absent\"", "grant refers to a step absent that is not defined"},
    {"grant.set_equals.action_set.manifest", "7",
     "plan.grant.set_equals.manifest: " NAME_RULE},
    {"readback_step", "\"absent\"", "readback_step refers to a step absent that is not defined"},
    {"harness.step", "\"absent\"", "harness refers to a step absent that is not defined"},
    {"harness.cases[0].set", "\"secondary\"",
     "plan.harness.cases[0].set: expected \"primary\" or \"extra\""},
    {"preflight.step", "\"absent\"", "preflight refers to a step absent that is not defined"},
    {"preflight.checks[0].check", "{}",
     "plan.preflight.checks[0].check: expected exactly one of exists, rows, manifest, "
     "manifest_rows, contracts, case"},
    {"preflight.checks[0].check", "{\"exists\":\"a.b\",\"case\":\"bad_mode\"}",
     "plan.preflight.checks[0].check: expected exactly one of exists, rows, manifest, "
     "manifest_rows, contracts, case"},
    {"preflight.checks[0].check", "{\"manifest_rows\":\"c1\"}",
     "plan.preflight.checks[0].check: expected not_in only beside rows, count exactly beside "
     "manifest_rows"},
    {"owner.not_in", "{\"column\":\"a\"}", "plan.owner.not_in.relation is missing"},
    {"gates.expect.dry_run_only", "true", "plan.gates.expect: expected an object of strings"},
    {"reuse.dots[0].contract_sha256", "\"\"",
     "plan.reuse.dots[0].contract_sha256: expected 64 lower-case hex digits"},
    {"contracts.pairs", "[\"a\"]", "plan.contracts.pairs[0]: expected a list of strings"},
    {"carrier", "\"\"", "plan.carrier: expected a non-empty string"},
    {"scope", "[]", "plan.scope: expected an object"},
    {"forbidden", "null", "plan.forbidden: expected an object"},
};

static void each_fault_has_its_message(void **state)
{
    char dir[FILE_PATH_MAX];
    struct err e;

    assert_int_equal(file_join(dir, *state, "broken", &e), 0);
    copy_carrier(dir);
    assert_int_equal(load_changed(dir, "title", "\"another title\"", &e), 0);
    assert_int_equal(load_changed(dir, "reuse.dots[0].contract_sha256", "null", &e), 0);
    for (size_t i = 0; i < COUNT(broken); i++) {
        char want[512];

        (void)snprintf(want, sizeof want, "%s%s",
                       strncmp(broken[i].error, "plan.json", 9) == 0 ? "" : "plan.json: ", broken[i].error);
        ROW(i, broken[i].place, load_changed(dir, broken[i].place, broken[i].text, &e) == -1);
        if (strcmp(e.text, want) != 0)
            fail_msg("row %zu (%s): \"%s\", expected \"%s\"", i, broken[i].place, e.text, want);
        ROW(i, broken[i].place, e.kind == (strcmp(broken[i].place, "schema") == 0 ? ERR_LIMIT : ERR_INPUT));
    }
}

static void a_folder_that_is_no_carrier(void **state)
{
    char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct plan plan;
    struct err e;

    assert_error(plan_load("/nowhere", &plan, &e), e, ERR_INPUT,
                 "/nowhere: expected a carrier folder with a plan.json");
    assert_int_equal(file_join(dir, *state, "odd", &e), 0);
    assert_int_equal(file_make_folders(dir, &e), 0);
    assert_int_equal(plan_load(dir, &plan, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    copy_carrier(dir);
    assert_int_equal(file_join(path, dir, "a b", &e), 0);
    assert_int_equal(file_write(path, "", 0, 0644, &e), 0);
    assert_int_equal(plan_load(dir, &plan, &e), -1);
    assert_non_null(strstr(e.text, "the file name a b may only use [A-Za-z0-9._-]"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(plan_load(dir, &plan, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(file_join(path, dir, "plan.json", &e), 0);
    assert_int_equal(file_replace(path, "{\"schema\":1,\"schema\":1}", 23, 0644, &e), 0);
    assert_int_equal(plan_load(dir, &plan, &e), -1);
    assert_non_null(strstr(e.text, "plan.json: line 1, column 20: duplicate object key"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c1_loads),
        cmocka_unit_test(the_digest_covers_every_file),
        cmocka_unit_test(statements_are_derived),
        cmocka_unit_test(arguments_are_sent_as_written),
        cmocka_unit_test(each_fault_has_its_message),
        cmocka_unit_test(a_folder_that_is_no_carrier),
    };
    return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
