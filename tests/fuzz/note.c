/* tests/fuzz/note.c - a checkpoint, or a proof with one in it: what is accepted, written again
 * from what was read, is the same bytes, so that nothing stands in it that nobody reads. */
#include "tests/fuzz/insider.h"

#include "verifier/note.h"

#include <string.h>

static void write_note(struct buf *b, const struct note *note)
{
    char both[4 + VFY_SIG];

    memcpy(both, note->id, 4);
    memcpy(both + 4, note->signature, VFY_SIG);
    vfy_mem_put(b, "%s\n%zu\n", note->origin, note->size);
    insider_base64(b, note->root, VFY_HASH);
    vfy_mem_put(b, "\n\n\xe2\x80\x94 %s ", note->origin);
    insider_base64(b, both, sizeof both);
    vfy_mem_put(b, "\n");
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct buf again = {&a, NULL, 0, 0};
    struct err e = {VFY_NO_CODE, "", ""};
    struct proof proof = {.note = p, .note_len = n};
    struct note note;
    bool ok = (!vfy_note_is_proof(p, n) || vfy_note_proof(&a, p, n, "x", &proof, &e) == 0) &&
              vfy_note_parse(&a, proof.note, proof.note_len, "x", &note, &e) == 0;

    if (ok && vfy_note_is_proof(p, n)) {
        vfy_mem_put(&again, "c2sp.org/tlog-proof@v1\nindex %zu\n", proof.index);
        for (size_t i = 0; i < proof.count; i++) {
            insider_base64(&again, proof.hashes[i], VFY_HASH);
            vfy_mem_put(&again, "\n");
        }
        vfy_mem_put(&again, "\n");
    }
    if (ok) {
        fuzz_claim(note.size > 0 && note.text == proof.note && note.text_len < n, "what is signed is the beginning of the note");
        write_note(&again, &note);
        fuzz_claim(again.len == n && memcmp(again.p, p, n) == 0, "a note and a proof have one spelling");
        fuzz_says(note.origin);
    } else {
        insider_refused(&e, "E_LOG_CHECKPOINT E_LOG_PROOF");
    }
    vfy_mem_release(&a);
    return ok;
}
