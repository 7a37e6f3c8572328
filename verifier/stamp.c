/* verifier/stamp.c - see stamp.h. */
#include "verifier/stamp.h"

#include "verifier/shape.h"
#include "verifier/text.h"

#include <stdio.h>
#include <string.h>

/* the signature that it is over; by the digest, since a file of timestamps has no other order */
static struct envelope *find_signature(struct attestations *set, const struct stamp *s)
{
    struct envelope *one;
    uint8_t digest[64];

    for (size_t i = 0; (one = vfy_attest_each(set, i)) != NULL; i++)
        if (memcmp(s->imprint, digest, vfy_crypto_raw(s->bits, one->sig, one->sig_len, digest)) == 0)
            return one;
    return NULL;
}

static int read_line(struct arena *a, const char *p, size_t n, struct attestations *set, struct stamp_of *out, struct err *e)
{
    const struct json *doc, *b64;
    char where[80], *der;

    if (vfy_json_document(a, p, n, out->path, &doc, e) != 0) {
        if (vfy_findings_info(e->code)->exit_status == 1)
            e->code = E_TIMESTAMP_INVALID;
        return -1;
    }
    if (!vfy_shape_check(doc, "{signedTimestamp:S}", where, sizeof where))
        return vfy_err_set(e, E_TIMESTAMP_INVALID, out->path, "not an object with signedTimestamp alone");
    b64 = vfy_json_get(doc, "signedTimestamp");
    if (vfy_text_base64(a, b64->u.text, b64->count, &der, &out->n) != 0)
        return vfy_err_set(e, E_TIMESTAMP_INVALID, out->path, "not standard base64 with padding");
    if (out->n > VFY_MAX_TIMESTAMP_BYTES)
        return vfy_err_set(e, E_LIMIT_SIZE, out->path, "%zu bytes, more than MAX_TIMESTAMP_BYTES", out->n);
    out->p = der;
    if (vfy_crypto_stamp(out->p, out->n, out->path, &out->says, e) != 0)
        return -1;
    out->signature = find_signature(set, &out->says);
    if (out->signature == NULL)
        return vfy_err_set(e, E_TIMESTAMP_MISMATCH, out->path, "it is over no signature of these attestations");
    if (out->signature->stamped != NULL)
        return vfy_err_set(e, E_TIMESTAMP_INVALID, out->path, "another one of the same signature");
    return 0;
}

void vfy_stamp_read(struct arena *a, const char *p, size_t n, const char *name, struct attestations *set, struct stamps *out)
{
    const char *at = p, *end = p + n, *lf;

    for (size_t line = 1; at < end && out->failed.code == VFY_NO_CODE; line++) {
        struct stamp_of one = {.p = NULL};

        snprintf(one.path, sizeof one.path, "%.40s:%zu", name, line);
        lf = memchr(at, '\n', (size_t)(end - at));
        if (out->count == VFY_MAX_TIMESTAMPS) {
            vfy_err_set(&out->failed, E_LIMIT_COUNT, one.path, "more than MAX_TIMESTAMPS");
        } else if (lf == NULL) {
            vfy_err_set(&out->failed, E_TIMESTAMP_INVALID, one.path, "the line does not end with LF");
        } else if (read_line(a, at, (size_t)(lf - at), set, &one, &out->failed) == 0) {
            one.signature->stamped = vfy_mem_print(a, "%s", one.says.time);
            out->all[out->count++] = one;
        }
        at = lf == NULL ? end : lf + 1;
    }
}

/* The two times are of two clocks. */
static bool is_early(const char *stamped, const char *finished)
{
    return vfy_text_micros(finished) - vfy_text_micros(stamped) > (int64_t)VFY_MAX_TIMESTAMP_SECONDS * 1000000;
}

static void judge_one(struct arena *a, const struct stamp_of *one, const struct policy *policy, const char *finished,
                      struct report *r)
{
    size_t count;
    const struct root **roots = vfy_policy_authorities(a, policy, one->says.time, &count);
    struct err e;

    if (vfy_crypto_stamp_holds(one->p, one->n, &one->says, roots, count, one->signature->sig, one->signature->sig_len,
                               one->path, &e) != 0) {
        vfy_report_error(r, LEVEL_3, &e);
        return;
    }
    one->signature->when = one->signature->stamped;
    if (is_early(one->says.time, finished))
        vfy_report_check(r, LEVEL_3, false, E_TIMESTAMP_EARLY, one->path, "it is of %s, the run finished at %s", one->says.time,
                         finished);
}

void vfy_stamp_judge(struct arena *a, const struct stamps *stamps, struct attestations *set, const struct policy *policy,
                     const char *finished, struct report *r)
{
    if (stamps->failed.code != VFY_NO_CODE)
        vfy_report_error(r, LEVEL_3, &stamps->failed);
    if (stamps->count > 0 && policy->authority_count == 0)
        vfy_report_unseen(r, VFY_STAMP_UNSEEN);
    for (size_t i = 0; i < stamps->count && policy->authority_count > 0; i++)
        judge_one(a, &stamps->all[i], policy, finished, r);
    for (size_t i = 0; i < set->count && policy->wants_timestamps; i++)
        if (set->lines[i].when == NULL)
            vfy_report_check(r, LEVEL_3, false, E_TIMESTAMP_MISSING, vfy_mem_print(a, "attestations.intoto.jsonl:%zu", i + 1),
                             "its signature has no timestamp that counts");
}
