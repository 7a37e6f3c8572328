/* tests/unit/verifier_stamp.c - lines of timestamps: which signature each is over, and what is found. */
#include "tests/unit/verifier_authority.h"

static const char *encode(const char *p, size_t n)
{
    unsigned char *b64 = vfy_mem_alloc(&test_arena, 2 * n + 5);

    EVP_EncodeBlock(b64, (const unsigned char *)p, (int)n);
    return vfy_mem_print(&test_arena, "{\"signedTimestamp\":\"%s\"}\n", (char *)b64);
}

static const char *line(const struct asked *q)
{
    size_t n;
    const char *p = respond(q, &n);

    return encode(p, n);
}

static struct attestations *three_and_more(size_t more)
{
    struct attestations *set = vfy_mem_alloc(&test_arena, sizeof *set);

    set->count = 3;
    set->counter_count = more;
    for (size_t i = 0; vfy_attest_each(set, i) != NULL; i++) {
        struct envelope *one = vfy_attest_each(set, i);

        one->sig = vfy_mem_print(&test_arena, "signature %zu", i);
        one->sig_len = strlen(one->sig);
    }
    return set;
}

static void test_lines(void **state)
{
    enum { UNENDED = 4 };
    static const char zeros[VFY_MAX_TIMESTAMP_BYTES + 1];
    const char *of[3] = {line(&(struct asked){.over = "signature 0"}), line(&(struct asked){.over = "signature 1", .imprint = EVP_sha384}),
                         line(&(struct asked){.over = "signature 2", .imprint = EVP_sha512})};
    const struct {
        const char *text, *path;
        size_t count;
        enum vfy_code code;
    } cases[] = {
        {"", "", 0, VFY_NO_CODE},
        {of[0], "", 1, VFY_NO_CODE},
        {vfy_mem_print(&test_arena, "%s%s%s", of[2], of[0], of[1]), "", 3, VFY_NO_CODE},
        {vfy_mem_print(&test_arena, "%s%s%s", of[2], of[0], of[2]), "name:3", 2, E_TIMESTAMP_INVALID},
        {vfy_mem_print(&test_arena, "%s%.*s", of[2], (int)strlen(of[0]) - 1, of[0]), "name:2", 1, E_TIMESTAMP_INVALID},
        {vfy_mem_print(&test_arena, "\n%s", of[0]), "name:1", 0, E_TIMESTAMP_INVALID},
        {"{\"signedTimestamp\": \"\"}\n", "name:1", 0, E_TIMESTAMP_INVALID},
        {"{\"signedTimestamp\":\"\",\"x\":1}\n", "name:1", 0, E_TIMESTAMP_INVALID},
        {"{\"signedTimestamp\":1}\n", "name:1", 0, E_TIMESTAMP_INVALID},
        {"{\"signedTimestamp\":\"A\"}\n", "name:1", 0, E_TIMESTAMP_INVALID},
        {"{\"signedTimestamp\":\"\"}\n", "name:1", 0, E_TIMESTAMP_INVALID},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", "name:1", 0, E_LIMIT_DEPTH},
        {line(&(struct asked){.over = "signature 3"}), "name:1", 0, E_TIMESTAMP_MISMATCH},
        {encode(zeros, VFY_MAX_TIMESTAMP_BYTES), "name:1", 0, E_TIMESTAMP_INVALID},
        {encode(zeros, VFY_MAX_TIMESTAMP_BYTES + 1), "name:1", 0, E_LIMIT_SIZE},
        {vfy_mem_print(&test_arena, "%.*s,\"x\":1}\n", (int)strlen(of[0]) - 2, of[0]), "name:1", 0, E_TIMESTAMP_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stamps *out = vfy_mem_alloc(&test_arena, sizeof *out);
        struct attestations *set = three_and_more(0);
        size_t stamped = 0;

        vfy_stamp_read(&test_arena, cases[i].text, strlen(cases[i].text), "name", set, out);
        if (out->failed.code != cases[i].code || out->count != cases[i].count || strcmp(out->failed.path, cases[i].path) != 0)
            fail_msg("case %zu: %zu, %s at %s", i, out->count, out->failed.text, out->failed.path);
        if (i == UNENDED)
            assert_string_equal(out->failed.text, "the line does not end with LF");
        for (size_t k = 0; k < 3; k++)
            stamped += set->lines[k].stamped != NULL && strcmp(set->lines[k].stamped, "2026-06-22T10:11:12.000000Z") == 0;
        assert_int_equal(stamped, out->count);
    }
}

/* as many as there may be signatures, over all of them; of two files, and the second goes on */
static void test_many(void **state)
{
    struct stamps *out = vfy_mem_alloc(&test_arena, sizeof *out);
    struct attestations *set = three_and_more(VFY_MAX_COUNTERSIGNATURES);
    struct buf b = {&test_arena, NULL, 0, 0};

    (void)state;
    for (size_t i = 0; i < VFY_MAX_TIMESTAMPS; i++)
        vfy_mem_put(&b, "%s", line(&(struct asked){.over = vfy_attest_each(set, i)->sig}));
    vfy_stamp_read(&test_arena, b.p, b.len, "one", set, out);
    assert_code(out->failed.code, VFY_NO_CODE);
    assert_int_equal(out->count, VFY_MAX_TIMESTAMPS);
    for (size_t i = 0; i < VFY_MAX_TIMESTAMPS; i++)
        assert_ptr_equal(out->all[i].signature, vfy_attest_each(set, i));
    vfy_stamp_read(&test_arena, b.p, b.len, "a name of more than forty bytes, which is cut where they end", set, out);
    assert_code(out->failed.code, E_LIMIT_COUNT);
    assert_string_equal(out->failed.path, "a name of more than forty bytes, which i:1");
    vfy_stamp_read(&test_arena, "x", 1, "two", set, out); /* what ended the reading stays */
    assert_code(out->failed.code, E_LIMIT_COUNT);
}

/* ---- findings ---- */
static void test_judged(void **state)
{
    const struct {
        const char *finished, *roots;
        bool is_required;
        size_t count; /* of timestamps */
        size_t held, failed, unseen;
        enum vfy_code code; /* the first */
    } cases[] = {
        {"2026-06-22T10:11:12.000000Z", "o", true, 3, 0, 0, 0, VFY_NO_CODE},
        {"2026-06-22T10:12:12.000000Z", "o", true, 3, 0, 0, 0, VFY_NO_CODE},
        {"2026-06-22T10:12:12.000001Z", "o", true, 3, 3, 0, 0, E_TIMESTAMP_EARLY},
        {"2020-06-22T10:12:12.000001Z", "o", true, 3, 0, 0, 0, VFY_NO_CODE},
        {"2026-06-22T10:11:12.000000Z", "s", true, 3, 3, 3, 0, E_TIMESTAMP_UNTRUSTED},
        {"2026-06-22T10:11:12.000000Z", "s", false, 3, 0, 3, 0, E_TIMESTAMP_UNTRUSTED},
        {"2026-06-22T10:11:12.000000Z", "", false, 3, 0, 0, 1, VFY_NO_CODE},
        {"2026-06-22T10:11:12.000000Z", "", false, 1, 0, 0, 1, VFY_NO_CODE},
        {"2026-06-22T10:11:12.000000Z", "", false, 0, 0, 0, 0, VFY_NO_CODE},
        {"2026-06-22T10:11:12.000000Z", "o", true, 1, 2, 0, 0, E_TIMESTAMP_MISSING},
        {"2026-06-22T10:11:12.000000Z", "o", false, 0, 0, 0, 0, VFY_NO_CODE},
        {"2026-06-22T10:11:12.000000Z", "o", true, 0, 3, 0, 0, E_TIMESTAMP_MISSING},
    };
    X509 *stranger = certify(keys[2], "stranger", NULL, keys[2], true, EVP_sha256());

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct attestations *set = three_and_more(0);
        struct stamps *stamps = vfy_mem_alloc(&test_arena, sizeof *stamps);
        struct report *r = vfy_mem_alloc(&test_arena, sizeof *r);
        struct authority authority = {.from = "", .until = ""};
        struct policy policy = {.authorities = &authority, .authority_count = strlen(cases[i].roots), .wants_timestamps = cases[i].is_required};
        size_t vouched = 0;

        assert_code(load(cases[i].roots[0] == 's' ? stranger : root, 0, &authority.root), VFY_NO_CODE);
        for (size_t k = 0; k < cases[i].count; k++) {
            const char *one = line(&(struct asked){.over = set->lines[k].sig});

            vfy_stamp_read(&test_arena, one, strlen(one), "name", set, stamps);
        }
        assert_int_equal(stamps->count, cases[i].count);
        r->arena = &test_arena;
        vfy_stamp_judge(&test_arena, stamps, set, &policy, cases[i].finished, r);
        if (r->held != cases[i].held || r->failed != cases[i].failed || r->not_observed_count != cases[i].unseen || r->passed != 0)
            fail_msg("case %zu: %zu held, %zu failed", i, r->held, r->failed);
        if (cases[i].code != VFY_NO_CODE)
            assert_code(r->findings[0].code, cases[i].code);
        for (size_t k = 0; k < 3; k++)
            vouched += set->lines[k].when != NULL && strcmp(set->lines[k].when, "2026-06-22T10:11:12.000000Z") == 0;
        assert_int_equal(vouched, cases[i].roots[0] == 'o' ? cases[i].count : 0);
        for (size_t k = 0; k < r->count; k++)
            assert_string_equal(r->findings[k].path, r->findings[k].code == E_TIMESTAMP_MISSING
                                ? vfy_mem_print(&test_arena, "attestations.intoto.jsonl:%zu", k + 1 + cases[i].count % 3 - (r->count > 3 ? 3 : 0)) : "name:1");
    }
    X509_free(stranger);
}

/* what ended the reading is told, and the ones before it count */
static void test_failed(void **state)
{
    struct attestations *set = three_and_more(0);
    struct stamps *stamps = vfy_mem_alloc(&test_arena, sizeof *stamps);
    struct report *r = vfy_mem_alloc(&test_arena, sizeof *r);
    struct authority authority = {.from = "", .until = ""};
    struct policy policy = {.authorities = &authority, .authority_count = 1};
    const char *two = vfy_mem_print(&test_arena, "%sx", line(&(struct asked){.over = set->lines[1].sig}));

    (void)state;
    assert_code(load(root, 0, &authority.root), VFY_NO_CODE);
    vfy_stamp_read(&test_arena, two, strlen(two), "name", set, stamps);
    r->arena = &test_arena;
    vfy_stamp_judge(&test_arena, stamps, set, &policy, "2026-06-22T10:11:12.000000Z", r);
    assert_int_equal(r->count, 1);
    assert_code(r->findings[0].code, E_TIMESTAMP_INVALID);
    assert_string_equal(r->findings[0].path, "name:2");
    assert_non_null(set->lines[1].when);
}

/* COUNT authorities, the last of which is the one before it again, with this validity: what a policy of them comes to */
static enum vfy_code policy_of(size_t count, bool is_twice, const char *validity, struct policy *p)
{
    static const char key[] = "-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\\n-----END PUBLIC KEY-----\\n";
    struct buf b = {&test_arena, NULL, 0, 0};
    struct err e = {VFY_NO_CODE, "", ""};

    vfy_mem_put(&b, "{\"governed\":[],\"keys\":[{\"public_key\":\"%s\",\"role\":\"packager\"}],\"plans\":[],\"required_claims\":[],"
                "\"schema\":\"dryproof.policy/1\",\"timestamps\":{\"authorities\":[", key);
    for (size_t i = 0; i < count; i++) {
        static EVP_PKEY *own[VFY_MAX_AUTHORITIES + 1];
        size_t of = is_twice && i + 1 == count ? i - 1 : i;
        BIO *pem = BIO_new(BIO_s_mem());
        char *text_of;
        X509 *cert;
        long n;

        own[of] = own[of] != NULL ? own[of] : EVP_EC_gen("P-256");
        cert = certify(own[of], "root", NULL, own[of], true, EVP_sha256());
        assert_int_equal(PEM_write_bio_X509(pem, cert), 1);
        n = BIO_get_mem_data(pem, &text_of);
        vfy_mem_put(&b, "%s{%s\"certificate\":", i > 0 ? "," : "", validity);
        vfy_json_quote(&b, text_of, (size_t)n);
        vfy_mem_put(&b, "}");
        X509_free(cert);
        BIO_free(pem);
    }
    vfy_mem_put(&b, "],\"required\":true}}");
    return vfy_policy_parse(&test_arena, b.p, b.len, p, &e) == 0 ? VFY_NO_CODE : e.code;
}

static void test_policies(void **state)
{
    static const struct {
        size_t count;
        bool is_twice;
        const char *validity;
        enum vfy_code code;
    } cases[] = {{1, false, "", VFY_NO_CODE}, {2, false, "", VFY_NO_CODE}, {2, true, "", E_POLICY_INVALID}, {3, true, "", E_POLICY_INVALID},
                 {VFY_MAX_AUTHORITIES, false, "", VFY_NO_CODE}, {VFY_MAX_AUTHORITIES + 1, false, "", E_POLICY_INVALID},
                 {1, false, "\"valid_from\":\"2026-01-01T00:00:00.000000Z\",", VFY_NO_CODE},
                 {1, false, "\"valid_until\":\"2026-01-01T00:00:00.000000Z\",", VFY_NO_CODE},
                 {1, false, "\"valid_from\":\"2026-01-01T00:00:00.000000Z\",\"valid_until\":\"2026-01-01T00:00:00.000000Z\",", VFY_NO_CODE},
                 {1, false, "\"valid_from\":\"2026-01-01T00:00:00.000001Z\",\"valid_until\":\"2026-01-01T00:00:00.000000Z\",", E_POLICY_INVALID}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct policy p;

        assert_code(policy_of(cases[i].count, cases[i].is_twice, cases[i].validity, &p), cases[i].code);
        if (cases[i].code != VFY_NO_CODE)
            continue;
        assert_true(p.wants_timestamps);
        assert_int_equal(p.authority_count, cases[i].count);
        assert_int_equal(p.authorities[0].from[0] != '\0', strstr(cases[i].validity, "from") != NULL);
        assert_int_equal(p.authorities[0].until[0] != '\0', strstr(cases[i].validity, "until") != NULL);
        for (size_t k = 1; k < p.authority_count; k++)
            assert_string_not_equal(p.authorities[k].root.keyid, p.authorities[k - 1].root.keyid);
        assert_int_equal(strlen(p.keys[0].key.keyid), 64);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_lines), TEST(test_many), TEST(test_judged), TEST(test_failed), TEST(test_policies)};

    return cmocka_run_group_tests(tests, begin, end);
}
