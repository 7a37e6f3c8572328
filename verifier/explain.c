/* verifier/explain.c - see explain.h. */
#include "verifier/explain.h"

#include "verifier/output.h"

#include <string.h>

enum { LONGEST_NAME = 40 };

static const struct {
    const char *name, *kind, *meaning, *advice;
} words[] = {
#define WORD(name, kind, meaning, advice) {name, kind, meaning, advice},
#include "gen/words.inc"
#undef WORD
};
enum { WORDS = sizeof words / sizeof *words };

static void member(struct buf *b, const char *prefix, const char *text)
{
    vfy_mem_put(b, "%s", prefix);
    vfy_output_string(b, text);
}

static void finding(struct buf *b, const struct vfy_finding_info *f, bool is_json)
{
    if (!is_json) {
        vfy_mem_put(b, "%s\n  %s\n  exit status %d; FORMAT.md section %s\n  do: %s\n", f->name, f->meaning,
                    f->exit_status, f->section, f->advice);
        return;
    }
    member(b, "{\"advice\":", f->advice);
    vfy_mem_put(b, ",\"exit_status\":%d,\"kind\":\"finding\"", f->exit_status);
    member(b, ",\"meaning\":", f->meaning);
    member(b, ",\"name\":", f->name);
    member(b, ",\"schema\":\"dryproof.explain/1\",\"section\":", f->section);
    vfy_mem_put(b, "}\n");
}

static void word(struct buf *b, int i, bool is_json)
{
    if (!is_json) {
        vfy_mem_put(b, "%s (%s)\n  %s\n  do: %s\n", words[i].name, words[i].kind, words[i].meaning, words[i].advice);
        return;
    }
    member(b, "{\"advice\":", words[i].advice);
    member(b, ",\"exit_status\":null,\"kind\":", words[i].kind);
    member(b, ",\"meaning\":", words[i].meaning);
    member(b, ",\"name\":", words[i].name);
    vfy_mem_put(b, ",\"schema\":\"dryproof.explain/1\",\"section\":null}\n");
}

bool vfy_explain(struct buf *b, const char *name, bool is_json)
{
    const struct vfy_finding_info *f = vfy_findings_info(vfy_findings_named(name));
    int i = 0;

    if (f->name[0] != '\0') {
        finding(b, f, is_json);
        return true;
    }
    while (i < WORDS && strcmp(words[i].name, name) != 0)
        i++;
    if (i < WORDS)
        word(b, i, is_json);
    return i < WORDS;
}

static int upper(char c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/* how many letters differ, of either case */
static size_t distance(const char *a, const char *b)
{
    size_t row[LONGEST_NAME + 1], n = strlen(b);

    if (n > LONGEST_NAME || strlen(a) > LONGEST_NAME)
        return 99;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (upper(a[i - 1]) != upper(b[j - 1]));

            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[n];
}

const char *vfy_explain_closer(const char *name, const char *candidate, const char *best)
{
    size_t d = distance(name, candidate), least = best != NULL ? distance(name, best) : 3;

    return d < least && d * 2 < strlen(candidate) ? candidate : best;
}

const char *vfy_explain_near(const char *name)
{
    const char *best = NULL;

    for (int i = VFY_NO_CODE + 1; i < VFY_CODES; i++)
        best = vfy_explain_closer(name, vfy_findings_info((enum vfy_code)i)->name, best);
    for (int i = 0; i < WORDS; i++)
        best = vfy_explain_closer(name, words[i].name, best);
    return best;
}
