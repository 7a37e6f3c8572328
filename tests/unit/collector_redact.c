/* tests/unit/collector_redact.c - tests of collector/redact.c. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "collector/redact.h"

static char folder[] = "/tmp/col-redact-XXXXXX";
static const char key[] = "0123456789abcdef0123456789abcdef";

static const char *make_key(const char *name, const char *bytes, unsigned int mode)
{
    static char path[128];
    struct err e = {ERR_NONE, ""};

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_replace(path, bytes, strlen(bytes), mode, &e), 0);
    return path;
}

static void refuses(const char *path, const char *says)
{
    struct err e = {ERR_NONE, ""};
    struct col_redact r;

    assert_int_equal(col_redact_load(path, &r, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    if (strstr(e.text, says) == NULL)
        fail_msg("%s", e.text);
}

static void test_key_file(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_redact r;
    char link[128];
    char id[DIGEST_HEX];

    (void)state;
    refuses("/nonexistent/key", "no such file");
    refuses(folder, "regular file");
    refuses(make_key("wide", key, 0640), "chmod 0600");
    refuses(make_key("world", key, 0604), "chmod 0600");
    refuses(make_key("short", "0123456789abcdef0123456789abcde", 0600), "31 bytes");
    (void)snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink(make_key("good", key, 0600), link), 0);
    refuses(link, "regular file");

    assert_int_equal(col_redact_load(make_key("good", key, 0600), &r, &e), 0);
    assert_int_equal(digest_hmac_hex(key, 32, "dryproof redaction key", 22, id, &e), 0);
    assert_string_equal(r.id, id);
    col_redact_release(&r);

    assert_int_equal(col_redact_load(NULL, &r, &e), 0);
    assert_string_equal(r.id, "");
    col_redact_release(&r);
}

static void test_line(void **state)
{
    static const char columns_text[] = "[[\"a\",\"text\"],[\"b\",\"text\"],[\"c\",\"text\"]]";
    static const char redacted_text[] = "[\"c\",\"b\"]";
    struct err e = {ERR_NONE, ""};
    struct col_redact r;
    struct buf out = buf_init(1024);
    struct jv *columns = NULL;
    struct jv *redacted = NULL;
    char hex[DIGEST_HEX];
    char expected[256];

    (void)state;
    assert_int_equal(jv_parse(columns_text, sizeof columns_text - 1, &columns, &e), 0);
    assert_int_equal(jv_parse(redacted_text, sizeof redacted_text - 1, &redacted, &e), 0);
    assert_int_equal(col_redact_load(make_key("good", key, 0600), &r, &e), 0);

    /* the HMAC is over the value's bytes, not over their escaped form; null stays null */
    assert_int_equal(digest_hmac_hex(key, 32, "x\ty", 3, hex, &e), 0);
    (void)snprintf(expected, sizeof expected, "x\\ty\thmac-sha256:%s\t\\N", hex);
    assert_int_equal(col_redact_line(&r, columns, redacted, "x\\ty\tx\\ty\t\\N", 12, &out, &e), 0);
    assert_string_equal(out.data, expected);

    buf_clear(&out); /* the empty string is a value, and so are bytes that are no UTF-8 */
    assert_int_equal(digest_hmac_hex(key, 32, "", 0, hex, &e), 0);
    (void)snprintf(expected, sizeof expected, "\thmac-sha256:%s\thmac-sha256:", hex);
    assert_int_equal(digest_hmac_hex(key, 32, "\xff", 1, hex, &e), 0);
    strcat(expected, hex);
    assert_int_equal(col_redact_line(&r, columns, redacted, "\t\t\xff", 3, &out, &e), 0);
    assert_string_equal(out.data, expected);

    assert_int_equal(col_redact_line(&r, columns, redacted, "a\tb", 3, &out, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    col_redact_release(&r);
    jv_free(columns);
    jv_free(redacted);
    buf_release(&out);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    struct err e = {ERR_NONE, ""};

    (void)state;
    return file_remove_tree(folder, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_file),
        cmocka_unit_test(test_line),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
