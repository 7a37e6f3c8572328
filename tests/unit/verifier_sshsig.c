/* tests/unit/verifier_sshsig.c - SSH signatures: good ones, and each part that is another. */
#include "tests/unit/verifier_test.h"

#include "verifier/sshsig.h"

#include <openssl/evp.h>

static EVP_PKEY *signer;
static struct trusted trusted[2];
static struct policy policy = {.keys = trusted, .key_count = 2, .max_age = -1};

struct text {
    const char *p;
    size_t n;
};
#define T(s) {s, sizeof s - 1}

/* what a signature is made of; sha is what is hashed with, the rest what is written */
struct parts {
    struct text magic, key_kind, key, behind_key, space, reserved, hash, sig_kind, behind_sig, behind;
    size_t sig_len;
};

static void put(struct buf *b, struct text t)
{
    char len[4] = {(char)(t.n >> 24), (char)(t.n >> 16), (char)(t.n >> 8), (char)t.n};

    vfy_mem_add(b, len, 4);
    vfy_mem_add(b, t.p, t.n);
}

static struct text bytes_of(const struct buf *b)
{
    return (struct text){b->p, b->len};
}

static struct text made(const struct parts *s, const char *message)
{
    struct buf said = {&test_arena, NULL, 0, 0}, all = said, key = said, sig = said;
    const EVP_MD *how = s->hash.n == 6 && memcmp(s->hash.p, "sha256", 6) == 0 ? EVP_sha256() : EVP_sha512();
    unsigned char digest[64], raw[80] = {0};
    unsigned digest_len;
    size_t raw_len = 64;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    assert_int_equal(EVP_Digest(message, strlen(message), digest, &digest_len, how, NULL), 1);
    vfy_mem_put(&said, "SSHSIG");
    put(&said, s->space);
    put(&said, (struct text){"", 0});
    put(&said, s->hash);
    put(&said, (struct text){(char *)digest, digest_len});
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, signer), 1);
    assert_int_equal(EVP_DigestSign(ctx, raw, &raw_len, (unsigned char *)said.p, said.len), 1);
    EVP_MD_CTX_free(ctx);
    put(&key, s->key_kind);
    put(&key, s->key);
    vfy_mem_add(&key, s->behind_key.p, s->behind_key.n);
    put(&sig, s->sig_kind);
    put(&sig, (struct text){(char *)raw, s->sig_len});
    vfy_mem_add(&sig, s->behind_sig.p, s->behind_sig.n);
    vfy_mem_add(&all, s->magic.p, s->magic.n);
    put(&all, bytes_of(&key));
    put(&all, s->space);
    put(&all, s->reserved);
    put(&all, s->hash);
    put(&all, bytes_of(&sig));
    vfy_mem_add(&all, s->behind.p, s->behind.n);
    return bytes_of(&all);
}

static char *armored(struct text raw)
{
    unsigned char *b64 = vfy_mem_alloc(&test_arena, raw.n / 3 * 4 + 8);

    EVP_EncodeBlock(b64, (const unsigned char *)raw.p, (int)raw.n);
    return vfy_mem_print(&test_arena, "-----BEGIN SSH SIGNATURE-----\n%.70s\n%s\n-----END SSH SIGNATURE-----\n", b64,
                         strlen((char *)b64) > 70 ? (char *)b64 + 70 : "");
}

static enum vfy_code judged(const char *armor, const char *message)
{
    struct err e = {VFY_NO_CODE, "", ""};
    const struct trusted *by;
    int rc = vfy_sshsig_check(&test_arena, armor, strlen(armor), "git", message, strlen(message), &policy, ROLE_PACKAGER,
                              "commit", &by, &e);

    assert_int_equal(rc, e.code == VFY_NO_CODE ? 0 : -1);
    return e.code;
}

static struct parts good(void)
{
    return (struct parts){T("SSHSIG\0\0\0\1"), T("ssh-ed25519"), {(char *)trusted[1].key.raw, VFY_RAW_KEY}, T(""), T("git"), T(""),
                          T("sha512"), T("ssh-ed25519"), T(""), T(""), 64};
}

static int begin(void **state)
{
    static const unsigned char secret[32] = {7};
    size_t n = VFY_RAW_KEY;

    (void)state;
    signer = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof secret);
    memset(trusted, 0, sizeof trusted);
    trusted[0].from = trusted[0].until = trusted[0].revoked_at = trusted[1].from = trusted[1].until = trusted[1].revoked_at = "";
    memset(trusted[0].key.raw, 9, VFY_RAW_KEY);
    return EVP_PKEY_get_raw_public_key(signer, trusted[1].key.raw, &n) == 1 ? 0 : -1;
}

static int end(void **state)
{
    EVP_PKEY_free(signer);
    return test_end(state);
}

static void test_parts(void **state)
{
    static const struct {
        size_t at; /* which part */
        struct text is;
        enum vfy_code code;
    } cases[] = {
        {offsetof(struct parts, hash), T("sha512"), VFY_NO_CODE}, {offsetof(struct parts, hash), T("sha256"), VFY_NO_CODE},
        {offsetof(struct parts, hash), T("sha51"), E_SIG_INVALID}, {offsetof(struct parts, hash), T("sha5120"), E_SIG_INVALID},
        {offsetof(struct parts, hash), T("sha384"), E_SIG_INVALID}, {offsetof(struct parts, hash), T(""), E_SIG_INVALID},
        {offsetof(struct parts, magic), T("SSHSIG\0\0\0\2"), E_SIG_INVALID}, {offsetof(struct parts, magic), T("sSHSIG\0\0\0\1"), E_SIG_INVALID},
        {offsetof(struct parts, magic), T("SSHSIG\0\0\0\1\0"), E_SIG_INVALID},
        {offsetof(struct parts, key_kind), T("ssh-rsa"), E_SIG_INVALID}, {offsetof(struct parts, key_kind), T("ssh-ed25518"), E_SIG_INVALID},
        {offsetof(struct parts, key), T("0123456789012345678901234567890"), E_SIG_INVALID},
        {offsetof(struct parts, key), T("012345678901234567890123456789012"), E_SIG_INVALID},
        {offsetof(struct parts, key), T("01234567890123456789012345678901"), E_KEY_UNTRUSTED},
        {offsetof(struct parts, behind_key), T("x"), E_SIG_INVALID}, {offsetof(struct parts, space), T("file"), E_SIG_INVALID},
        {offsetof(struct parts, space), T("gi"), E_SIG_INVALID}, {offsetof(struct parts, space), T("git\0"), E_SIG_INVALID},
        {offsetof(struct parts, reserved), T("x"), E_SIG_INVALID}, {offsetof(struct parts, sig_kind), T("ssh-rsa"), E_SIG_INVALID},
        {offsetof(struct parts, behind_sig), T("x"), E_SIG_INVALID}, {offsetof(struct parts, behind), T("x"), E_SIG_INVALID}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct parts s = good();
        enum vfy_code code;

        *(struct text *)((char *)&s + cases[i].at) = cases[i].is;
        code = judged(armored(made(&s, "message")), "message");
        if (code != cases[i].code)
            fail_msg("case %zu: %s, expected %s", i, vfy_findings_info(code)->name, vfy_findings_info(cases[i].code)->name);
        assert_code(judged(armored(made(&s, "message")), "messagf"), code == VFY_NO_CODE ? E_SIG_INVALID : code);
    }
    for (size_t n = 0; n < 80; n++) {
        struct parts s = good();

        s.sig_len = n;
        assert_code(judged(armored(made(&s, "m")), "m"), n == 64 ? VFY_NO_CODE : E_SIG_INVALID);
    }
}

/* every cut, and every byte that is another */
static void test_damage(void **state)
{
    struct parts s = good();
    struct text whole = made(&s, "m");
    char *p = vfy_mem_copy(&test_arena, whole.p, whole.n);

    (void)state;
    for (size_t i = 0; i < whole.n; i++) {
        enum vfy_code code;

        assert_code(judged(armored((struct text){whole.p, i}), "m"), E_SIG_INVALID);
        p[i] = (char)(p[i] ^ 1);
        code = judged(armored((struct text){p, whole.n}), "m");
        assert_true(code == E_SIG_INVALID || code == E_KEY_UNTRUSTED);
        p[i] = (char)(p[i] ^ 0x81);
        code = judged(armored((struct text){p, whole.n}), "m");
        assert_true(code == E_SIG_INVALID || code == E_KEY_UNTRUSTED);
        p[i] = whole.p[i];
    }
}

static void test_armor(void **state)
{
    struct parts s = good();
    const char *armor = armored(made(&s, "m")), *text;
    char *other;

    (void)state;
    assert_code(judged("", "m"), E_SIG_MISSING);
    assert_code(judged("\n", "m"), E_SIG_INVALID);
    assert_code(judged("-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", "m"), E_SIG_INVALID);
    assert_code(judged("-----BEGIN SSH SIGNATURE----END SSH SIGNATURE-----", "m"), E_SIG_INVALID);
    text = vfy_mem_print(&test_arena, "%s\n\n", armor);
    assert_code(judged(text, "m"), VFY_NO_CODE);
    text = vfy_mem_print(&test_arena, "%.*s", (int)strlen(armor) - 1, armor);
    assert_code(judged(text, "m"), VFY_NO_CODE); /* git takes the last line end away */
    text = vfy_mem_print(&test_arena, "%.30s %s", armor, armor + 30);
    assert_code(judged(text, "m"), VFY_NO_CODE); /* and puts a space before each line */
    for (size_t i = 0; i < strlen(armor) - 1; i++) {
        if (armor[i] == '\n')
            continue;
        other = vfy_mem_copy(&test_arena, armor, strlen(armor));
        other[i] = '!';
        assert_code(judged(other, "m"), E_SIG_INVALID);
    }
}

static void test_whose(void **state)
{
    struct parts s = good();
    const char *armor = armored(made(&s, "m"));

    (void)state;
    trusted[1].is_revoked = true;
    assert_code(judged(armor, "m"), E_KEY_REVOKED);
    trusted[1].is_revoked = false;
    trusted[1].revoked_at = "2999-01-01T00:00:00.000000Z"; /* a commit bears no timestamp */
    assert_code(judged(armor, "m"), E_KEY_REVOKED);
    trusted[1].revoked_at = "";
    trusted[1].role = ROLE_REVIEWER;
    assert_code(judged(armor, "m"), E_KEY_ROLE);
    trusted[1].role = ROLE_PACKAGER;
    assert_code(judged(armor, "m"), VFY_NO_CODE);
    policy.key_count = 1;
    assert_code(judged(armor, "m"), E_KEY_UNTRUSTED);
    policy.key_count = 2;
}

#define SIGNED(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {SIGNED(test_parts), SIGNED(test_damage), SIGNED(test_armor), SIGNED(test_whose)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
