/*
 * tests/fuzz/fuzz.h - what all targets share.  A target is one file NAME.c with
 * fuzz_target(); linked with fuzz.c it is a libFuzzer target (AFL++ takes the same), and
 * with main.c a program that runs the files it is given, which is how `make check` runs
 * tests/fuzz/seeds/NAME.  Includes nothing of ours, so that a target may test any program.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * fuzz_target(p, n) - one input; whether it was accepted.
 *
 * Called twice for every input, with the bytes elsewhere in memory: what it says must be
 * the same both times.  It frees all that it took.
 */
bool fuzz_target(const char *p, size_t n);

/* fuzz_say(p, n) / fuzz_says(text) - part of the answer, for the comparison. */
void fuzz_say(const void *p, size_t n);
void fuzz_says(const char *text);

/* fuzz_claim(holds, property) - a property that must hold for every input; else abort(). */
void fuzz_claim(bool holds, const char *property);

/* fuzz_keep(ending, p, n) - of an accepted input, for other readers: a file in $FUZZ_ACCEPTED. */
void fuzz_keep(const char *ending, const void *p, size_t n);

/* fuzz_folder() - a folder of this process alone, removed when it ends. */
const char *fuzz_folder(void);

/* fuzz_printable(p, n) - only 0x20 to 0x7e and LF. */
bool fuzz_printable(const char *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
extern size_t fuzz_inputs, fuzz_accepted;

#endif
