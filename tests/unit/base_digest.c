/* tests/unit/base_digest.c - published vectors of SHA-256 (FIPS 180-4) and HMAC (RFC 4231). */
#include "tests/unit/base_test.h"

#include "base/clock.h"
#include "base/digest.h"

static const struct {
    const char *text, *sha256;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void sha256_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        char hex[DIGEST_HEX];
        struct err e;

        assert_int_equal(digest_hex(vectors[i].text, strlen(vectors[i].text), hex, &e), 0);
        assert_string_equal(hex, vectors[i].sha256);
    }
}

/* One context serves many digests, fed in any pieces. */
static void a_context_is_used_again(void **state)
{
    struct digest *d = NULL;
    unsigned char raw[DIGEST_BYTES];
    char hex[DIGEST_HEX];
    struct err e;

    (void)state;
    assert_int_equal(digest_new(&d, &e), 0);
    for (size_t piece = 1; piece < 9; piece++) {
        for (size_t i = 0; i < COUNT(vectors); i++) {
            size_t len = strlen(vectors[i].text);

            assert_int_equal(digest_begin(d, &e), 0);
            for (size_t at = 0; at < len; at += piece)
                assert_int_equal(digest_add(d, vectors[i].text + at, len - at < piece ? len - at : piece,
                                            &e), 0);
            assert_int_equal(digest_end(d, raw, &e), 0);
            digest_to_hex(raw, sizeof raw, hex);
            assert_string_equal(hex, vectors[i].sha256);
        }
    }
    digest_free(d);
    digest_free(NULL);
}

static void hmac_vectors(void **state)
{
    char hex[DIGEST_HEX];
    struct err e;

    (void)state;
    assert_int_equal(digest_hmac_hex("Jefe", 4, "what do ya want for nothing?", 28, hex, &e), 0);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_int_equal(digest_hmac_hex("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                                     "\x0b\x0b\x0b\x0b\x0b", 20, "Hi There", 8, hex, &e), 0);
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

static void hex_is_lower_case_and_exactly_64(void **state)
{
    char hex[DIGEST_HEX + 1];
    unsigned char bytes[] = {0x00, 0x0f, 0xf0, 0xff, 0xa5};

    (void)state;
    digest_to_hex(bytes, sizeof bytes, hex);
    assert_string_equal(hex, "000ff0ffa5");
    digest_to_hex(bytes, 0, hex);
    assert_string_equal(hex, "");
    assert_true(digest_is_hex(vectors[0].sha256));
    assert_false(digest_is_hex(""));
    assert_false(digest_is_hex(vectors[0].sha256 + 1));
    (void)snprintf(hex, sizeof hex, "%s0", vectors[0].sha256);
    assert_false(digest_is_hex(hex));
    (void)snprintf(hex, sizeof hex, "%s\n", vectors[0].sha256);
    assert_false(digest_is_hex(hex));
    (void)snprintf(hex, sizeof hex, "%s", vectors[0].sha256);
    hex[0] = 'E';
    assert_false(digest_is_hex(hex));
    hex[0] = 'g';
    assert_false(digest_is_hex(hex));
}

static void random_bytes_differ(void **state)
{
    unsigned char a[32], b[32], big[1025];
    struct err e;

    (void)state;
    assert_int_equal(digest_random(a, sizeof a, &e), 0);
    assert_int_equal(digest_random(b, sizeof b, &e), 0);
    assert_memory_not_equal(a, b, sizeof a);
    assert_error(digest_random(big, sizeof big, &e), e, ERR_SYSTEM, "libcrypto: no random bytes");
}

static void the_clock_is_utc_with_microseconds(void **state)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    char now[CLOCK_TEXT], later[CLOCK_TEXT];

    (void)state;
    clock_now(now);
    clock_now(later);
    assert_int_equal(strlen(now), strlen(shape));
    for (size_t i = 0; shape[i] != '\0'; i++)
        assert_true(shape[i] == 'd' ? now[i] >= '0' && now[i] <= '9' : now[i] == shape[i]);
    assert_true(strcmp(now, later) <= 0); /* also says: the text sorts like the time */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_vectors),
        cmocka_unit_test(a_context_is_used_again),
        cmocka_unit_test(hmac_vectors),
        cmocka_unit_test(hex_is_lower_case_and_exactly_64),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(the_clock_is_utc_with_microseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
