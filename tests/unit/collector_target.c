/* tests/unit/collector_target.c - tests of collector/target.c: what a command is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collector/target.h"

static struct jv *environment(const char *host, const char *port, const char *user, const char *db)
{
    struct jv *v = jv_set(jv_object(), "PGHOST", jv_string(host));

    jv_set(v, "PGPORT", jv_string(port));
    jv_set(v, "PGUSER", jv_string(user));
    return jv_set(v, "PGDATABASE", jv_string(db));
}

static void url_is(struct jv *env, const char *password, const char *expected)
{
    struct buf url = buf_init(4096);
    struct err e;

    assert_int_equal(col_target_url(env, password, "n", &url, &e), 0);
    assert_string_equal(url.data, expected);
    buf_release(&url);
    jv_free(env);
}

static void test_url(void **state)
{
    struct jv *ssl = environment("h", "5433", "u", "d");

    (void)state;
    url_is(environment("h", "5433", "u", "d"), NULL, "postgres://u@h:5433/d?application_name=n");
    url_is(environment("h", "", "u", "d"), "", "postgres://u@h:5432/d?application_name=n");
    url_is(environment("h", "5432", "a@b", "x/y ?\xc3\xa9"), "p:w#%",
           "postgres://a%40b:p%3Aw%23%25@h:5432/x%2Fy%20%3F%C3%A9?application_name=n");
    url_is(environment("/run/pg sql", "5432", "u", "d"), NULL,
           "postgres://u@localhost:5432/d?application_name=n&host=%2Frun%2Fpg%20sql");
    url_is(environment("::1", "5432", "u", "d"), NULL, "postgres://u@[::1]:5432/d?application_name=n");
    jv_set(ssl, "PGSSLMODE", jv_string("verify-full"));
    url_is(ssl, NULL, "postgres://u@h:5433/d?application_name=n&sslmode=verify-full");
}

/* PGSERVICE after col_target_add: its text, "null" or "absent". */
static void service_is(const char *inherited, const char *given, const char *place, const char *expected,
                       bool has_password)
{
    struct jv *env = environment("h", "5432", "u", "d");
    struct jv *params = jv_object();
    struct err e;

    (void)(inherited == NULL ? unsetenv("PGSERVICE") : setenv("PGSERVICE", inherited, 1));
    if (given != NULL)
        jv_set(params, "service", jv_string(given));
    if (place != NULL)
        jv_set(params, place, jv_string("x"));
    assert_int_equal(col_target_add(env, params, "secret", "name", &e), 0);
    if (expected == NULL)
        assert_true(jv_is(jv_get(env, "PGSERVICE"), JV_NULL));
    else
        assert_string_equal(jv_get_text(env, "PGSERVICE"), expected);
    assert_int_equal(jv_get(env, "PGPASSWORD") != NULL, has_password);
    assert_string_equal(jv_get_text(env, "PGAPPNAME"), "name");
    assert_non_null(strstr(jv_get_text(env, "DATABASE_URL"), "u:secret@h"));
    jv_free(env);
    jv_free(params);
}

static void test_service(void **state)
{
    (void)state;
    service_is(NULL, NULL, NULL, NULL, false);
    service_is("a", NULL, NULL, "a", false);
    service_is("a", "b", NULL, "b", false);
    service_is("a", NULL, "dbname", NULL, true);
    service_is(NULL, "b", "user", NULL, true);
    service_is(NULL, "b", "host", NULL, true);
    service_is(NULL, "b", "hostaddr", NULL, true);
    service_is(NULL, "b", "port", NULL, true);
    service_is(NULL, "b", "sslmode", "b", false);
    service_is(NULL, NULL, "port", NULL, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_url), cmocka_unit_test(test_service)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
