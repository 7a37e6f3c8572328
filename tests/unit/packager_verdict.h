/* tests/unit/packager_verdict.h - a verdict on the tiny run, written by hand. */
#ifndef TESTS_UNIT_PACKAGER_VERDICT_H
#define TESTS_UNIT_PACKAGER_VERDICT_H

#include "tests/unit/packager_fixture.h"

/* put_verdict(path, package, status, detail): PASS with the sandbox word, or a HOLD or FAIL
 * with a finding; detail stands wherever a verdict quotes data. */
static inline void put_verdict(const char *path, const char *package, const char *status,
                               const char *detail)
{
    static const char frame[] =
        "{\"authority_effect\":\"NONE\",\"checks\":{\"failed\":0,\"held\":0,\"not_applicable\":0,\"passed\":3,\"total\":3},"
        "\"coverage\":{\"declared\":[\"REJECT_A\"],\"exercised\":[\"REJECT_A\"],\"not_exercised\":[],\"unreachable\":[]},"
        "\"coverage_secondary\":{\"declared\":[],\"exercised\":[],\"not_exercised\":[],\"unreachable\":[]},"
        "\"environment\":{\"class\":\"sandbox\",\"database\":\"t\",\"labels\":[\"TINY\"],\"system_identifier\":\"7\"},"
        "\"flags\":{\"sandbox\":\"YES\"},\"registration_effect\":\"NONE\",\"review_readiness\":\"NOT_READY\","
        "\"run\":{},\"schema\":\"dryproof.verdict/2\",\"signed_by\":[]}";
    bool is_pass = strcmp(status, "PASS") == 0;
    struct buf text = buf_init(1 << 20);
    struct jv *v = NULL, *claim = jv_object(), *finding = jv_object(), *evidence = jv_object();
    struct err e;

    assert_int_equal(jv_parse(frame, strlen(frame), &v, &e), 0);
    jv_set(evidence, "path", jv_string("steps/"));
    jv_set(evidence, "sha256", jv_string(package));
    jv_set(claim, "basis", jv_string("observed"));
    jv_set(claim, "detail", jv_string(detail));
    jv_set(claim, "evidence", jv_add(jv_array(), evidence));
    jv_set(claim, "id", jv_string("no-state"));
    jv_set(claim, "required", jv_bool(true));
    jv_set(claim, "status", jv_string(status));
    jv_set(v, "claims", jv_add(jv_array(), claim));
    jv_set(finding, "code", jv_string("E_STATE_CHANGED"));
    jv_set(finding, "message", jv_string(detail));
    jv_set(finding, "path", jv_string(detail));
    jv_set(finding, "suggestion", jv_string("stop"));
    jv_set(v, "findings", is_pass ? jv_array() : jv_add(jv_array(), finding));
    if (is_pass)
        jv_free(finding);
    jv_set(v, "exit_status", jv_int(is_pass ? 0 : strcmp(status, "FAIL") == 0 ? 1 : 3));
    jv_set(v, "levels", jv_set(jv_object(), "L0", jv_string(status)));
    jv_set(v, "not_observed", jv_add(jv_array(), jv_string(detail)));
    jv_set(v, "package", jv_set(jv_set(jv_object(), "sha256", jv_string(package)), "size", jv_int(1)));
    jv_set(v, "status", jv_string(status));
    jv_set(v, "verdict", jv_string(is_pass ? "T_SANDBOX_OK" : strcmp(status, "FAIL") == 0 ? "REJECT_T" : "HOLD_T"));
    assert_int_equal(jv_document(v, &text, &e), 0);
    if (file_replace(path, text.data, text.len, 0644, &e) != 0)
        fail_msg("%s", e.text);
    jv_free(v);
    buf_release(&text);
}

#endif
