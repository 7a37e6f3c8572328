/* tests/unit/packager_key.c - keys, key files, SSH signatures. */
#include "tests/unit/packager_fixture.h"

#include <sys/stat.h>

#include "packager/keyfile.h"
#include "packager/sshsig.h"

static void written_files_read_back_with_their_marks(void **state)
{
    char prefix[FILE_PATH_MAX], path[FILE_PATH_MAX + 8];
    struct pkg_key *key = NULL;
    struct pkg_keyfile file;
    struct stat st;
    struct err e = {ERR_NONE, ""};

    in_scratch(state, "marked", prefix);
    assert_int_equal(pkg_key_new(&key, &e), 0);
    assert_int_equal(pkg_keyfile_write(prefix, "log", false, key, &e), 0);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s.%s", prefix, i == 0 ? "key" : "pub");
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, i == 0 ? 0600 : 0644);
        if (pkg_keyfile_read(path, &file, &e) != 0)
            fail_msg("%s", e.text);
        assert_string_equal(file.role, "log");
        assert_false(file.is_for_use);
        assert_int_equal(file.is_private, i == 0);
        assert_string_equal(pkg_key_id(file.key), pkg_key_id(key));
        pkg_keyfile_release(&file);
        assert_int_equal(shell("openssl pkey %s -in %s -noout 2>/dev/null", i == 0 ? "" : "-pubin", path), 0);
    }
    assert_int_equal(pkg_keyfile_write(prefix, "log", true, key, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    (void)snprintf(path, sizeof path, "%s.key", prefix);
    assert_int_equal(pkg_keyfile_read_signer(path, "packager", NULL, &file, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    pkg_key_free(key);
}

static void the_keyid_is_that_of_openssl(void **state)
{
    char prefix[FILE_PATH_MAX];
    struct pkg_key *key = NULL;
    struct err e;

    in_scratch(state, "id", prefix);
    assert_int_equal(pkg_key_new(&key, &e), 0);
    assert_int_equal(pkg_keyfile_write(prefix, "packager", true, key, &e), 0);
    assert_int_equal(shell("test \"$(openssl pkey -pubin -in %s.pub -outform DER | sha256sum | cut -c1-64)\" = %s",
                           prefix, pkg_key_id(key)), 0);
    pkg_key_free(key);
}

static void bad_key_files_are_refused(void **state)
{
    static const struct {
        const char *name, *make;
    } rows[] = {
        {"readable by others", "cp g.key bad && chmod 640 bad"},
        {"a link", "ln -s g.key bad"},
        {"a fifo", "mkfifo bad && chmod 600 bad"},
        {"absent", "true"},
        {"empty", ": >bad"},
        {"no key", "echo hello >bad"},
        {"P-256", "openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out bad && chmod 600 bad"},
        {"encrypted", "openssl pkey -in g.key -aes128 -passout pass:x -out bad && chmod 600 bad"},
        {"cut off", "head -c 100 g.key >bad && chmod 600 bad"},
        {"unknown role", "sed s/packager/pope/ g.key >bad && chmod 600 bad"},
    };
    char prefix[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct pkg_key *key = NULL;
    struct pkg_keyfile file;
    struct err e;

    in_scratch(state, "g", prefix);
    in_scratch(state, "bad", path);
    assert_int_equal(pkg_key_new(&key, &e), 0);
    assert_int_equal(pkg_keyfile_write(prefix, "packager", true, key, &e), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        ROW(i, rows[i].name, shell("cd %s && rm -f bad && { %s; } 2>/dev/null", (char *)*state, rows[i].make) == 0);
        e = (struct err){ERR_NONE, ""};
        ROW(i, rows[i].name, pkg_keyfile_read(path, &file, &e) == -1);
        ROW(i, e.text, e.kind == ERR_INPUT);
    }
    pkg_key_free(key);
}

/* RFC 8032 section 7.1, test 1: the empty message. */
static void rfc_8032_vector(void **state)
{
    static const char pem[] = "some text before\n-----BEGIN PRIVATE KEY-----\n"
                              "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                              "-----END PRIVATE KEY-----\n";
    static const char expected[] = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                                   "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    unsigned char sig[PKG_KEY_SIGNATURE_BYTES];
    char hex[2 * PKG_KEY_SIGNATURE_BYTES + 1];
    struct pkg_key *key = NULL;
    struct err e;

    (void)state;
    if (pkg_key_parse_private(pem, strlen(pem), &key, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(pkg_key_sign(key, "", 0, sig, &e), 0);
    digest_to_hex(sig, sizeof sig, hex);
    assert_string_equal(hex, expected);
    assert_int_equal(pkg_key_verify(key, "", 0, sig, sizeof sig, &e), 0);
    sig[3] ^= 1;
    assert_int_equal(pkg_key_verify(key, "", 0, sig, sizeof sig, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    pkg_key_free(key);
}

static void ssh_keygen_accepts_our_signature_and_no_other(void **state)
{
    char file[FILE_PATH_MAX];
    struct buf sig = buf_init(4096), pub = buf_init(4096), again = buf_init(4096);
    struct pkg_key *key = NULL;
    struct err e;

    in_scratch(state, "message", file);
    assert_int_equal(pkg_key_new(&key, &e), 0);
    put_text(*state, "message", "bytes\n");
    assert_int_equal(pkg_sshsig_sign(key, "git", "bytes\n", 6, &sig, &e), 0);
    assert_int_equal(pkg_sshsig_sign(key, "git", "bytes\n", 6, &again, &e), 0);
    assert_string_equal(sig.data, again.data);
    assert_int_equal(buf_adds(&pub, "dryproof namespaces=\"git\" ", &e), 0);
    assert_int_equal(pkg_sshsig_public(key, &pub, &e), 0);
    put_text(*state, "message.sig", sig.data);
    put_text(*state, "signers", pub.data);
    assert_int_equal(shell("cd %s && ssh-keygen -Y verify -f signers -I dryproof -n git -s message.sig <message >/dev/null 2>&1", (char *)*state), 0);
    assert_int_not_equal(shell("cd %s && ssh-keygen -Y verify -f signers -I dryproof -n git -s message.sig <signers >/dev/null 2>&1", (char *)*state), 0);
    assert_int_not_equal(shell("cd %s && ssh-keygen -Y verify -f signers -I dryproof -n file -s message.sig <message >/dev/null 2>&1", (char *)*state), 0);
    buf_release(&again);
    buf_release(&pub);
    buf_release(&sig);
    pkg_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_files_read_back_with_their_marks),
        cmocka_unit_test(the_keyid_is_that_of_openssl),
        cmocka_unit_test(bad_key_files_are_refused),
        cmocka_unit_test(rfc_8032_vector),
        cmocka_unit_test(ssh_keygen_accepts_our_signature_and_no_other),
    };

    return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
