/*
 * tests/fuzz/fleet.c - a fleet of an insider: whatever it says of its targets is in a whole bag and
 * signed; the targets' packages are none.
 *
 * The first line of the input is fleet.json, the second the predicate, and the third the names of
 * which a package is there, with a space behind each.
 */
#include "tests/fuzz/insider.h"

#include "verifier/fleet.h"
#include "verifier/output.h"
#include "verifier/ustar.h"

#include <string.h>

static void put_member(struct buf *tar, const char *name, const char *p, size_t n)
{
    char block[VFY_BLOCK];

    vfy_ustar_header(name, n, block);
    vfy_mem_add(tar, block, VFY_BLOCK);
    vfy_mem_add(tar, p, n);
    memset(block, 0, VFY_BLOCK);
    vfy_mem_add(tar, block, (VFY_BLOCK - n % VFY_BLOCK) % VFY_BLOCK);
}

static void put_line(struct buf *manifest, const char *path, const char *p, size_t n)
{
    char hex[VFY_HEX];

    vfy_crypto_sha256(p, n, hex);
    vfy_mem_put(manifest, "%s  %s\n", hex, path);
}

/* fleet.json, and of each name both files, which are the byte x */
static void put_bag(struct arena *a, struct buf *tar, const char *doc, size_t n, char *names)
{
    static const char bagit[] = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
    struct buf manifest = {a, NULL, 0, 0}, tags = {a, NULL, 0, 0}, data = {a, NULL, 0, 0}, info = {a, NULL, 0, 0};
    size_t bytes = n, files = 1;

    put_member(&data, "bag/data/fleet.json", doc, n);
    put_line(&manifest, "data/fleet.json", doc, n);
    for (char *end; (end = strchr(names, ' ')) != NULL; names = end + 1) {
        *end = '\0';
        for (int i = 0; i < 2 && end - names <= 40; i++) {
            const char *path = vfy_mem_print(a, "data/targets/%s/%s", names, i == 0 ? "attestations.intoto.jsonl" : "package.tar");

            put_member(&data, vfy_mem_print(a, "bag/%s", path), "x", 1);
            put_line(&manifest, path, "x", 1);
            bytes++;
            files++;
        }
    }
    vfy_mem_put(&info, "Payload-Oxum: %zu.%zu\n", bytes, files);
    put_member(tar, "bag/bag-info.txt", info.p, info.len);
    put_line(&tags, "bag-info.txt", info.p, info.len);
    put_member(tar, "bag/bagit.txt", bagit, sizeof bagit - 1);
    put_line(&tags, "bagit.txt", bagit, sizeof bagit - 1);
    vfy_mem_add(tar, data.p, data.len);
    put_member(tar, "bag/manifest-sha256.txt", manifest.p, manifest.len);
    put_line(&tags, "manifest-sha256.txt", manifest.p, manifest.len);
    put_member(tar, "bag/tagmanifest-sha256.txt", tags.p, tags.len);
    vfy_mem_add(tar, (const char[2 * VFY_BLOCK]){0}, 2 * VFY_BLOCK);
}

static void put_statement(struct arena *a, struct buf *line, const struct buf *tar, const char *predicate, size_t n)
{
    struct buf body = {a, NULL, 0, 0};
    char hex[VFY_HEX];

    vfy_crypto_sha256(tar->p, tar->len, hex);
    vfy_mem_put(&body, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":");
    vfy_mem_add(&body, predicate, n);
    vfy_mem_put(&body, ",\"predicateType\":\"urn:dryproof:attestation:fleet-evidence:v1\",\"subject\":[{\"digest\":{\"sha256\":\"%s\"},\"name\":\"fleet.tar\"}]}", hex);
    insider_envelope(line, "application/vnd.in-toto+json", body.p, body.len);
    vfy_mem_put(line, "\n");
}

/* of what was interpreted and not refused as pieces of several fleets */
static void check_bound(const struct fleet *f)
{
    const struct json *p = vfy_json_get(f->own.attestations.lines[0].payload, "predicate"), *bound = vfy_json_get(p, "targets");

    fuzz_claim(vfy_json_same(vfy_json_get(p, "fleet_id"), vfy_json_get(f->doc, "fleet_id")), "the fleet is the one that is signed");
    fuzz_claim(vfy_json_count(bound) == f->count, "as many targets as are signed");
    for (size_t i = 0; i < f->count; i++) {
        const struct json *one = vfy_json_at(bound, i);

        fuzz_claim(vfy_json_is(vfy_json_get(one, "name"), f->targets[i].name), "each under the name that is signed");
        fuzz_claim((vfy_json_get(one, "package")->type == JSON_NULL) == f->targets[i].is_lost, "a lost one has no package, and no other has none");
    }
}

static void check_output(struct arena *a, struct fleet *f)
{
    struct buf text = {a, NULL, 0, 0}, json = {a, NULL, 0, 0};
    const struct json *verdict;
    struct err e;

    for (size_t i = 0; i < f->count; i++)
        if (i > 0)
            fuzz_claim(strcmp(f->targets[i - 1].name, f->targets[i].name) < 0, "targets stand by their names, each once");
    vfy_fleet_output(f->is_json ? &json : &text, f);
    if (!f->is_json) {
        fuzz_claim(fuzz_printable(text.p, text.len), "text is printable");
        fuzz_say(text.p, text.len);
        return;
    }
    fuzz_claim(fuzz_printable(json.p, json.len) && json.p[json.len - 1] == '\n' &&
                   vfy_json_document(a, json.p, json.len - 1, "", &verdict, &e) == 0, "JSON is canonical, and printable");
    fuzz_claim(vfy_json_int(vfy_json_get(verdict, "exit_status")) == f->worst, "it says the exit status");
    fuzz_say(json.p, json.len);
}

bool fuzz_target(const char *p, size_t n)
{
    const char *first = memchr(p, '\n', n), *second = first == NULL ? NULL : memchr(first + 1, '\n', (size_t)(p + n - first - 1));
    bool ok = false;

    if (second == NULL)
        return false;
    for (int i = 0; i < 2; i++) {
        struct arena a = {NULL, 0};
        struct buf tar = {&a, NULL, 0, 0}, line = {&a, NULL, 0, 0};
        struct fleet *f = vfy_mem_alloc(&a, sizeof *f);
        struct source source;

        put_bag(&a, &tar, p, (size_t)(first + 1 - p), vfy_mem_copy(&a, second + 1, (size_t)(p + n - second - 1)));
        put_statement(&a, &line, &tar, first + 1, (size_t)(second - first - 1));
        source = vfy_source_bytes(tar.p, tar.len);
        f->is_json = i == 1;
        vfy_fleet_verify(&a, &source, line.p, line.len, insider_policy(), f);
        vfy_fleet_close(f);
        ok = f->count > 0;
        fuzz_claim(f->worst != 0, "packages that are none never pass");
        if (ok && !f->own.report.met[E_BIND_FLEET])
            check_bound(f);
        check_output(&a, f);
        vfy_mem_release(&a);
    }
    return ok;
}
