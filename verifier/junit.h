/* verifier/junit.h - the two reports of the harness for other tools. */
#ifndef VFY_JUNIT_H
#define VFY_JUNIT_H

#include "verifier/evidence.h"

/* vfy_junit_judge(v) - both are there, byte for byte what the cases give (E_FACTS_MISMATCH). */
void vfy_junit_judge(struct evidence *v);

#endif
