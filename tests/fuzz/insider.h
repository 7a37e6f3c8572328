/*
 * tests/fuzz/insider.h - what the targets for the verifier share: an insider who signs whatever
 * the fuzzer writes, so that it is met behind the signature, and the reading of answers.
 */
#ifndef FUZZ_INSIDER_H
#define FUZZ_INSIDER_H

#include "tests/fuzz/fuzz.h"
#include "verifier/policy.h"

/* insider_policy() - trusts the insider's key as packager; nothing is governed. */
const struct policy *insider_policy(void);

/* insider_envelope(b, type, body, n) - append the signed DSSE envelope, without LF. */
void insider_envelope(struct buf *b, const char *type, const char *body, size_t n);

/* insider_sshsig(b, hash, p, n) - append the armored SSH signature of p, without LF at its end;
 * hash is "sha512" or "sha256". */
void insider_sshsig(struct buf *b, const char *hash, const char *p, size_t n);

/* insider_signed(a, armor, len, p, n) - the armor, white space aside, is one of these two:
 * Ed25519 is deterministic, so that nothing else is a signature of p by this key. */
bool insider_signed(struct arena *a, const char *armor, size_t len, const char *p, size_t n);

/* insider_base64(b, p, n) - append standard base64, by libcrypto. */
void insider_base64(struct buf *b, const void *p, size_t n);

/* insider_refused(e, stages) - say why it was refused, and claim that the finding's name
 * starts with one of the words of stages; returns false. */
bool insider_refused(const struct err *e, const char *stages);

/* insider_file(a, name, p, n) - the path of a file with these bytes in fuzz_folder(). */
const char *insider_file(struct arena *a, const char *name, const void *p, size_t n);

/* insider_object(a, type, p, n, oid) - a loose object in fuzz_folder()/objects. */
void insider_object(struct arena *a, const char *type, const char *p, size_t n, char oid[41]);

/* insider_forget(a, oid) - and its removal: an object more makes the next look slower. */
void insider_forget(struct arena *a, const char *oid);

/* insider_branch(a, oid) - refs/heads/main of that repository. */
void insider_branch(struct arena *a, const char *oid);

#endif
