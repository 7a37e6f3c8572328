/* verifier/findings.c - see findings.h.  Includes libc only. */
#include "verifier/findings.h"

#include <string.h>

static const struct vfy_finding_info table[VFY_CODES] = {
    {"", 0, "", "", ""},
#define FINDING(code, exit, meaning, section, advice) {#code, exit, meaning, section, advice},
#include "gen/findings.inc"
#undef FINDING
};

const struct vfy_finding_info *vfy_findings_info(enum vfy_code code)
{
    return &table[code < VFY_CODES ? code : VFY_NO_CODE];
}

enum vfy_code vfy_findings_named(const char *name)
{
    int i = VFY_CODES;

    while (--i > 0 && strcmp(table[i].name, name) != 0)
        ;
    return (enum vfy_code)i;
}

static int rank(int status)
{
    static const int order[] = {0, 3, 4, 1, 5, 6, 2, 70};
    int i = 0;

    while (i < 7 && order[i] != status)
        i++;
    return i;
}

int vfy_findings_worse(int a, int b)
{
    int worse = rank(a) >= rank(b) ? a : b;

    return rank(worse) == 7 ? 70 : worse;
}
