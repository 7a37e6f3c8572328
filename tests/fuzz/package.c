/*
 * tests/fuzz/package.c - a whole package of an insider: one file of a good one is another, the
 * bag's manifests fit and the statements are signed again.
 *
 * The first line of the input is a path below data/.  Is the second "@N", the bytes after it
 * are written over those from N on; else what follows the first line is the file.  The good
 * package is in the folder $FUZZ_BASE, by default that of a small bracket.
 */
#include "tests/fuzz/insider.h"

#include "verifier/file.h"
#include "verifier/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena forever;
static struct member *base;
static size_t base_count, statement_count;
static const char *statements[3];
static char base_digest[VFY_HEX];

static void read_statements(const char *att, size_t n)
{
    for (const char *at = att; at < att + n && statement_count < 2;) {
        const char *lf = memchr(at, '\n', (size_t)(att + n - at));
        const struct json *line, *payload;
        struct err e;
        char *body;
        size_t len;

        fuzz_claim(lf != NULL && vfy_json_document(&forever, at, (size_t)(lf - at), "base", &line, &e) == 0,
                   "the base's attestations can be read");
        payload = vfy_json_get(line, "payload");
        fuzz_claim(vfy_text_base64(&forever, payload->u.text, payload->count, &body, &len) == 0, "and so can their payload");
        statements[statement_count++] = vfy_mem_copy(&forever, body, len);
        at = lf + 1;
    }
}

static void read_base(void)
{
    const char *folder = getenv("FUZZ_BASE") != NULL ? getenv("FUZZ_BASE") : "tests/fuzz/bracket";
    char *tar = NULL, *att = NULL;
    size_t n = 0, att_n = 0;
    struct source source;
    struct err e;

    fuzz_claim(vfy_file_read(&forever, vfy_mem_print(&forever, "%s/package.tar", folder), 1 << 26, &tar, &n, &e) == 0 &&
                   vfy_file_read(&forever, vfy_mem_print(&forever, "%s/attestations.intoto.jsonl", folder), 1 << 20,
                                 &att, &att_n, &e) == 0, "the base package is there");
    source = vfy_source_bytes(tar, n);
    fuzz_claim(vfy_ustar_read(&forever, &source, &base, &base_count, &e) == 0, "the base package can be read");
    vfy_crypto_sha256(tar, n, base_digest);
    read_statements(att, att_n);
    fuzz_claim(statement_count == 2, "the base has two statements");
}

/* the file after the change; false when the input changes nothing that is there */
static bool change(struct arena *a, const char *p, size_t n, struct member *m, size_t count)
{
    const char *lf = n > 0 ? memchr(p, '\n', n) : NULL, *rest, *after;
    const char *path = vfy_mem_print(a, "bag/data/%.*s", lf != NULL ? (int)(lf - p) : 0, p);
    size_t left, at, i = 0;

    while (i < count && strcmp(m[i].name, path) != 0)
        i++;
    if (lf == NULL || i == count)
        return false;
    rest = lf + 1;
    left = n - (size_t)(rest - p);
    lf = left > 0 && *rest == '@' ? memchr(rest, '\n', left) : NULL;
    if (lf != NULL && lf - rest < 9) {
        char *patched = vfy_mem_copy(a, m[i].data, m[i].size);

        at = (size_t)strtoul(vfy_mem_copy(a, rest + 1, (size_t)(lf - rest)), NULL, 10);
        after = lf + 1;
        left -= (size_t)(after - rest);
        if (at > m[i].size || left > m[i].size - at)
            return false;
        memcpy(patched + at, after, left);
        m[i].data = patched;
    } else {
        m[i].data = rest;
        m[i].size = left;
    }
    vfy_crypto_sha256(m[i].data, m[i].size, m[i].sha256);
    return true;
}

static void set(struct member *m, size_t count, const char *name, const struct buf *b)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(m[i].name, name) == 0) {
            m[i].data = b->p;
            m[i].size = b->len;
            vfy_crypto_sha256(b->p, b->len, m[i].sha256);
        }
}

/* the tag files that this payload needs */
static void repair(struct arena *a, struct member *m, size_t count)
{
    struct bag bag = {a, m, count};
    struct buf info = {a, NULL, 0, 0}, lines = {a, NULL, 0, 0}, tags = {a, NULL, 0, 0};
    size_t bytes = 0, files = 0;

    for (size_t i = 0; i < count; i++)
        if (vfy_bag_payload(&m[i]) != NULL) {
            bytes += m[i].size;
            files++;
        }
    vfy_mem_put(&info, "Payload-Oxum: %zu.%zu\n", bytes, files);
    set(m, count, "bag/bag-info.txt", &info);
    vfy_bag_lines(&bag, "", &lines);
    set(m, count, "bag/manifest-sha256.txt", &lines);
    for (size_t i = 0; i < count; i++)
        if (vfy_bag_payload(&m[i]) == NULL && strcmp(m[i].name, "bag/tagmanifest-sha256.txt") != 0)
            vfy_mem_put(&tags, "%s  %s\n", m[i].sha256, m[i].name + 4);
    set(m, count, "bag/tagmanifest-sha256.txt", &tags);
}

static void archive(struct buf *tar, const struct member *m, size_t count)
{
    static const char zeros[1024];
    char header[VFY_BLOCK];

    for (size_t i = 0; i < count; i++) {
        vfy_ustar_header(m[i].name, m[i].size, header);
        vfy_mem_add(tar, header, sizeof header);
        vfy_mem_add(tar, m[i].data, m[i].size);
        vfy_mem_add(tar, zeros, -m[i].size & 511);
    }
    vfy_mem_add(tar, zeros, sizeof zeros);
}

static void attest(struct buf *att, const char *digest)
{
    for (size_t i = 0; i < statement_count; i++) {
        char *body = vfy_mem_copy(att->arena, statements[i], strlen(statements[i])), *at = strstr(body, base_digest);

        fuzz_claim(at != NULL, "the base's statements are about it");
        memcpy(at, digest, VFY_HEX - 1);
        insider_envelope(att, "application/vnd.in-toto+json", body, strlen(body));
        vfy_mem_put(att, "\n");
    }
}

static void check_output(struct arena *a, struct verdict *v)
{
    struct buf text = {a, NULL, 0, 0}, json = {a, NULL, 0, 0};
    const struct json *doc;
    struct err e;
    int status = vfy_report_exit(&v->report);

    vfy_output_text(&text, v);
    vfy_output_json(&json, v);
    fuzz_claim(fuzz_printable(text.p, text.len) && fuzz_printable(json.p, json.len), "the verdict is printable");
    fuzz_claim(vfy_json_document(a, json.p, json.len, "verdict", &doc, &e) == 0, "the verdict is canonical JSON");
    fuzz_claim((strncmp(text.p, v->is_bracket ? "DRY" : "PASS", v->is_bracket ? 3 : 4) == 0) == (status == 0),
               "the first line says yes exactly with status 0");
    fuzz_claim(status != 0 || v->report.count == 0, "with a finding the status is not 0");
    fuzz_say(json.p, json.len);
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct verdict *v = vfy_mem_alloc(&a, sizeof *v);
    struct buf tar = {&a, NULL, 0, 0}, att = {&a, NULL, 0, 0};
    struct source source;
    struct member *m;
    char digest[VFY_HEX];
    bool ok;

    if (base == NULL)
        read_base();
    m = vfy_mem_alloc(&a, base_count * sizeof *m);
    memcpy(m, base, base_count * sizeof *m);
    if (!change(&a, p, n, m, base_count) && n > 0) {
        vfy_mem_release(&a);
        return false;
    }
    repair(&a, m, base_count);
    archive(&tar, m, base_count);
    vfy_crypto_sha256(tar.p, tar.len, digest);
    attest(&att, digest);
    source = vfy_source_bytes(tar.p, tar.len);
    vfy_verify_package(&a, &source, att.p, att.len, insider_policy(), v);
    vfy_verify_close(v);
    check_output(&a, v);
    ok = vfy_report_exit(&v->report) == 0;
    vfy_mem_release(&a);
    return ok;
}
