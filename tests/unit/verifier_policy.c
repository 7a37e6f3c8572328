/* tests/unit/verifier_policy.c - what a key file and a policy file come to. */
#include "tests/unit/verifier_test.h"

#include "verifier/policy.h"

#include <unistd.h>

#define PEM(middle) "-----BEGIN PUBLIC KEY-----\\n" middle "\\n-----END PUBLIC KEY-----\\n"
#define ONE PEM("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")
#define TWO PEM("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuA=")
#define KEY(pem, role, more) "{\"public_key\":\"" pem "\"," more "\"role\":\"" role "\"}"
#define TIMED(from, until) "{\"public_key\":\"" ONE "\",\"role\":\"packager\",\"valid_from\":\"" from "\",\"valid_until\":\"" until "\"}"
#define FROM "\"valid_from\":\"2026-06-22T10:11:12.123456Z\","
#define UNTIL "\"valid_until\":\"2026-06-22T10:11:12.123456Z\","
#define POLICY(keys, more, rest) \
    "{\"governed\":[],\"keys\":[" keys "]," more "\"plans\":[],\"required_claims\":[],\"schema\":\"dryproof.policy/1\"" rest "}\n"

static enum vfy_code load_bytes(const char *text, size_t n, struct policy *p, bool is_key)
{
    struct err e = {VFY_NO_CODE, "", ""};
    const char *folder = getenv("TMPDIR");
    char *path = vfy_mem_print(&test_arena, "%s/dryproof-policy-XXXXXX", folder != NULL ? folder : "/tmp");
    int fd = mkstemp(path), rc;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
    close(fd);
    rc = is_key ? vfy_policy_key(&test_arena, path, p, &e) : vfy_policy_read(&test_arena, path, p, &e);
    unlink(path);
    assert_int_equal(rc, e.code == VFY_NO_CODE ? 0 : -1);
    return e.code;
}

static enum vfy_code load(const char *text, struct policy *p, bool is_key)
{
    return load_bytes(text, strlen(text), p, is_key);
}

/* a bare key: one packager, without bounds, and no rule */
static void test_key(void **state)
{
    static const char pem[] = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                              "-----END PUBLIC KEY-----\n";
    struct policy p;

    (void)state;
    memset(&p, 0x55, sizeof p);
    assert_code(load(pem, &p, true), VFY_NO_CODE);
    assert_int_equal(p.key_count, 1);
    assert_int_equal(p.keys[0].role, ROLE_PACKAGER);
    assert_string_equal(p.keys[0].from, "");
    assert_string_equal(p.keys[0].until, "");
    assert_false(p.keys[0].is_revoked || p.has_times);
    assert_int_equal(p.max_age, -1);
    assert_int_equal(p.threshold, 0);
    assert_false(vfy_policy_governs(&p, "1", "d"));
    assert_code(load("no key", &p, true), E_POLICY_INVALID);
}

/* what stands before a key may say what it is for; every such line counts, and none behind it */
static void test_key_role(void **state)
{
    static const char pem[] = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                              "-----END PUBLIC KEY-----\n";
    static const struct {
        const char *before;
        enum vfy_code code;
    } cases[] = {
        {"dryproof role: packager\n", VFY_NO_CODE},
        {"dryproof role: packager\r\n", VFY_NO_CODE},
        {"dryproof role:packager\n", VFY_NO_CODE}, /* is no such line */
        {" dryproof role: log\n", VFY_NO_CODE},
        {"dryproof role: log\n", E_KEY_ROLE},
        {"dryproof role: packagers\n", E_KEY_ROLE},
        {"dryproof role: package\n", E_KEY_ROLE},
        {"dryproof role: Packager\n", E_KEY_ROLE},
        {"dryproof role: packageR\n", E_KEY_ROLE},
        {"dryproof role: \n", E_KEY_ROLE},
        {"---- text\ndryproof role: log\n", E_KEY_ROLE},
        {"x\n\ndryproof role: reviewer\nx\n", E_KEY_ROLE},
        {"dryproof role: packager\ndryproof role: log\n", E_KEY_ROLE},
    };
    struct policy p;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum vfy_code code = load(vfy_mem_print(&test_arena, "%s%s", cases[i].before, pem), &p, true);

        if (code != cases[i].code)
            fail_msg("%s: %s", cases[i].before, vfy_findings_info(code)->name);
    }
    assert_code(load_bytes(pem, sizeof pem, &p, true), E_POLICY_INVALID); /* a NUL */
    assert_code(load_bytes("x\n\0dryproof role: log\n", 22, &p, true), E_POLICY_INVALID);
    assert_code(load("dryproof role: packager", &p, true), E_POLICY_INVALID);
    assert_code(load(vfy_mem_print(&test_arena, "%sdryproof role: log\n", pem), &p, true), E_POLICY_INVALID); /* for another reason */
}

/* of the corpus: anybody has its private half */
static void test_published(void **state)
{
    size_t n;
    char *pem = test_read("tests/vectors/keys/packager.pub", &n), *base64 = strchr(strstr(pem, "-----BEGIN"), '\n') + 1;
    struct policy p;

    (void)state;
    assert_code(load(pem, &p, true), E_KEY_UNTRUSTED);
    base64[strcspn(base64, "\n")] = '\0';
    assert_code(load(vfy_mem_print(&test_arena, "{\"governed\":[],\"keys\":[{\"public_key\":\"-----BEGIN PUBLIC KEY-----\\n%s\\n-----END PUBLIC KEY-----\\n\","
                                   "\"role\":\"packager\"}],\"plans\":[],\"required_claims\":[],\"schema\":\"dryproof.policy/1\"}\n", base64),
                     &p, false), E_KEY_UNTRUSTED);
}

static void test_rules(void **state)
{
    static const struct {
        const char *text;
        enum vfy_code code;
        size_t threshold;
        int64_t max_age;
        bool has_times;
    } cases[] = {
        {POLICY(KEY(ONE, "packager", ""), "", ""), VFY_NO_CODE, 0, -1, false},
        {POLICY(KEY(ONE, "packager", ""), "\"max_age\":0,", ""), VFY_NO_CODE, 0, 0, true},
        {POLICY(KEY(ONE, "packager", ""), "", ",\"thresholds\":{\"packager\":1}"), VFY_NO_CODE, 1, -1, false},
        {POLICY(KEY(ONE, "packager", ""), "", ",\"thresholds\":{\"packager\":0}"), E_POLICY_INVALID, 0, 0, false},
        {POLICY(KEY(ONE, "packager", "") "," KEY(TWO, "packager", ""), "", ",\"thresholds\":{\"packager\":2}"), VFY_NO_CODE, 2, -1, false},
        {POLICY(KEY(ONE, "packager", "") "," KEY(TWO, "log", ""), "", ",\"thresholds\":{\"packager\":2}"), E_POLICY_INVALID, 0, 0, false},
        {POLICY(KEY(ONE, "packager", "") "," KEY(ONE, "log", ""), "", ""), E_POLICY_INVALID, 0, 0, false},
        {POLICY(KEY(ONE, "clerk", ""), "", ""), E_POLICY_INVALID, 0, 0, false},
        {POLICY(TIMED("2026-06-22T10:11:12.123456Z", "2026-06-22T10:11:12.123456Z"), "", ""), VFY_NO_CODE, 0, -1, true},
        {POLICY(KEY(ONE, "packager", FROM), "", ""), VFY_NO_CODE, 0, -1, true},
        {POLICY(KEY(ONE, "packager", UNTIL), "", ""), VFY_NO_CODE, 0, -1, true},
        {POLICY(KEY(ONE, "packager", FROM) "," KEY(TWO, "packager", ""), "", ""), VFY_NO_CODE, 0, -1, true},
        {POLICY(KEY(ONE, "packager", "") "," KEY(TWO, "packager", UNTIL), "", ""), VFY_NO_CODE, 0, -1, true},
        {POLICY(KEY(ONE, "packager", "\"revoked_at\":\"2026-06-22T10:11:12.123456Z\","), "", ""), VFY_NO_CODE, 0, -1, false},
        {POLICY(KEY(ONE, "log", "\"revoked_at\":\"2026-06-22T10:11:12.123456Z\","), "", ""), E_POLICY_INVALID, 0, 0, false},
        {POLICY(KEY(ONE, "packager", "\"revoked\":true,\"revoked_at\":\"2026-06-22T10:11:12.123456Z\","), "", ""), E_POLICY_INVALID, 0, 0, false},
        {POLICY(KEY(ONE, "packager", ""), "", ",\"timestamps\":{\"authorities\":[],\"required\":false}"), E_POLICY_INVALID, 0, 0, false},
        {POLICY(KEY(ONE, "packager", ""), "", ",\"timestamps\":{\"authorities\":[{\"certificate\":\"" ONE "\"}],\"required\":false}"), E_POLICY_INVALID, 0, 0, false},
        {POLICY(TIMED("2026-06-22T10:11:12.123457Z", "2026-06-22T10:11:12.123456Z"), "", ""), E_POLICY_INVALID, 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct policy p;
        enum vfy_code code = load(cases[i].text, &p, false);

        if (code != cases[i].code)
            fail_msg("%s: %s", cases[i].text, vfy_findings_info(code)->name);
        if (code != VFY_NO_CODE)
            continue;
        assert_int_equal(p.threshold, cases[i].threshold);
        assert_int_equal(p.max_age, cases[i].max_age);
        assert_int_equal(p.has_times, cases[i].has_times);
    }
}

static void test_governs(void **state)
{
    static const char text[] = "{\"governed\":[{\"database\":\"a\",\"system_identifier\":\"1\"},{\"database\":\"b\",\"system_identifier\":\"2\"}],"
                               "\"keys\":[" KEY(ONE, "packager", "") "],\"plans\":[],\"required_claims\":[],\"schema\":\"dryproof.policy/1\"}\n";
    struct policy p;

    (void)state;
    assert_code(load(text, &p, false), VFY_NO_CODE);
    assert_true(vfy_policy_governs(&p, "1", "a"));
    assert_true(vfy_policy_governs(&p, "2", "b"));
    assert_false(vfy_policy_governs(&p, "1", "b"));
    assert_false(vfy_policy_governs(&p, "2", "a"));
    assert_false(vfy_policy_governs(&p, "", ""));
}

/* both ends of an authority's time are its own */
static void test_authorities(void **state)
{
    struct authority list[] = {{.from = "2", .until = "4"}, {.from = "3", .until = ""}, {.from = "4", .until = "4"}};
    static const char *const counting[] = {"1", "", "2", "a", "3", "ab", "4", "abc", "5", "b"};
    struct policy p = {.authorities = list, .authority_count = 3};
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof counting / sizeof *counting; i += 2) {
        const struct root **roots = vfy_policy_authorities(&test_arena, &p, counting[i], &n);

        memset(vfy_mem_alloc(&test_arena, 16), 'x', 16); /* what comes next takes none of their room */
        assert_int_equal(n, strlen(counting[i + 1]));
        for (size_t k = 0; k < n; k++)
            assert_ptr_equal(roots[k], &list[counting[i + 1][k] - 'a'].root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_key), TEST(test_key_role), TEST(test_published), TEST(test_rules), TEST(test_governs),
                                       TEST(test_authorities)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
