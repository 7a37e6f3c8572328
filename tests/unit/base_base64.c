/* tests/unit/base_base64.c - RFC 4648 vectors, and nothing that encode would not write. */
#include "tests/unit/base_test.h"

#include "base/base64.h"

/* RFC 4648 section 10, and bytes that need + and / */
static const struct {
    const char *bytes;
    size_t len;
    const char *text;
} vectors[] = {
    {"", 0, ""},           {"f", 1, "Zg=="},         {"fo", 2, "Zm8="},
    {"foo", 3, "Zm9v"},    {"foob", 4, "Zm9vYg=="},  {"fooba", 5, "Zm9vYmE="},
    {"foobar", 6, "Zm9vYmFy"}, {"\xfb\xff\xbf", 3, "+/+/"}, {"\0\0\0", 3, "AAAA"},
    {"\0", 1, "AA=="},
};

static void rfc_4648_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        struct buf text = buf_init(100), bytes = buf_init(100);
        struct err e;

        assert_int_equal(buf_adds(&text, "", &e), 0);
        assert_int_equal(buf_adds(&bytes, "", &e), 0);
        ROW(i, vectors[i].text, base64_encode(vectors[i].bytes, vectors[i].len, &text, &e) == 0);
        ROW(i, vectors[i].text, strcmp(text.data, vectors[i].text) == 0);
        ROW(i, vectors[i].text, base64_decode(text.data, text.len, &bytes, &e) == 0);
        ROW(i, vectors[i].text, bytes.len == vectors[i].len &&
                                    memcmp(bytes.data, vectors[i].bytes, bytes.len) == 0);
        buf_release(&text);
        buf_release(&bytes);
    }
}

static void decoding_is_strict(void **state)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"Zg", "base64 length 2 is not a multiple of 4"},
        {"Zg=", "base64 length 3 is not a multiple of 4"},
        {"Zg==\n", "base64 length 5 is not a multiple of 4"},
        {"Zh==", "spare base64 bits are not zero"},
        {"Zm9=", "spare base64 bits are not zero"},
        {"-_-_", "not a base64 digit at offset 0"},
        {"Zg==Zg==", "not a base64 digit at offset 2"},
        {"Z===", "not a base64 digit at offset 1"},
        {"====", "not a base64 digit at offset 0"},
        {"Zm =", "not a base64 digit at offset 2"},
        {"=m9v", "not a base64 digit at offset 0"},
        {"Zm=v", "not a base64 digit at offset 2"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = buf_init(100);
        struct err e = {ERR_NONE, ""};

        ROW(i, rows[i].text, base64_decode(rows[i].text, strlen(rows[i].text), &out, &e) == -1);
        ROW(i, e.text, e.kind == ERR_INPUT && strcmp(e.text, rows[i].error) == 0);
        buf_release(&out);
    }
}

static void a_nul_is_no_digit(void **state)
{
    struct buf out = buf_init(100);
    struct err e;

    (void)state;
    assert_error(base64_decode("Zm\0v", 4, &out, &e), e, ERR_INPUT, "not a base64 digit at offset 2");
    buf_release(&out);
}

/* Of all four-letter texts of these letters, exactly those decode that encode back. */
static void decode_accepts_only_what_encode_writes(void **state)
{
    static const char letters[] = "AQgw+/=-_ \n";
    size_t accepted = 0;

    (void)state;
    for (size_t i = 0; i < 11 * 11 * 11 * 11; i++) {
        char text[4] = {letters[i % 11], letters[i / 11 % 11], letters[i / 121 % 11], letters[i / 1331]};
        struct buf bytes = buf_init(8), again = buf_init(8);
        struct err e;

        if (base64_decode(text, 4, &bytes, &e) == 0) {
            accepted++;
            assert_int_equal(base64_encode(bytes.data, bytes.len, &again, &e), 0);
            assert_memory_equal(again.data, text, 4);
        }
        buf_release(&bytes);
        buf_release(&again);
    }
    /* six digits; of them A, Q, g and w end in the zero bits that padding asks for */
    assert_int_equal(accepted, 6 * 6 * 6 * 6 + 6 * 6 * 4 + 6 * 4);
}

static void limits_hold(void **state)
{
    struct buf small = buf_init(3);
    struct err e;

    (void)state;
    assert_error(base64_encode("f", 1, &small, &e), e, ERR_LIMIT, "more than 3 bytes");
    assert_int_equal(base64_decode("Zm9v", 4, &small, &e), 0);
    assert_error(base64_decode("Zg==", 4, &small, &e), e, ERR_LIMIT, "more than 3 bytes");
    buf_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_4648_vectors),
        cmocka_unit_test(decoding_is_strict),
        cmocka_unit_test(a_nul_is_no_digit),
        cmocka_unit_test(decode_accepts_only_what_encode_writes),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
