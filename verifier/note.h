/*
 * verifier/note.h - the forms of a log: checkpoint (a signed note) and proof.  FORMAT.md section 9.
 *
 * parse judges the form alone: what a note says is compared by log.c.
 */
#ifndef VFY_NOTE_H
#define VFY_NOTE_H

#include "verifier/policy.h"

enum { VFY_HASH = 32, VFY_NOTE_BYTES = 512, VFY_PROOF_BYTES = 2048 };

struct note {
    const char *origin, *root_text;
    size_t size;
    uint8_t root[VFY_HASH], id[4];
    char signature[VFY_SIG];
    const char *text; /* what is signed */
    size_t text_len;
};

struct proof {
    size_t index, count;
    uint8_t hashes[32][VFY_HASH]; /* from the leaf upwards */
    const char *note;
    size_t note_len;
};

/* vfy_note_parse(a, p, n, path, out, e) - a checkpoint; E_LOG_CHECKPOINT for any other bytes. */
int vfy_note_parse(struct arena *a, const char *p, size_t n, const char *path, struct note *out,
                   struct err *e) __attribute__((warn_unused_result));

/* vfy_note_proof(a, p, n, path, out, e) - a tlog-proof, its checkpoint not yet parsed;
 * E_LOG_PROOF. */
int vfy_note_proof(struct arena *a, const char *p, size_t n, const char *path, struct proof *out,
                   struct err *e) __attribute__((warn_unused_result));

/* vfy_note_is_proof(p, n) - whether the bytes begin as a tlog-proof. */
bool vfy_note_is_proof(const char *p, size_t n);

/*
 * vfy_note_signer(policy, note, path, signer, e) - the log key whose signature it bears.
 *
 * *signer is NULL when the policy has no log key: then nothing was evaluated; and unless one of
 * them signed it, which a revoked one may have, too.  E_LOG_KEY, E_LOG_SIGNATURE, E_KEY_REVOKED.
 */
int vfy_note_signer(const struct policy *policy, const struct note *note, const char *path,
                    const struct trusted **signer, struct err *e) __attribute__((warn_unused_result));

#endif
