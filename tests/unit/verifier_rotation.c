/* tests/unit/verifier_rotation.c - a policy and its successor, by root keys of this program's own. */
#include "tests/unit/verifier_test.h"

#include "verifier/dsse.h"
#include "verifier/limits.h"
#include "verifier/rotation.h"

#include <openssl/pem.h>
#include <unistd.h>

#define TYPE "application/vnd.dryproof.policy+json"

enum { KEYS = 4 };
static struct {
    EVP_PKEY *key;
    char *pem, keyid[VFY_HEX]; /* with \n as JSON has it */
} keys[KEYS]; /* a packager and three roots, in the order of their keyids */

static int by_keyid(const void *a, const void *b)
{
    return strcmp((const char *)a + offsetof(__typeof__(*keys), keyid), (const char *)b + offsetof(__typeof__(*keys), keyid));
}

static int begin(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++) {
        struct pubkey k;
        struct err e;
        BIO *bio = BIO_new(BIO_s_mem());
        char *text;
        size_t n, at = 0;

        keys[i].key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        PEM_write_bio_PUBKEY(bio, keys[i].key);
        BIO_write(bio, "", 1);
        n = (size_t)BIO_get_mem_data(bio, &text) - 1;
        assert_int_equal(vfy_crypto_key(&test_arena, text, n, &k, &e), 0);
        strcpy(keys[i].keyid, k.keyid);
        keys[i].pem = calloc(2, n + 1);
        for (size_t c = 0; c < n; c++) {
            memcpy(keys[i].pem + at, text[c] == '\n' ? "\\n" : &text[c], text[c] == '\n' ? 2 : 1);
            at += text[c] == '\n' ? 2 : 1;
        }
        BIO_free(bio);
    }
    qsort(keys, KEYS, sizeof *keys, by_keyid);
    vfy_mem_release(&test_arena);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++) {
        EVP_PKEY_free(keys[i].key);
        free(keys[i].pem);
    }
    return 0;
}

/* roots: digits of keys; one behind ! is revoked; spaces: how many stand behind it */
static char *policy(int version, const char *roots, const char *more, size_t spaces)
{
    struct buf b = {&test_arena, NULL, 0, 0};

    vfy_mem_put(&b, "{\"governed\":[],\"keys\":[{\"public_key\":\"%s\",\"role\":\"packager\"}", keys[0].pem);
    for (bool is_revoked = false; *roots != '\0'; roots++) {
        if (*roots != '!')
            vfy_mem_put(&b, ",{\"public_key\":\"%s\",\"revoked\":%s,\"role\":\"root\"}", keys[*roots - '0'].pem, is_revoked ? "true" : "false");
        is_revoked = *roots == '!';
    }
    vfy_mem_put(&b, "],\"plans\":[],\"required_claims\":[],\"schema\":\"dryproof.policy/1\"%s,\"version\":%d}", more, version);
    vfy_mem_put(&b, "%*s", (int)spaces, "");
    return b.p;
}

static char *encode(const void *p, size_t n)
{
    unsigned char *out = vfy_mem_alloc(&test_arena, 2 * n + 5);

    EVP_EncodeBlock(out, p, (int)n);
    return (char *)out;
}

/* signers: digits of keys; one behind ~ signs something else, behind - in a byte less, behind + in one more */
static char *envelope(const char *body, const char *signers)
{
    struct buf pae = {&test_arena, NULL, 0, 0}, out = pae;

    vfy_dsse_pae(&pae, TYPE, body, strlen(body));
    vfy_mem_put(&out, "{\"payload\":\"%s\",\"payloadType\":\"" TYPE "\",\"signatures\":[", encode(body, strlen(body)));
    for (char how = ' ', *comma = ""; *signers != '\0'; signers++) {
        unsigned char sig[VFY_SIG + 1] = {0};
        size_t n = VFY_SIG;
        EVP_MD_CTX *ctx;

        if (*signers < '0' || *signers > '9') {
            how = *signers;
            continue;
        }
        ctx = EVP_MD_CTX_new();
        EVP_DigestSignInit(ctx, NULL, NULL, NULL, keys[*signers - '0'].key);
        assert_int_equal(EVP_DigestSign(ctx, sig, &n, (unsigned char *)pae.p, pae.len - (how == '~')), 1);
        EVP_MD_CTX_free(ctx);
        vfy_mem_put(&out, "%s{\"keyid\":\"%s\",\"sig\":\"%s\"}", comma, keys[*signers - '0'].keyid,
                    encode(sig, n + (how == '+') - (how == '-')));
        comma = ",";
        how = ' ';
    }
    vfy_mem_put(&out, "]}\n");
    return out.p;
}

static int follow(const char *text, size_t n, struct policy *p, struct err *e)
{
    const char *folder = getenv("TMPDIR");
    char *path = vfy_mem_print(&test_arena, "%s/dryproof-rotation-XXXXXX", folder != NULL ? folder : "/tmp");
    int fd = mkstemp(path), rc;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
    close(fd);
    e->code = VFY_NO_CODE;
    rc = vfy_rotation_follow(&test_arena, path, p, e);
    unlink(path);
    assert_int_equal(rc, e->code == VFY_NO_CODE ? 0 : -1);
    return rc;
}

static void parse(const char *text, struct policy *p)
{
    struct err e = {VFY_NO_CODE, "", ""};

    if (vfy_policy_parse(&test_arena, text, strlen(text), p, &e) != 0)
        fail_msg("%s: %s", text, e.text);
}

static void test_signers(void **state)
{
#define TWO ",\"thresholds\":{\"root\":2}"
    static const struct {
        int version;
        const char *old, *old_more, *new, *new_more, *signers, *says; /* "": it follows */
    } cases[] = {
        {2, "1", "", "2", "", "12", ""},
        {2, "1", "", "1", "", "1", ""},
        {2, "1", "", "2", "", "21", "not in the order"},
        {2, "1", "", "2", "", "112", "not in the order"},
        {2, "1", "", "2", "", "122", "not in the order"},
        {2, "1", "", "2", "", "", "0 root keys of the old policy"},
        {2, "1", "", "2", "", "1", "0 root keys of the new policy"},
        {2, "1", "", "2", "", "2", "0 root keys of the old policy"},
        {2, "1", "", "2", "", "123", "a root key of neither policy"},
        {2, "1", "", "2", "", "012", "a root key of neither policy"},
        {2, "!1", "", "2", "", "12", "a root key of neither policy"},
        {2, "1", "", "!12", "", "12", ""},
        {2, "1", "", "!1", "", "1", "0 root keys of the new policy"},
        {2, "", "", "2", "", "2", "0 root keys of the old policy"},
        {2, "1", "", "", "", "1", "0 root keys of the new policy"},
        {2, "12", TWO, "12", TWO, "12", ""},
        {2, "12", TWO, "12", "", "1", "1 root keys of the old policy"},
        {2, "12", "", "12", TWO, "1", "1 root keys of the new policy"},
        {2, "12", TWO, "3", "", "123", ""},
        {2, "12", TWO, "3", "", "23", "1 root keys of the old policy, signed"},
        {2, "1", "", "2", "", "~12", "does not fit"},
        {2, "1", "", "2", "", "1~2", "does not fit"},
        {2, "1", "", "2", "", "-12", "does not fit"},
        {2, "1", "", "2", "", "+12", "does not fit"},
        {1, "1", "", "2", "", "12", "it is version 1, and follows on 1"},
        {3, "1", "", "2", "", "12", "it is version 3, and follows on 1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = envelope(policy(cases[i].version, cases[i].new, cases[i].new_more, 0), cases[i].signers), says[40];
        struct policy p;
        struct err e;

        parse(policy(1, cases[i].old, cases[i].old_more, 0), &p);
        snprintf(says, sizeof says, "%.*s", (int)strcspn(cases[i].says, ","), cases[i].says);
        if (follow(text, strlen(text), &p, &e) != 0 ? says[0] == '\0' || strstr(e.text, says) == NULL : says[0] != '\0')
            fail_msg("case %zu: %s", i, e.code == VFY_NO_CODE ? "it follows" : e.text);
        if (e.code != VFY_NO_CODE)
            assert_code(e.code, E_POLICY_INVALID);
        assert_int_equal(p.version, e.code == VFY_NO_CODE ? 2 : 1); /* untouched on failure */
    }
}

static void refused(const char *text, size_t n, enum vfy_code code, const char *says)
{
    struct policy p;
    struct err e;

    parse(policy(1, "1", "", 0), &p);
    assert_int_equal(follow(text, n, &p, &e), -1);
    assert_code(e.code, code);
    if (strstr(e.text, says) == NULL)
        fail_msg("%s, expected %s", e.text, says);
}

static void test_form(void **state)
{
    char *body = policy(2, "2", "", 0), *good = envelope(body, "12"), *spaced = vfy_mem_print(&test_arena, "{ %s", good + 1);
    char *payload = strstr(good, encode(body, strlen(body))), *sig = strstr(good, "\"sig\":\"") + 7;
    char *of_other = vfy_mem_print(&test_arena, "%.*s_type+json%s", (int)(strstr(good, "policy+json") - good), good, strstr(good, "policy+json") + 11);
    size_t n = strlen(good), most = VFY_MAX_POLICY_BYTES, bare = strlen(body);
    char *large = vfy_mem_alloc(&test_arena, 2 * most + 2);
    struct policy p;
    struct err e;

    (void)state;
    refused("", 0, E_POLICY_INVALID, "not one canonical");
    refused(good, n - 1, E_POLICY_INVALID, "not one canonical");
    refused(vfy_mem_print(&test_arena, "%.*sx", (int)n - 1, good), n, E_POLICY_INVALID, "not one canonical");
    refused(vfy_mem_print(&test_arena, "{\"more\":1,%s", good + 1), n + 9, E_POLICY_INVALID, "not one canonical");
    refused(spaced, n + 1, E_POLICY_INVALID, "not one canonical");
    refused(of_other, strlen(of_other), E_POLICY_INVALID, "not one canonical");
    refused("{}\n", 3, E_POLICY_INVALID, "not one canonical");
    memset(large, ' ', 2 * most + 1);
    refused(large, 2 * most, E_POLICY_INVALID, "not one canonical");
    refused(large, 2 * most + 1, E_LIMIT_SIZE, "the limit is");
    sig[0] = '_';
    refused(good, n, E_POLICY_INVALID, "does not fit");
    payload[0] = '_';
    refused(good, n, E_POLICY_INVALID, "its payload is not standard base64");
    good = envelope("{}", "12");
    refused(good, strlen(good), E_POLICY_INVALID, "not the shape of a policy");
    good = envelope(policy(2, "2", "", most - bare + 1), "12");
    refused(good, strlen(good), E_POLICY_INVALID, "larger than MAX_POLICY_BYTES");
    good = envelope(policy(2, "2", "", most - bare), "12");
    parse(policy(1, "1", "", 0), &p);
    assert_int_equal(follow(good, strlen(good), &p, &e), 0);
    assert_int_equal(vfy_rotation_follow(&test_arena, "/nowhere", &p, &e), -1);
    assert_code(e.code, E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_signers), TEST(test_form)};

    return cmocka_run_group_tests(tests, begin, end);
}
