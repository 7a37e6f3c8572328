/*
 * tests/unit/packager_fixture.h - what the packager_*.c tests share: keys, commands, and
 * a tiny complete run directory written from the strings below.
 */
#ifndef TESTS_UNIT_PACKAGER_FIXTURE_H
#define TESTS_UNIT_PACKAGER_FIXTURE_H

#include <stdarg.h>
#include <sys/wait.h>

#include "tests/unit/base_test.h"

#include "base/json.h"
#include "base/plan.h"
#include "packager/key.h"

/* A command built like printf; its exit status. */
static inline int __attribute__((format(printf, 1, 2), unused)) shell(const char *fmt, ...)
{
    char command[8192];
    va_list ap;
    int status;

    va_start(ap, fmt);
    (void)vsnprintf(command, sizeof command, fmt, ap);
    va_end(ap);
    status = system(command); /* tests only */
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The path of NAME in the group's empty folder. */
static inline void __attribute__((unused)) in_scratch(void **state, const char *name, char out[FILE_PATH_MAX])
{
    struct err e;

    assert_int_equal(file_join(out, *state, name, &e), 0);
}

static inline void __attribute__((unused)) put_text(const char *folder, const char *name, const char *text)
{
    char path[FILE_PATH_MAX];
    struct err e;

    assert_int_equal(file_join(path, folder, name, &e), 0);
    assert_int_equal(file_make_parent(path, &e), 0);
    if (file_replace(path, text, strlen(text), 0644, &e) != 0)
        fail_msg("%s", e.text);
}

static const char plan_text[] =
    "{\"schema\":\"dryproof.plan/1\",\"carrier\":\"T\",\"plan_ref\":\"T-1\",\"title\":\"tiny\","
    "\"verdicts\":{\"sandbox\":\"T_SANDBOX_OK\",\"governed\":\"T_GOVERNED_OK\"},"
    "\"sandbox\":{\"database\":\"t\",\"surface\":\"surface\",\"labels\":[\"TINY\"]},"
    "\"step_role\":\"t_step\",\"scope\":{\"exclude\":[]},"
    "\"captured\":[{\"relation\":\"t.a\",\"redacted\":[],\"volatile\":[\"at\"]}],"
    "\"allowed_changes\":[{\"relation\":\"t.a\",\"step\":\"one\",\"key\":{\"id\":\"1\"},"
    "\"before\":{\"status\":\"active\"},\"after\":{\"status\":\"used\"},\"columns\":[\"at\",\"status\"]}],"
    "\"gates\":{\"relation\":\"t.a\",\"key\":\"id\",\"value\":\"status\",\"expect\":{\"1\":\"active\"}},"
    "\"dispatch\":{\"sql\":\"d.sql\",\"actor\":\"x\"},\"manifests\":[],"
    "\"steps\":[{\"name\":\"one\",\"kind\":\"dot\",\"phase\":\"P6\",\"dot_code\":\"DOT_T\",\"mode\":\"DRY_RUN\","
    "\"endpoint\":\"t.f(text)\",\"args\":[],\"xids\":1,\"expect\":{\"code\":\"OK\",\"raised\":false,"
    "\"fields\":{\"outcome\":\"OK\",\"n\":1,\"absent\":2},\"manifest_fields\":{}}},"
    "{\"name\":\"two\",\"kind\":\"observe\",\"phase\":\"P6\",\"sql\":\"d.sql\",\"expect\":{\"rows\":[[\"1\"]]}}],"
    "\"harness\":{\"step\":\"one\",\"cases\":["
    "{\"name\":\"refused\",\"set\":\"primary\",\"endpoint\":\"t.f(text)\",\"args\":[],"
    "\"expect\":{\"code\":\"REJECT_A\",\"raised\":false}},"
    "{\"name\":\"raises\",\"set\":\"extra\",\"endpoint\":\"t.f(text)\",\"args\":[\"x\"],"
    "\"expect\":{\"code\":\"T_BLOCKED\",\"raised\":true}}]},"
    "\"reject_codes\":{\"primary\":{\"declared\":[\"T_BLOCKED\",\"REJECT_A\",\"REJECT_C\",\"REJECT_B\"],"
    "\"unreachable\":[{\"code\":\"REJECT_B\",\"reason\":\"a key\",\"unique\":{\"relation\":\"t.a\",\"column\":\"id\"}}]},"
    "\"secondary\":{\"declared\":[],\"unobserved\":[]}},"
    "\"readback\":[{\"name\":\"rows\",\"sql\":\"d.sql\",\"expect\":\"2\",\"field\":\"n\",\"check\":{\"exists\":\"t.a\"}}],"
    "\"readback_step\":\"one\",\"preflight\":{\"step\":\"one\",\"checks\":[{\"name\":\"c\",\"check\":{\"exists\":\"t.a\"}}]},"
    "\"owner\":{\"rows\":{\"relation\":\"t.a\",\"where\":{\"status\":\"active\"},\"count\":1}},"
    "\"grant\":{\"relation\":\"t.a\",\"key\":{\"id\":\"1\"},\"build_step\":\"one\",\"verify_step\":\"one\","
    "\"reuse_step\":\"one\",\"reuse_code\":\"REJECT_A\",\"status\":\"status\",\"active\":\"active\","
    "\"consumed\":\"used\",\"consumed_at\":\"at\",\"consumed_by\":\"at\",\"granted_by\":\"at\","
    "\"expires_at\":\"at\",\"revoked_at\":\"at\",\"scope\":\"at\",\"equals\":{},\"manifest_equals\":{},"
    "\"set_equals\":{}},"
    "\"contracts\":{\"relation\":\"t.a\",\"code\":\"id\",\"endpoint\":\"at\","
    "\"registry\":{\"relation\":\"t.a\",\"code\":\"id\"},\"required\":[\"1\",\"9\"],\"pair\":\"at\",\"pairs\":[]},"
    "\"catalog\":{\"relation\":\"t.a\",\"where\":{},\"count\":\"id\",\"registry\":\"t.a\"},"
    "\"admissions\":{\"relation\":\"t.a\",\"code\":\"id\",\"definition_digest\":\"at\",\"contract_digest\":\"at\","
    "\"label\":\"at\",\"filled\":[]},"
    "\"reuse\":{\"tool\":{\"relation\":\"t.a\",\"code\":\"id\",\"ignore\":[]},"
    "\"contract\":{\"relation\":\"t.a\",\"code\":\"id\"},\"dots\":[]},"
    "\"forbidden\":{\"source\":\"s\",\"named\":[\"X\"],\"unnamed\":[]},\"required_claims\":[\"no-state\"]}\n";

/* One record: the given result.json and a session of 5 ms. */
static inline void __attribute__((unused)) put_record(const char *run, const char *folder, const char *result)
{
    char name[256];

    (void)snprintf(name, sizeof name, "%s/result.json", folder);
    put_text(run, name, result);
    (void)snprintf(name, sizeof name, "%s/session.json", folder);
    put_text(run, name, "{\"finished_at\":\"2026-01-02T00:00:00.006000Z\",\"started_at\":\"2026-01-02T00:00:00.001000Z\"}\n");
}

#define RESULT(cell) "{\"columns\":[\"f\"],\"command\":\"SELECT 1\",\"error\":null,\"notices\":[],\"rows\":[[" cell "]],\"schema\":\"dryproof.result/1\"}\n"
#define RAISED(text) "{\"columns\":[],\"command\":null,\"error\":{\"detail\":null,\"hint\":null,\"message\":\"" text "\",\"severity\":\"ERROR\",\"sqlstate\":\"P0001\"},\"notices\":[],\"rows\":[],\"schema\":\"dryproof.result/1\"}\n"

static inline void __attribute__((unused)) put_edge(const char *run, const char *edge, const char *row, const char *next_xid)
{
    char folder[FILE_PATH_MAX];
    char text[1024];
    struct err e;

    assert_int_equal(file_join(folder, run, edge, &e), 0);
    put_text(folder, "identity.json", "{\"database\":\"t\",\"labels\":[\"TINY\"],\"server_version\":\"15\",\"system_identifier\":\"7\",\"timeline\":1}\n");
    put_text(folder, "tables.json",
             "{\"tables\":[{\"captured\":true,\"columns\":[[\"id\",\"text\"],[\"status\",\"text\"],[\"at\",\"text\"]],"
             "\"digest\":\"1111111111111111111111111111111111111111111111111111111111111111\",\"file\":\"tables/000001.ndjson\",\"kind\":\"r\",\"relation\":\"t.a\",\"rows\":2},"
             "{\"captured\":false,\"columns\":[],\"digest\":\"2222222222222222222222222222222222222222222222222222222222222222\",\"kind\":\"r\",\"relation\":\"t.b\",\"rows\":5}]}\n");
    (void)snprintf(text, sizeof text, "{\"columns\":[\"id\",\"status\",\"at\"],\"redacted\":[],\"relation\":\"t.a\",\"volatile\":[\"at\"]}\n%s\n[\"2\",\"active\\tx\",null]\n", row);
    put_text(folder, "tables/000001.ndjson", text);
    put_text(folder, "catalog.ndjson", "[\"schema\",\"t\",\"\"]\n");
    put_text(folder, "functions.ndjson", "");
    put_text(folder, "sequences.json", "{\"schema\":\"dryproof.sequences/1\",\"sequences\":[{\"is_called\":true,\"last_value\":\"4\",\"log_cnt\":\"0\",\"relation\":\"t.s\"}]}\n");
    (void)snprintf(text, sizeof text, "{\"next_xid\":\"%s\"}\n", next_xid);
    put_text(folder, "transactions.json", text);
}

/* A complete tiny run at path: one allowed change, one refused and one raised case. */
static inline void __attribute__((unused)) put_run(const char *run)
{
    char carrier[FILE_PATH_MAX];
    char text[1024];
    struct plan plan;
    struct err e;

    put_text(run, "carrier/plan.json", plan_text);
    put_text(run, "carrier/d.sql", "SELECT 1\n");
    put_text(run, "carrier/surface/1.sql", "\n");
    assert_int_equal(file_join(carrier, run, "carrier", &e), 0);
    if (plan_load(carrier, &plan, &e) != 0)
        fail_msg("%s", e.text);
    put_edge(run, "before", "[\"1\",\"active\",\"\"]", "700");
    put_edge(run, "after", "[\"1\",\"used\",\"noon\"]", "703");
    put_text(run, "environment.json", "{\"labels\":[\"TINY\"]}\n");
    put_text(run, "wal.json", "{\"after_lsn\":\"0/2\",\"before_lsn\":\"0/1\",\"records\":3}\n");
    put_record(run, "steps/001-one/dispatch", RESULT("\"{}\""));
    put_record(run, "steps/001-one/execution", RESULT("\"{\\\"outcome\\\":\\\"OK\\\",\\\"n\\\":1,\\\"seal\\\":\\\"WITHHELD_DRY_RUN\\\"}\""));
    put_record(run, "steps/002-two/execution", RESULT("\"1\""));
    put_record(run, "harness/01-refused", RESULT("\"{\\\"outcome\\\":\\\"REJECT\\\",\\\"reject_code\\\":\\\"REJECT_A\\\",\\\"seal\\\":null}\""));
    put_text(run, "harness/01-refused/residue.json", "{\"state_after\":\"x\",\"state_before\":\"x\"}\n");
    put_record(run, "harness/02-raises", RAISED("T_BLOCKED: no <real> run"));
    put_text(run, "harness/02-raises/residue.json", "{\"state_after\":\"x\",\"state_before\":\"x\"}\n");
    put_record(run, "readback/rows", RESULT("\"2\""));
    put_text(run, "private/before/000001.rows", "secret\n");
    (void)snprintf(text, sizeof text,
                   "{\"carrier\":\"T\",\"cases\":2,\"collector\":\"0.1.0\",\"finished_at\":\"2026-01-02T00:00:01.000000Z\",\"plan_ref\":\"T-1\",\"plan_sha256\":\"%s\","
                   "\"run_id\":\"00000000000000000000000000000001\",\"schema\":\"dryproof.run/1\",\"started_at\":\"2026-01-02T00:00:00.000000Z\",\"steps\":2}\n", plan.sha256);
    put_text(run, "run.json", text);
    plan_release(&plan);
}

#endif
