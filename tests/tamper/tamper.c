/*
 * tests/tamper/tamper.c - every small edit of a small signed package, judged in one process
 * by the verifier's own objects: all bytes substituted, inserted and deleted, all cuts.
 *
 * Usage: tamper ROUND PACKAGE ATTESTATIONS SEED SHARD/SHARDS
 *   package       edits of the package, attestations as they were
 *   attestations  edits of the attestations, package as it was
 *   insider       edits of the package, whose new digest is signed
 *   deep          edits of one payload file, the bag sealed anew and signed
 *   control       attestations, for a verifier that believes every signature
 * A shard is one of SHARDS parts of all edits, drawn by SEED.  Prints what is accepted
 * ("accepted FILE KIND POSITION BYTE") and one line of counts; status 0 when that was said.
 *
 * To be fast, two pure functions of the verifier are remembered: a signature that was found
 * good is known the next time, and so is an insider's (one in CHECK is made and evaluated for
 * real); SHA-256 of the edited file continues from the state before the edit (one in CHECK is
 * computed again).  And in round "package", where a file that nobody signed meets nothing but
 * its digest, one in WHOLE goes through the whole verifier, and each whose digest is the old one.
 */
#include "verifier/verify.h"

#include "verifier/file.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK = 4096, WHOLE = 16, LINES = 2, MESSAGE = 4096, ROOM = 65536 };
enum kind { SUBSTITUTE, INSERT, DELETE, CUT, KINDS };
static const char *const kinds[KINDS] = {"substitute", "insert", "delete", "cut"};

struct bytes {
    char *p;
    size_t n;
};

static struct {
    struct arena arena, work, kept; /* of an edit's statements, of a verdict, for good */
    struct policy policy;
    struct trusted signer;
    EVP_PKEY *key;
    struct bytes package, attestations;
    struct member *members;
    size_t member_count;
    struct bytes payload[LINES]; /* the statements */
    char digest[VFY_HEX], facts[VFY_HEX];
    uint64_t seed, shard, shards, tried, accepted, by_kind[KINDS], by_code[VFY_CODES + 1], other_digest;
    bool believes; /* round control */
} t;

/* ---- the two functions that are remembered ---- */
bool __real_vfy_crypto_verify(const uint8_t raw[VFY_RAW_KEY], const void *sig, size_t sig_len, const void *p, size_t n);
bool __wrap_vfy_crypto_verify(const uint8_t raw[VFY_RAW_KEY], const void *sig, size_t sig_len, const void *p, size_t n);
void __real_vfy_crypto_sha256(const void *p, size_t n, char hex[VFY_HEX]);
void __wrap_vfy_crypto_sha256(const void *p, size_t n, char hex[VFY_HEX]);

static struct {
    char sig[VFY_SIG], message[MESSAGE];
    size_t n;
} good[LINES]; /* signatures of t.signer */

static struct {
    const char *file; /* the edited bytes, whose first `fixed` went into `state` */
    size_t n, fixed;
    EVP_MD_CTX *state, *copy;
    bool is_known;
    char hex[VFY_HEX];
    uint64_t calls;
} hash;

static void die(const char *what)
{
    fprintf(stderr, "tamper: %s\n", what);
    exit(70);
}

bool __wrap_vfy_crypto_verify(const uint8_t raw[VFY_RAW_KEY], const void *sig, size_t sig_len, const void *p, size_t n)
{
    for (int i = 0; i < LINES; i++)
        if (sig_len == VFY_SIG && n == good[i].n && memcmp(raw, t.signer.key.raw, VFY_RAW_KEY) == 0 &&
            memcmp(sig, good[i].sig, VFY_SIG) == 0 && memcmp(p, good[i].message, n) == 0)
            return true;
    return t.believes || __real_vfy_crypto_verify(raw, sig, sig_len, p, n);
}

void __wrap_vfy_crypto_sha256(const void *p, size_t n, char hex[VFY_HEX])
{
    unsigned char raw[32];

    if (p != hash.file || n != hash.n) {
        __real_vfy_crypto_sha256(p, n, hex);
        return;
    }
    if (!hash.is_known) {
        if (EVP_MD_CTX_copy_ex(hash.copy, hash.state) != 1 ||
            EVP_DigestUpdate(hash.copy, hash.file + hash.fixed, n - hash.fixed) != 1 ||
            EVP_DigestFinal_ex(hash.copy, raw, NULL) != 1)
            die("libcrypto cannot hash");
        for (int i = 0; i < 32; i++) {
            hash.hex[2 * i] = "0123456789abcdef"[raw[i] >> 4];
            hash.hex[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
        }
        hash.is_known = true;
        if (hash.calls++ % CHECK == 0) {
            __real_vfy_crypto_sha256(p, n, hex);
            if (memcmp(hex, hash.hex, VFY_HEX) != 0)
                die("the continued digest is not the digest");
        }
    }
    memcpy(hex, hash.hex, VFY_HEX);
}

/* the file to be hashed next, whose first `fixed` bytes are those of the unedited one */
static void hash_file(const char *file, size_t n, const char *unedited, size_t fixed)
{
    if (fixed < hash.fixed || hash.state == NULL) {
        if (hash.state == NULL && ((hash.state = EVP_MD_CTX_new()) == NULL || (hash.copy = EVP_MD_CTX_new()) == NULL))
            die("no memory");
        if (EVP_DigestInit_ex(hash.state, EVP_sha256(), NULL) != 1)
            die("libcrypto cannot hash");
        hash.fixed = 0;
    }
    if (EVP_DigestUpdate(hash.state, unedited + hash.fixed, fixed - hash.fixed) != 1)
        die("libcrypto cannot hash");
    hash.file = file;
    hash.n = n;
    hash.fixed = fixed;
    hash.is_known = false;
}

/* ---- the verdict ---- */
static int judge(const char *tar, size_t n, const char *att, size_t att_n)
{
    struct verdict *v;
    struct source source;
    const struct finding *first;
    int status;

    vfy_mem_reset(&t.work);
    v = vfy_mem_alloc(&t.work, sizeof *v);
    source = vfy_source_bytes(tar, n);
    vfy_verify_package(&t.work, &source, att, att_n, &t.policy, v);
    status = vfy_report_exit(&v->report);
    vfy_report_sort(&v->report);
    first = vfy_report_first(&v->report, status);
    t.by_code[status == 0 || first == NULL ? VFY_CODES : first->code]++;
    return status;
}

static bool is_ours(size_t position, enum kind kind, unsigned byte)
{
    uint64_t x = t.seed + (((uint64_t)position * KINDS + kind) * 256 + byte + 1) * 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (x ^ x >> 31) % t.shards == t.shard;
}

typedef int edited(const char *p, size_t n);

static void one(edited *f, const char *name, const struct bytes *file, char *p, size_t n, size_t at, enum kind kind,
                unsigned byte)
{
    if (!is_ours(at, kind, byte))
        return;
    hash_file(p, n, file->p, at);
    t.tried++;
    t.by_kind[kind]++;
    if (f(p, n) != 0)
        return;
    t.accepted++;
    if (!t.believes)
        printf("accepted %s %s %zu %u\n", name, kinds[kind], at, byte);
}

/* all edits of a file; three copies follow the position, so that none is made anew */
static void every(edited *f, const char *name, const struct bytes *file)
{
    size_t n = file->n;
    char *same = malloc(n + 1), *more = malloc(n + 1), *less = malloc(n + 1);

    if (same == NULL || more == NULL || less == NULL)
        die("no memory");
    memcpy(same, file->p, n);
    memcpy(more + 1, file->p, n);
    memcpy(less, file->p + (n > 0), n - (n > 0));
    hash.fixed = SIZE_MAX; /* another file: begin anew */
    for (size_t at = 0; at <= n; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            more[at] = (char)byte;
            one(f, name, file, more, n + 1, at, INSERT, byte);
            if (at < n && (char)byte != file->p[at]) {
                same[at] = (char)byte;
                one(f, name, file, same, n, at, SUBSTITUTE, byte);
            }
        }
        if (at == n)
            break;
        same[at] = more[at] = file->p[at];
        one(f, name, file, less, n - 1, at, DELETE, 0);
        one(f, name, file, same, at, at, CUT, 0);
        less[at] = file->p[at];
    }
    hash.file = NULL;
    free(same);
    free(more);
    free(less);
}

/* ---- an insider's attestations ---- */
static void sign(int i, const struct buf *pae, bool really)
{
    size_t n = VFY_SIG;
    EVP_MD_CTX *c;

    if (pae->len > MESSAGE)
        die("a statement is longer than foreseen");
    memcpy(good[i].message, pae->p, pae->len);
    good[i].n = really ? 0 : pae->len; /* 0: not remembered, so evaluated */
    if (!really)
        return;
    c = EVP_MD_CTX_new();
    if (c == NULL || EVP_DigestSignInit(c, NULL, NULL, NULL, t.key) != 1 ||
        EVP_DigestSign(c, (unsigned char *)good[i].sig, &n, (const unsigned char *)pae->p, pae->len) != 1)
        die("libcrypto cannot sign");
    EVP_MD_CTX_free(c);
}

static void put_hex(char *payload, const char *old, const char *new)
{
    char *at = strstr(payload, old);

    if (at == NULL)
        die("a statement does not name a digest");
    memcpy(at, new, VFY_HEX - 1);
}

/* both statements, about a package and facts of these digests */
static void attest(struct buf *out, const char *digest, const char *facts, bool really)
{
    static const char type[] = "application/vnd.in-toto+json";
    unsigned char text[MESSAGE * 2], sig[100];

    for (int i = 0; i < LINES; i++) {
        char *payload = vfy_mem_copy(out->arena, t.payload[i].p, t.payload[i].n);
        struct buf pae = {out->arena, NULL, 0, 0};

        put_hex(payload, t.digest, digest);
        if (i == 0)
            put_hex(payload, t.facts, facts);
        vfy_dsse_pae(&pae, type, payload, t.payload[i].n);
        sign(i, &pae, really);
        EVP_EncodeBlock(text, (unsigned char *)payload, (int)t.payload[i].n);
        EVP_EncodeBlock(sig, (unsigned char *)good[i].sig, VFY_SIG);
        vfy_mem_put(out, "{\"payload\":\"%s\",\"payloadType\":\"%s\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"%s\"}]}\n", text,
                    type, t.signer.key.keyid, sig);
    }
}

static int judge_signed(const char *tar, size_t n, const char *facts)
{
    struct buf lines = {&t.arena, NULL, 0, 0};

    vfy_mem_reset(&t.arena);
    if (tar != hash.file) { /* made anew: the verifier need not hash it a second time */
        __real_vfy_crypto_sha256(tar, n, hash.hex);
        hash.file = tar;
        hash.n = n;
        hash.is_known = true;
    } else {
        char ignored[VFY_HEX];

        __wrap_vfy_crypto_sha256(tar, n, ignored);
    }
    attest(&lines, hash.hex, facts, t.tried % CHECK == 1);
    return judge(tar, n, lines.p, lines.len);
}

/* ---- the rounds ---- */
static int edited_package(const char *p, size_t n)
{
    char digest[VFY_HEX];

    vfy_crypto_sha256(p, n, digest);
    if (t.tried % WHOLE != 0 && memcmp(digest, t.digest, VFY_HEX) != 0) {
        t.other_digest++;
        return 1;
    }
    return judge(p, n, t.attestations.p, t.attestations.n);
}

static int edited_attestations(const char *p, size_t n)
{
    return judge(t.package.p, t.package.n, p, n);
}

static int edited_insider(const char *p, size_t n)
{
    return judge_signed(p, n, t.facts);
}

static size_t deep; /* the member that is edited */

static void list(struct buf *out, const char *name, const char *hex)
{
    vfy_mem_put(out, "%s  %s\n", hex, name + 4); /* less "bag/" */
}

static size_t add(char *tar, size_t at, const char *name, const char *p, size_t n)
{
    size_t room = (n + VFY_BLOCK - 1) / VFY_BLOCK * VFY_BLOCK;

    if (at + VFY_BLOCK + room + 2 * VFY_BLOCK > 2 * ROOM)
        die("the package is larger than foreseen");
    vfy_ustar_header(name, n, tar + at);
    memcpy(tar + at + VFY_BLOCK, p, n);
    memset(tar + at + VFY_BLOCK + n, 0, room - n);
    return at + VFY_BLOCK + room;
}

/* one payload file is these bytes: tag files, archive and statements as dryproof-pack would have them */
static int edited_deep(const char *p, size_t n)
{
    static struct arena scratch;
    static char tar[2 * ROOM];
    struct buf manifest = {&scratch, NULL, 0, 0}, tags = {&scratch, NULL, 0, 0}, oxum = {&scratch, NULL, 0, 0};
    char edited_hex[VFY_HEX], hex[VFY_HEX], facts[VFY_HEX];
    size_t total = 0, files = 0, at = 0;

    vfy_mem_reset(&scratch);
    memcpy(facts, t.facts, VFY_HEX);
    __wrap_vfy_crypto_sha256(p, n, edited_hex);
    if (strcmp(t.members[deep].name, "bag/data/facts.json") == 0)
        memcpy(facts, edited_hex, VFY_HEX);
    for (size_t i = 0; i < t.member_count; i++)
        if (strncmp(t.members[i].name, "bag/data/", 9) == 0) {
            list(&manifest, t.members[i].name, i == deep ? edited_hex : t.members[i].sha256);
            total += i == deep ? n : t.members[i].size;
            files++;
        }
    vfy_mem_put(&oxum, "Payload-Oxum: %zu.%zu\n", total, files);
    for (size_t i = 0; i < t.member_count; i++) {
        const struct member *m = &t.members[i];
        struct bytes b = {(char *)m->data, m->size};

        if (i == deep)
            b = (struct bytes){(char *)p, n};
        else if (strcmp(m->name, "bag/manifest-sha256.txt") == 0)
            b = (struct bytes){manifest.p, manifest.len};
        else if (strcmp(m->name, "bag/bag-info.txt") == 0)
            b = (struct bytes){oxum.p, oxum.len};
        else if (strcmp(m->name, "bag/tagmanifest-sha256.txt") == 0)
            b = (struct bytes){tags.p, tags.len};
        if (strncmp(m->name, "bag/data/", 9) != 0) { /* tag files come after each other, the last lists them */
            __real_vfy_crypto_sha256(b.p, b.n, hex);
            list(&tags, m->name, hex);
        }
        at = add(tar, at, m->name, b.p, b.n);
    }
    memset(tar + at, 0, 2 * VFY_BLOCK);
    return judge_signed(tar, at + 2 * VFY_BLOCK, facts);
}

static void every_file(void)
{
    for (deep = 0; deep < t.member_count; deep++) {
        struct bytes file = {(char *)t.members[deep].data, t.members[deep].size};

        if (strncmp(t.members[deep].name, "bag/data/", 9) == 0)
            every(edited_deep, t.members[deep].name + 9, &file);
    }
}

/* ---- the start ---- */
static void read_file(const char *path, struct bytes *b)
{
    struct err e;

    if (vfy_file_read(&t.kept, path, ROOM, &b->p, &b->n, &e) != 0)
        die("cannot read a file, or it is larger than foreseen");
}

/* a key of this run alone: the golden package's own is published, and trusted by nobody */
static void make_key(void)
{
    unsigned char raw[32] = "dryproof tamper", pub[32];
    size_t n = sizeof pub;
    BIO *bio = BIO_new(BIO_s_mem());
    struct err e;
    char *pem;
    long len;

    memcpy(raw + 16, &t.seed, sizeof t.seed);
    t.key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof raw);
    if (t.key == NULL || EVP_PKEY_get_raw_public_key(t.key, pub, &n) != 1 || bio == NULL || PEM_write_bio_PUBKEY(bio, t.key) != 1)
        die("no key");
    len = BIO_get_mem_data(bio, &pem);
    if (vfy_crypto_key(&t.arena, pem, (size_t)len, &t.signer.key, &e) != 0)
        die("no key");
    BIO_free(bio);
    t.signer.role = ROLE_PACKAGER;
    t.signer.from = t.signer.until = t.signer.revoked_at = "";
    t.policy.keys = &t.signer;
    t.policy.key_count = 1;
}

static void read_statements(struct bytes *attestations)
{
    static const char from[] = "\"payload\":\"", facts[] = "\"facts_sha256\":\"";
    char *at = attestations->p;

    for (int i = 0; i < LINES; i++) {
        char *start = strstr(at, from), *end = start != NULL ? strchr(start + sizeof from - 1, '"') : NULL;
        int n;

        if (end == NULL || end - start > MESSAGE)
            die("not the attestations that are foreseen");
        start += sizeof from - 1;
        t.payload[i].p = vfy_mem_alloc(&t.kept, MESSAGE);
        n = EVP_DecodeBlock((unsigned char *)t.payload[i].p, (unsigned char *)start, (int)(end - start));
        t.payload[i].n = (size_t)n - (end[-1] == '=') - (end[-2] == '=');
        at = end;
    }
    at = strstr(t.payload[0].p, facts);
    if (at == NULL)
        die("not the statement that is foreseen");
    memcpy(t.facts, at + sizeof facts - 1, VFY_HEX - 1);
}

static void prepare(const char *package, const char *attestations)
{
    struct buf lines = {&t.arena, NULL, 0, 0};
    struct bytes old;
    struct source whole;
    struct err e;

    read_file(package, &t.package);
    read_file(attestations, &old);
    make_key();
    read_statements(&old);
    vfy_crypto_sha256(t.package.p, t.package.n, t.digest);
    attest(&lines, t.digest, t.facts, true);
    t.attestations.n = lines.len;
    t.attestations.p = vfy_mem_copy(&t.kept, lines.p, lines.len);
    whole = vfy_source_bytes(t.package.p, t.package.n);
    if (vfy_ustar_read(&t.kept, &whole, &t.members, &t.member_count, &e) != 0)
        die("no package");
    if (judge(t.package.p, t.package.n, t.attestations.p, t.attestations.n) != 0)
        die("the unedited package is not accepted");
    /* these two were just found good: remember them */
    for (int i = 0; i < LINES; i++) {
        struct buf pae = {&t.arena, NULL, 0, 0};

        vfy_dsse_pae(&pae, "application/vnd.in-toto+json", t.payload[i].p, t.payload[i].n);
        good[i].n = pae.len;
    }
    t.by_code[VFY_CODES] = 0;
}

int main(int argc, char **argv)
{
    const char *round = argc == 6 ? argv[1] : "";

    if (argc != 6 || sscanf(argv[5], "%" SCNu64 "/%" SCNu64, &t.shard, &t.shards) != 2 || t.shard >= t.shards) {
        fprintf(stderr, "usage: tamper ROUND PACKAGE ATTESTATIONS SEED SHARD/SHARDS\n");
        return 2;
    }
    t.seed = strtoull(argv[4], NULL, 10);
    prepare(argv[2], argv[3]);
    t.believes = strcmp(round, "control") == 0;
    if (strcmp(round, "package") == 0)
        every(edited_package, "package.tar", &t.package);
    else if (strcmp(round, "attestations") == 0 || t.believes)
        every(edited_attestations, "attestations.intoto.jsonl", &t.attestations);
    else if (strcmp(round, "insider") == 0)
        every(edited_insider, "package.tar", &t.package);
    else if (strcmp(round, "deep") == 0)
        every_file();
    else
        die("no such round");
    printf("%s %" PRIu64 " tried %" PRIu64 " accepted", round, t.tried, t.accepted);
    for (int k = 0; k < KINDS; k++)
        printf(" %s=%" PRIu64, kinds[k], t.by_kind[k]);
    if (t.other_digest > 0)
        printf(" other-digest=%" PRIu64, t.other_digest);
    for (int c = 0; c < VFY_CODES; c++)
        if (t.by_code[c] > 0)
            printf(" %s=%" PRIu64, vfy_findings_info((enum vfy_code)c)->name, t.by_code[c]);
    printf("\n");
    return fflush(stdout) == 0 ? 0 : 5;
}
