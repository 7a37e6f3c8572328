/* tests/unit/base_plan_bracket.c - the plan of a bracket is read as a carrier's plan with
 * empty lists, and each way to break it is refused. */
#include "tests/unit/base_test.h"

#include "base/plan_bracket.h"

static const char good[] =
    "{\"accept_basis\":[],\"carrier\":\"command\",\"command\":[\"psql\",\"-c\",\"SELECT 1\"],"
    "\"expect_exit\":0,\"plan_ref\":\"psql\",\"readonly_role\":null,\"schema\":\"dryproof.bracket/1\","
    "\"scope\":{\"exclude\":[{\"reason\":\"big\",\"relation\":\"a.b\"}]},\"strict_role\":false,\"timeout\":0}\n";

static void write_plan(const char *folder, const char *name, const char *text)
{
    char path[FILE_PATH_MAX];
    struct err e;

    assert_int_equal(file_join(path, folder, name, &e), 0);
    assert_int_equal(file_replace(path, text, strlen(text), 0644, &e), 0);
}

static void it_is_read_as_a_plan(void **state)
{
    static const char *const lists[] = {"allowed_changes", "captured", "manifests", "readback"};
    struct jv *bracket = NULL;
    char of_good[DIGEST_HEX], line[96];
    struct plan loaded, made;
    struct err e;

    write_plan(*state, "plan.json", good);
    assert_int_equal(plan_load(*state, &loaded, &e), -1);
    assert_non_null(strstr(e.text, "dryproof run --db CONNINFO -- COMMAND"));
    assert_int_equal(plan_load_any(*state, &loaded, &e), 0);
    for (size_t i = 0; i < COUNT(lists); i++)
        assert_int_equal(jv_get(loaded.doc, lists[i])->count, 0);
    assert_int_equal(jv_get(loaded.doc, "steps")->count, 1);
    assert_int_equal(jv_get(loaded.doc, "required_claims")->count, 5);
    assert_string_equal(jv_get_text(loaded.doc, "plan_ref"), "psql");
    assert_non_null(jv_get(loaded.doc, PLAN_BRACKET));

    assert_int_equal(jv_parse(good, sizeof good - 1, &bracket, &e), 0);
    assert_int_equal(digest_hex(good, sizeof good - 1, of_good, &e), 0);
    assert_int_equal(plan_bracket_make(bracket, &made, &e), 0);
    (void)snprintf(line, sizeof line, "%s  plan.json\n", of_good); /* as if it stood in a folder */
    assert_int_equal(digest_hex(line, strlen(line), of_good, &e), 0);
    assert_string_equal(made.sha256, of_good);
    assert_true(jv_equal(made.doc, loaded.doc));
    plan_release(&made);
    plan_release(&loaded);

    write_plan(*state, "other", "x");
    assert_int_equal(plan_load_any(*state, &loaded, &e), -1);
    assert_non_null(strstr(e.text, "stands alone"));
}

static void accepting_ids_drops_a_claim(void **state)
{
    struct jv *bracket = NULL;
    struct plan plan;
    struct err e;

    (void)state;
    assert_int_equal(jv_parse(good, sizeof good - 1, &bracket, &e), 0);
    jv_add(jv_get(bracket, "accept_basis"), jv_string("ids"));
    assert_int_equal(plan_bracket_make(bracket, &plan, &e), 0);
    assert_int_equal(jv_get(plan.doc, "required_claims")->count, 4);
    assert_false(jv_has_text(jv_get(plan.doc, "required_claims"), "no-write-witness"));
    plan_release(&plan);
}

static void each_fault_is_refused(void **state)
{
    static const struct {
        const char *member;
        const char *value;
        const char *says;
    } rows[] = {
        {"accept_basis", "[\"wal\"]", "accept_basis"},
        {"accept_basis", "[\"ids\",\"ids\"]", "accept_basis"},
        {"carrier", "\"C1\"", "carrier"},
        {"command", "[]", "command"},
        {"command", "[1]", "command"},
        {"expect_exit", "256", "expect_exit"},
        {"expect_exit", "-1", "expect_exit"},
        {"plan_ref", "\"a/b\"", "plan_ref"},
        {"plan_ref", "\"\"", "plan_ref"},
        {"readonly_role", "\"\"", "readonly_role"},
        {"readonly_role", "1", "readonly_role"},
        {"scope", "{}", "scope"},
        {"scope", "{\"exclude\":[{\"relation\":\"a.b\"}]}", "scope.exclude"},
        {"scope", "{\"exclude\":[{\"reason\":\"x\",\"relation\":\"b\"}]}", "scope.exclude"},
        {"scope", "{\"exclude\":[{\"reason\":\"x\",\"relation\":\"a.b\"},{\"reason\":\"y\",\"relation\":\"a.b\"}]}",
         "a.b is excluded twice"},
        {"strict_role", "null", "strict_role"},
        {"timeout", "\"1\"", "timeout"},
        {"timeout", "9999999", "timeout"},
        {"another", "1", "members"},
        {"schema", "\"dryproof.bracket/2\"", "members"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct jv *doc = NULL, *value = NULL;
        struct err e = {ERR_NONE, ""};

        assert_int_equal(jv_parse(good, sizeof good - 1, &doc, &e), 0);
        assert_int_equal(plan_bracket_check(doc, &e), 0);
        assert_int_equal(jv_parse(rows[i].value, strlen(rows[i].value), &value, &e), 0);
        jv_set(doc, rows[i].member, value);
        ROW(i, rows[i].member, plan_bracket_check(doc, &e) == -1 && e.kind == ERR_INPUT);
        ROW(i, e.text, strstr(e.text, rows[i].says) != NULL);
        jv_free(doc);
    }
}

static void names(void **state)
{
    (void)state;
    assert_true(plan_bracket_is_name("a.B_9-"));
    assert_false(plan_bracket_is_name("a b"));
    assert_true(plan_bracket_is_name("0123456789012345678901234567890123456789012345678901234567890123"));
    assert_false(plan_bracket_is_name("01234567890123456789012345678901234567890123456789012345678901234"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_read_as_a_plan),
        cmocka_unit_test(accepting_ids_drops_a_claim),
        cmocka_unit_test(each_fault_is_refused),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
