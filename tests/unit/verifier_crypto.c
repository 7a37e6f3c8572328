/* tests/unit/verifier_crypto.c - digests, Ed25519 against Wycheproof, the key loader. */
#include "tests/unit/verifier_test.h"

#include "verifier/crypto.h"
#include "verifier/json.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <sys/wait.h>
#include <unistd.h>

static char *unhex(const struct json *v, size_t *n)
{
    char *out = vfy_mem_alloc(&test_arena, v->count / 2 + 1);

    *n = v->count / 2;
    for (size_t i = 0; i < *n; i++) {
        char two[3] = {v->u.text[2 * i], v->u.text[2 * i + 1], '\0'};

        out[i] = (char)strtoul(two, NULL, 16);
    }
    return out;
}

static void test_wycheproof(void **state)
{
    size_t n, tests = 0, agree = 0;
    char *text = test_read(test_vectors("ed25519/wycheproof/testvectors_v1/ed25519_test.json"), &n);
    const struct json *doc, *groups;
    struct err e;

    (void)state;
    assert_int_equal(vfy_json_parse(&test_arena, text, n, JSON_FOREIGN, "t", &doc, &e), 0);
    groups = vfy_json_get(doc, "testGroups");
    for (size_t g = 0; g < vfy_json_count(groups); g++) {
        const struct json *group = vfy_json_at(groups, g), *list = vfy_json_get(group, "tests");
        char *key = unhex(vfy_json_get(vfy_json_get(group, "publicKey"), "pk"), &n);

        assert_int_equal(n, VFY_RAW_KEY);
        for (size_t i = 0; i < vfy_json_count(list); i++) {
            const struct json *t = vfy_json_at(list, i);
            size_t sig_len, len;
            char *sig = unhex(vfy_json_get(t, "sig"), &sig_len), *msg = unhex(vfy_json_get(t, "msg"), &len);
            bool ok = vfy_crypto_verify((const uint8_t *)key, sig, sig_len, msg, len);

            tests++;
            agree += ok == vfy_json_is(vfy_json_get(t, "result"), "valid");
        }
    }
    assert_int_equal(tests, 151);
    assert_int_equal(agree, 151);
}

static void test_digests(void **state)
{
    char hex[VFY_HEX + 1];
    uint8_t raw[64];

    (void)state;
    hex[VFY_HEX] = 'x';
    vfy_crypto_sha256("abc", 3, hex);
    assert_int_equal(hex[VFY_HEX], 'x'); /* what stands behind is another's */
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    vfy_crypto_sha256("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(vfy_crypto_raw(512, "abc", 3, raw), 64);
    assert_memory_equal(raw, "\xdd\xaf\x35\xa1", 4);
    assert_int_equal(vfy_crypto_raw(256, "abc", 3, raw), 32);
    assert_memory_equal(raw, "\xba\x78\x16\xbf", 4);
}

/* RFC 8439 section 2.5.2, in two pieces */
static void test_mac(void **state)
{
    static const uint8_t key[VFY_MAC_KEY] = {0x85, 0xd6, 0xbe, 0x78, 0x57, 0x55, 0x6d, 0x33, 0x7f, 0x44, 0x52,
                                             0xfe, 0x42, 0xd5, 0x06, 0xa8, 0x01, 0x03, 0x80, 0x8a, 0xfb, 0x0d,
                                             0xb2, 0xfd, 0x4a, 0xbf, 0xf6, 0xaf, 0x41, 0x49, 0xf5, 0x1b};
    uint8_t tag[VFY_TAG + 1];
    struct vfy_mac *m = vfy_crypto_mac_begin(key);

    (void)state;
    tag[VFY_TAG] = 'x';
    vfy_crypto_mac_add(m, "Cryptographic Forum ", 20);
    vfy_crypto_mac_add(m, "Research Group", 14);
    vfy_crypto_mac_end(m, tag);
    assert_memory_equal(tag, "\xa8\x06\x1d\xc1\x30\x51\x36\xc6\xc2\x2b\x8b\xaf\x0c\x01\x27\xa9x", VFY_TAG + 1);
}

static void mac(void)
{
    static const uint8_t key[VFY_MAC_KEY];

    vfy_crypto_mac_begin(key);
}

static void hash(void)
{
    char hex[VFY_HEX];

    vfy_crypto_sha256("", 0, hex);
}

static void hash_in_parts(void)
{
    vfy_crypto_begin();
}

static void verify(void)
{
    static const uint8_t raw[VFY_RAW_KEY] = {3};

    vfy_crypto_verify(raw, raw, sizeof raw, "", 0);
}

static void read_root(void)
{
    struct root out;
    struct err e;

    if (vfy_crypto_root(&test_arena, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 59, &out, &e) == 0)
        exit(1);
}

static void read_stamp(void)
{
    struct stamp out;
    struct err e;

    if (vfy_crypto_stamp("", 0, "", &out, &e) == 0)
        exit(1);
}

/* the sanitised program, too, gives nothing where there is nothing */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void alloc(void)
{
    OPENSSL_free(OPENSSL_malloc((size_t)1 << 60));
}

static void grow(void)
{
    OPENSSL_free(OPENSSL_realloc(OPENSSL_malloc(8), (size_t)1 << 60));
}

static int status_of(void (*before)(void), void (*f)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY), 2);
        before();
        f();
        exit(0);
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* the library never learns that there is no memory, whichever came first; before any other test */
static void test_no_memory(void **state)
{
    (void)state;
    assert_int_equal(status_of(hash, alloc), 5);
    assert_int_equal(status_of(hash, grow), 5);
    assert_int_equal(status_of(hash_in_parts, alloc), 5);
    assert_int_equal(status_of(mac, alloc), 5);
    assert_int_equal(status_of(verify, alloc), 5);
    assert_int_equal(status_of(read_root, alloc), 5);
    assert_int_equal(status_of(read_stamp, alloc), 5);
}

static void configure(void)
{
    static const char text[] = "openssl_conf = a\n[a]\nproviders = b\n[b]\nnull = c\n[c]\nactivate = 1\n";
    char path[] = "/tmp/dryproof-unit-XXXXXX";
    int fd = mkstemp(path);

    if (fd < 0 || write(fd, text, sizeof text - 1) != (ssize_t)(sizeof text - 1) || setenv("OPENSSL_CONF", path, 1) != 0)
        exit(1);
    close(fd);
    hash();
    unlink(path);
}

/* nor does its configuration say what it can do */
static void test_no_configuration(void **state)
{
    (void)state;
    assert_int_equal(status_of(configure, hash), 0);
}

/* a library without algorithms concludes nothing; before any other test, since what was found is kept */
static void test_no_algorithm(void **state)
{
    static void (*const asked[])(void) = {hash, hash_in_parts, mac, verify};
    static OSSL_PROVIDER *volatile none;

    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        char said[200] = "";
        int status, fds[2];
        pid_t pid;

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        if (pid == 0) {
            dup2(fds[1], 2);
            none = OSSL_PROVIDER_load(NULL, "null");
            if (none != NULL)
                asked[i]();
            exit(0);
        }
        close(fds[1]);
        assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 70);
        assert_true(read(fds[0], said, sizeof said - 1) > 0);
        assert_string_equal(said, "dryproof-verify: E_INTERNAL: libcrypto has no SHA-2, no Ed25519 or no Poly1305\n");
        close(fds[0]);
    }
}

static enum vfy_code load(const char *pem, struct pubkey *k)
{
    struct err e = {VFY_NO_CODE, "", ""};

    return vfy_crypto_key(&test_arena, pem, strlen(pem), k, &e) == 0 ? VFY_NO_CODE : e.code;
}

/* a key file whose 32 bytes are the given ones (the last bytes of its base64) */
static enum vfy_code load_raw(const uint8_t raw[32])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t der[45] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    struct buf b = {&test_arena, NULL, 0, 0};
    struct pubkey k;

    memcpy(der + 12, raw, 32);
    vfy_mem_put(&b, "-----BEGIN PUBLIC KEY-----\n");
    for (size_t i = 0; i < 45; i += 3) {
        unsigned w = (unsigned)der[i] << 16 | (unsigned)der[i + 1] << 8 | der[i + 2];

        for (int s = 18; s >= 0; s -= 6)
            vfy_mem_put(&b, "%c", i == 42 && s == 0 ? '=' : alphabet[w >> s & 63]);
    }
    vfy_mem_put(&b, "\n-----END PUBLIC KEY-----\n");
    return load(b.p, &k);
}

/* p = 2^255 - 19, little endian, plus a small number; with or without the sign bit */
static void near_p(uint8_t out[32], int add, bool sign)
{
    memset(out, 0xff, 32);
    out[0] = (uint8_t)(0xed + add);
    out[31] = sign ? 0xff : 0x7f;
}

static void test_weak(void **state)
{
    static const uint8_t eight[2][32] = {
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
         0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
         0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};
    uint8_t raw[32];

    (void)state;
    for (int sign = 0; sign < 2; sign++) {
        for (int y = 0; y < 2; y++) { /* y = 0 and y = 1 */
            memset(raw, 0, sizeof raw);
            raw[0] = (uint8_t)y;
            raw[31] = sign ? 0x80 : 0;
            assert_code(load_raw(raw), E_KEY_WEAK);
        }
        for (int add = -1; add < 19; add++) { /* y = p - 1 is low order, y >= p not canonical */
            near_p(raw, add, sign);
            assert_code(load_raw(raw), E_KEY_WEAK);
        }
        for (int i = 0; i < 2; i++) {
            memcpy(raw, eight[i], sizeof raw);
            raw[31] = (uint8_t)(raw[31] | (sign ? 0x80 : 0));
            assert_code(load_raw(raw), E_KEY_WEAK);
        }
        near_p(raw, -2, sign);
        assert_code(load_raw(raw), VFY_NO_CODE);
        for (int i = 1; i < 32; i++) { /* far below p: one byte is enough */
            near_p(raw, 18, sign);
            raw[i] = (uint8_t)(raw[i] - 1);
            assert_code(load_raw(raw), VFY_NO_CODE);
        }
    }
}

static void test_key(void **state)
{
    /* RFC 8410 section 10.1 */
    static const char good[] = "-----BEGIN PUBLIC KEY-----\n"
                               "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                               "-----END PUBLIC KEY-----\n";
    static const char p256[] = "-----BEGIN PUBLIC KEY-----\n"
                               "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf0MeyT3yPz9aFmZ0dHxn0q1mJ1p9\n"
                               "-----END PUBLIC KEY-----\n";
    struct pubkey k, again;
    char *text = vfy_mem_print(&test_arena, "dryproof role: packager\nmore\n%s", good);

    (void)state;
    assert_code(load(good, &k), VFY_NO_CODE);
    assert_int_equal(k.raw[0], 0x19);
    assert_code(load(text, &again), VFY_NO_CODE);
    assert_string_equal(k.keyid, again.keyid);
    assert_code(load(p256, &k), E_ALG_FORBIDDEN);
    assert_code(load("", &k), E_POLICY_INVALID);
    assert_code(load("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", &k), E_POLICY_INVALID);
    assert_code(load("-----BEGIN PUBLIC KEY-----\nAA=\n-----END PUBLIC KEY-----\n", &k), E_POLICY_INVALID);
    assert_code(load(vfy_mem_print(&test_arena, "%s%s", good, good), &k), E_POLICY_INVALID);
}

/* what stands around a key that is good */
static void test_key_text(void **state)
{
    static const char key[] = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
    static const struct {
        const char *before, *head, *body, *tail;
        enum vfy_code code;
    } cases[] = {
        {"", "-----BEGIN PUBLIC KEY-----\n", key, "\n-----END PUBLIC KEY-----\n", VFY_NO_CODE},
        {"---- text\n", "-----BEGIN PUBLIC KEY-----\n", key, "\n-----END PUBLIC KEY-----\n", VFY_NO_CODE},
        {". text\n", "-----BEGIN PUBLIC KEY-----\n", key, "\n-----END PUBLIC KEY-----\n", VFY_NO_CODE},
        {"", "-----BEGIN PUBLIC KEY-----", key, "\n-----END PUBLIC KEY-----\n", E_POLICY_INVALID},
        {"\n\n", "-----BEGIN PUBLIC KEY-----\n", key, "\n-----END PUBLIC KEY-----\n", VFY_NO_CODE},
        {"-----text\n", "-----BEGIN PUBLIC KEY-----\n", key, "\n-----END PUBLIC KEY-----\n", E_POLICY_INVALID},
        {"-----BEGIN X-----\n", "-----BEGIN PUBLIC KEY-----\n", key, "\n-----END PUBLIC KEY-----\n", E_POLICY_INVALID},
        {"text without an end ", "-----BEGIN PUBLIC KEY-----\n", key, "\n-----END PUBLIC KEY-----\n", E_POLICY_INVALID},
        {"", "-----BEGIN PUBLIC KEY-----\n", key, "\n-----END PUBLIC KEY-----", E_POLICY_INVALID},
        {"", "-----BEGIN PUBLIC KEY-----\n", key, "\n-----END PUBLIC KEY-----\n\n", E_POLICY_INVALID},
        {"", "-----BEGIN PUBLIC KEY-----\n", key, "\n-----END PUBLIC KEY-----\ntext\n", E_POLICY_INVALID},
        {"", "-----BEGIN PUBLIC KEY-----\n", key, "", E_POLICY_INVALID},
        {"", "", key, "\n-----END PUBLIC KEY-----\n", E_POLICY_INVALID},
        {"", "-----BEGIN PUBLIC KEY-----\n", "", "", E_POLICY_INVALID},
        {"", "", "no line, but longer than a heading line is", "", E_POLICY_INVALID},
        {"", "-----BEGIN PUBLIC KEY-----\n", "", "-----END PUBLIC KEY-----\n", E_ALG_FORBIDDEN},
        {"", "-----BEGIN PUBLIC KEY-----\n", "M!==", "-----END PUBLIC KEY-----\n", E_POLICY_INVALID},
        /* X25519, and an Ed25519 key with a byte less and a byte more */
        {"", "-----BEGIN PUBLIC KEY-----\n", "MCowBQYDK2VuAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", "-----END PUBLIC KEY-----\n",
         E_ALG_FORBIDDEN},
        {"", "-----BEGIN PUBLIC KEY-----\n", "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZg==", "-----END PUBLIC KEY-----\n",
         E_ALG_FORBIDDEN},
        {"", "-----BEGIN PUBLIC KEY-----\n", "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuEA", "-----END PUBLIC KEY-----\n",
         E_ALG_FORBIDDEN}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pubkey k;
        const char *text = vfy_mem_print(&test_arena, "%s%s%s%s", cases[i].before, cases[i].head, cases[i].body, cases[i].tail);

        if (load(text, &k) != cases[i].code)
            fail_msg("%s: %s", text, vfy_findings_info(load(text, &k))->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_no_memory), TEST(test_no_configuration), TEST(test_no_algorithm), TEST(test_wycheproof), TEST(test_digests), TEST(test_mac), TEST(test_weak),
                                      TEST(test_key), TEST(test_key_text)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
