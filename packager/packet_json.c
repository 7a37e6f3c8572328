/* packager/packet_json.c - see packager/packet_json.h. */
#include "packager/packet_json.h"

#include "base/exit.h"
#include "packager/limits.h"
#include "packager/text.h"

/* A copy with every string of data escaped to printable ASCII. */
static struct jv *quoted(const struct jv *v)
{
    struct buf text = buf_init(PKG_DOCUMENT_MAX);
    struct err ignored;
    struct jv *c = NULL;

    if (v == NULL || (v->type != JV_STRING && v->type != JV_ARRAY && v->type != JV_OBJECT))
        return jv_copy(v);
    if (v->type == JV_STRING) {
        if (buf_add(&text, "", 0, &ignored) == 0 &&
            pkg_text_plain(v->bytes, v->len, &text, &ignored) == 0)
            c = jv_string_len(text.data, text.len);
        buf_release(&text);
        return c;
    }
    c = v->type == JV_ARRAY ? jv_array() : jv_object();
    for (size_t i = 0; i < v->count; i++) {
        if (v->type == JV_ARRAY)
            jv_add(c, quoted(v->items[i]));
        else
            jv_set(c, v->keys[i], quoted(v->items[i]));
    }
    return c;
}

static int write_doc(struct jv *doc, const char *schema, struct buf *out, struct err *e)
{
    int rc;

    jv_set(doc, "schema", jv_string(schema));
    rc = jv_document(doc, out, e);
    jv_free(doc);
    return rc;
}

int pkg_packet_json_review(const struct jv *model, struct buf *out, struct err *e)
{
    return write_doc(quoted(model), "dryproof.review/1", out, e);
}

int pkg_packet_json_paths(const struct jv *model, struct buf *out, struct err *e)
{
    const struct jv *claims = jv_get(model, "claims");
    struct jv *list = jv_array();

    for (size_t i = 0; i < claims->count; i++) {
        const struct jv *evidence = jv_get(claims->items[i], "evidence");

        jv_add(list, jv_set(jv_set(jv_object(), "claim", quoted(jv_get(claims->items[i], "id"))),
                            "evidence", quoted(evidence)));
    }
    return write_doc(jv_set(jv_set(jv_object(), "claims", list), "member_prefix",
                            jv_string("bag/data/")),
                     "dryproof.evidence-paths/1", out, e);
}

int pkg_packet_json_hashes(const struct jv *model, struct buf *out, struct err *e)
{
    static const char *const names[] = {"facts_sha256", "manifest_sha256", "package", "package_size",
                                        "payload_bytes", "payload_files", "plan_sha256", "tree_pin"};
    const struct jv *manifests = jv_get(model, "manifests");
    struct jv *doc = jv_object();
    struct jv *list = jv_array();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        jv_set(doc, names[i], quoted(jv_get(model, names[i])));
    for (size_t i = 0; i < manifests->count; i++) {
        const struct jv *m = manifests->items[i];

        jv_add(list, jv_set(jv_set(jv_object(), "name", quoted(jv_get(m, "name"))), "sha256",
                            quoted(jv_get(m, "sha256"))));
    }
    return write_doc(jv_set(doc, "manifests", list), "dryproof.expected-hashes/1", out, e);
}

int pkg_packet_json_exits(const struct jv *model, struct buf *out, struct err *e)
{
    static const struct {
        int status;
        const char *meaning;
    } codes[] = {
        {EXIT_HOLDS, "everything required was checked and holds"},
        {EXIT_PROVEN_BAD, "proven bad: tampered, or a claim is refuted"},
        {EXIT_WRONG_INPUT, "command line, plan or policy file wrong; nothing done"},
        {EXIT_HOLD, "HOLD: required evidence missing, not measurable, or nothing to check"},
        {EXIT_NO_TRUSTED_KEY, "no trusted key of a fitting role; signature not evaluated"},
        {EXIT_ENVIRONMENT, "environment: database, disk, lock, time-out, memory"},
        {EXIT_TOO_NEW_OR_LARGE, "unknown format version, or a published limit exceeded"},
        {EXIT_BUG, "a bug in the program"},
    };
    struct jv *list = jv_array();

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        jv_add(list, jv_set(jv_set(jv_object(), "meaning", jv_string(codes[i].meaning)), "status",
                            jv_int(codes[i].status)));
    return write_doc(jv_set(jv_set(jv_object(), "exit_codes", list), "this_verdict",
                            jv_copy(jv_get(model, "exit_status"))),
                     "dryproof.exit-codes/1", out, e);
}

int pkg_packet_json_manifest(const struct jv *model, struct buf *out, struct err *e)
{
    struct jv *doc = jv_object();

    jv_set(doc, "package", jv_copy(jv_get(model, "package")));
    jv_set(doc, "package_files", jv_string("bag/manifest-sha256.txt in package.tar"));
    jv_set(doc, "packet_files", jv_string("line 3 of attestations.intoto.jsonl"));
    jv_set(doc, "tree_pin", jv_copy(jv_get(model, "tree_pin")));
    return write_doc(doc, "dryproof.packet-manifest/1", out, e);
}
