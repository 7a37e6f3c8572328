/*
 * verifier/findings.h - the published findings, generated from schemas/findings.tsv.
 *
 * The table is sorted by stage, so a smaller code is an earlier stage; the first
 * failing stage wins the headline.  Everything up to VFY_LAST_INTEGRITY says that
 * the package is not what was signed or not one piece; the rest is about claims.
 */
#ifndef VFY_FINDINGS_H
#define VFY_FINDINGS_H

#include <stdbool.h>

enum vfy_code {
    VFY_NO_CODE,
#define FINDING(code, exit, meaning, section, advice) code,
#include "gen/findings.inc"
#undef FINDING
    VFY_CODES
};
#define VFY_LAST_INTEGRITY E_REPO_UNSAFE

struct vfy_finding_info {
    const char *name;
    int exit_status;
    const char *meaning, *section, *advice;
};

/* vfy_findings_info(code) - the line of the table; VFY_NO_CODE gives an empty one. */
const struct vfy_finding_info *vfy_findings_info(enum vfy_code code);

/* vfy_findings_named(name) - the code of that name, or VFY_NO_CODE. */
enum vfy_code vfy_findings_named(const char *name);

/*
 * vfy_findings_worse(a, b) - which of two exit statuses a run reports.
 *
 * Precedence 70, 2, 6, 5, 1, 4, 3, 0; a status outside the list counts as 70.
 */
int vfy_findings_worse(int a, int b);

#endif
