/* packager/model_claims.c - the verdict's lists of packager/model_lists.h: claims with the files
 * that they rest on, phases, and the reasons for what is not PASS. */
#include "packager/model_lists.h"

#include <stdlib.h>
#include <string.h>

/* What a claim says, for who meets its name first, and the phase of governed change whose
 * evidence it is.  FORMAT.md section 10. */
static const struct {
    const char *id, *phase, *words;
} claims_of[] = {
    {"executed", "P6", "Every step ran through its registered endpoint, and its command, input, output and end are here."},
    {"identity", "P0", "Both snapshots are of one database, on one server."},
    {"gates-dry-run-only", "P0", "The gates allow a dry run and nothing else."},
    {"no-state", "P6", "Tables, catalog and sequences are the same before and after, but for the changes that the plan allows."},
    {"ids-accounted", "P6", "Every transaction id that was used up belongs to a known step."},
    {"no-write-witness", "P6", "Every WAL record and every physical change has a named cause."},
    {"manifest-deterministic", "P6", "PostgreSQL, the collector and the verifier get the expected hash, each time."},
    {"preflight-ready", "P5", "Each preflight check holds by the rows, and the step says the same."},
    {"owner-present", "P4", "The object has its owner."},
    {"grant-scoped", "P4", "One grant, bound to this carrier, plan, manifest and exact set of actions."},
    {"grant-single-use", "P6", "The grant was used once, by the step that may, and refused the second time."},
    {"reject-coverage", "P6", "Every reject code was met, or cannot be for a reason that the catalog proves."},
    {"fail-closed", "P6", "Each bad input got its own code, no seal, and left nothing behind."},
    {"real-run-blocked", "P6", "A real run raises an error."},
    {"readback-clean", "P6", "The readback says what the queries say."},
    {"rollback-oracle", "P6", "Each unlawful rollback is refused by its own code."},
    {"contracts-registered", "P3", "Every DOT has its contract, its registry row and its pair."},
    {"catalog-reconciled", "P3", "The catalogue counts what the registry holds."},
    {"admitted", "P1", "Every new DOT has one admission record, for the definition that ran."},
    {"reuse-first", "P3", "Every reused DOT is there, unchanged."},
    {"no-forbidden-dot", "P6", "No DOT of the named list was called."},
    {"authority-firewall", "P6", "No output claims authority."},
};

static const struct {
    const char *phase, *words, *also; /* also: a claim of a later phase that is evidence here too */
} phases[] = {
    {"P0", "The capability is granted, for a dry run and not for a real one.", NULL},
    {"P1", "Every new DOT is admitted.", NULL},
    {"P2", "The collection exists and is registered: checks of the preflight, made again from the rows.", "preflight-ready"},
    {"P3", "Contracts are registered, what exists is reused, the catalogue is in step.", NULL},
    {"P4", "A grant is issued, and the object has an owner.", NULL},
    {"P5", "The preflight is ready for a dry run.", NULL},
    {"P6", "The dry run ran, was refused where it had to be, and left nothing behind but what the plan allows.", NULL},
    {"P7", "The reviewer confirms, rejects or holds. That decision is no part of this packet.", NULL},
};

static const struct {
    const char *code, *meaning;
} findings_of[] = {
#define FINDING(code, exit, meaning, section, advice) {#code, meaning},
#include "gen/findings.inc"
#undef FINDING
};

struct jv *pkg_model_tone(const struct jv *status)
{
    return jv_string(jv_text_is(status, "PASS") ? "good" : jv_text_is(status, "FAIL") ? "bad"
                     : jv_text_is(status, "HOLD") ? "hold" : "none");
}

static int by_path(const void *a, const void *b)
{
    const struct jv *x = *(struct jv *const *)a, *y = *(struct jv *const *)b;
    int order = strcmp(jv_get_text(x, "path"), jv_get_text(y, "path"));

    return order != 0 ? order : strcmp(jv_get_text(x, "sha256"), jv_get_text(y, "sha256"));
}

static struct jv *file_of(const struct jv *files, const struct jv *evidence)
{
    for (size_t i = 0; i < files->count; i++)
        if (jv_equal(jv_get(files->items[i], "path"), jv_get(evidence, "path")) &&
            jv_equal(jv_get(files->items[i], "sha256"), jv_get(evidence, "sha256")))
            return files->items[i];
    return NULL;
}

static bool is_shown(const struct jv *claim, bool is_bracket)
{
    return !is_bracket || !jv_text_is(jv_get(claim, "status"), "N-A");
}

struct jv *pkg_model_files(const struct jv *claims, bool is_bracket)
{
    struct jv *files = jv_array();

    for (size_t i = 0; files != NULL && i < claims->count; i++) {
        const struct jv *evidence = jv_get(claims->items[i], "evidence");

        for (size_t k = 0; is_shown(claims->items[i], is_bracket) && jv_is(evidence, JV_ARRAY) && k < evidence->count; k++) {
            const struct jv *one = evidence->items[k];
            const struct jv *path = jv_get(one, "path"), *digest = jv_get(one, "sha256");

            if (!jv_is(path, JV_STRING) || !jv_is(digest, JV_STRING)) {
                jv_free(files);
                return NULL;
            }
            if (file_of(files, one) == NULL)
                jv_add(files, jv_set(jv_set(jv_object(), "path", jv_copy(path)), "sha256", jv_copy(digest)));
        }
    }
    if (files == NULL || files->is_broken)
        return files;
    if (files->count > 0)
        qsort(files->items, files->count, sizeof(struct jv *), by_path);
    for (size_t i = 0; i < files->count; i++)
        jv_set(files->items[i], "number", jv_int((int64_t)i + 1));
    return files;
}

static const char *words_of(const struct jv *id)
{
    for (size_t i = 0; i < sizeof claims_of / sizeof *claims_of; i++)
        if (jv_text_is(id, claims_of[i].id))
            return claims_of[i].words;
    return "";
}

struct jv *pkg_model_shown(const struct jv *claims, const struct jv *files, bool is_bracket)
{
    struct jv *list = jv_array();

    for (size_t i = 0; files != NULL && i < claims->count; i++) {
        const struct jv *evidence = jv_get(claims->items[i], "evidence");
        struct jv *c, *links;

        if (!is_shown(claims->items[i], is_bracket))
            continue;
        c = jv_copy(claims->items[i]);
        links = jv_array();
        for (size_t k = 0; jv_is(evidence, JV_ARRAY) && k < evidence->count; k++)
            jv_add(links, jv_copy(file_of(files, evidence->items[k])));
        jv_set(c, "number", jv_int((int64_t)i + 1));
        jv_set(c, "tone", pkg_model_tone(jv_get(c, "status")));
        jv_set(c, "words", jv_string(words_of(jv_get(c, "id"))));
        jv_add(list, jv_set(c, "files", links));
    }
    return list;
}

/* A claim that this program does not know is evidence of the run itself, P6. */
static bool is_of(const struct jv *id, size_t phase)
{
    if (phases[phase].also != NULL && jv_text_is(id, phases[phase].also))
        return true;
    for (size_t i = 0; i < sizeof claims_of / sizeof *claims_of; i++)
        if (jv_text_is(id, claims_of[i].id))
            return strcmp(claims_of[i].phase, phases[phase].phase) == 0;
    return strcmp(phases[phase].phase, "P6") == 0;
}

struct jv *pkg_model_phases(const struct jv *shown, bool is_sandbox)
{
    static const char *const worst_first[] = {"FAIL", "HOLD", "PASS", "N-A"};
    struct jv *list = jv_array();

    for (size_t p = 0; shown != NULL && p < sizeof phases / sizeof *phases; p++) {
        struct jv *row = jv_object(), *of = jv_array();
        size_t worst = sizeof worst_first / sizeof *worst_first;

        for (size_t i = 0; i < shown->count; i++) {
            const struct jv *claim = shown->items[i], *status = jv_get(claim, "status");
            struct jv *one;

            if (!is_of(jv_get(claim, "id"), p))
                continue;
            one = jv_set(jv_set(jv_object(), "id", jv_copy(jv_get(claim, "id"))), "number", jv_copy(jv_get(claim, "number")));
            jv_add(of, jv_set(jv_set(one, "status", jv_copy(status)), "tone", pkg_model_tone(status)));
            for (size_t w = 0; w < worst; w++)
                if (jv_text_is(status, worst_first[w]))
                    worst = w;
        }
        jv_set(row, "claims", of);
        jv_set(row, "is_rehearsed", jv_bool(is_sandbox && strcmp(phases[p].phase, "P6") < 0));
        jv_set(row, "phase", jv_string(phases[p].phase));
        jv_set(row, "status", jv_string(worst < sizeof worst_first / sizeof *worst_first ? worst_first[worst] : "OPEN"));
        jv_set(row, "tone", pkg_model_tone(jv_get(row, "status")));
        jv_add(list, jv_set(row, "words", jv_string(phases[p].words)));
    }
    return list;
}

/* The reason with this code and advice, made when it is new. */
static struct jv *reason_for(struct jv *list, const struct jv *finding)
{
    struct jv *r;
    struct jv *meaning = jv_null();

    for (size_t i = 0; i < list->count; i++)
        if (jv_equal(jv_get(list->items[i], "code"), jv_get(finding, "code")) &&
            jv_equal(jv_get(list->items[i], "suggestion"), jv_get(finding, "suggestion")))
            return list->items[i];
    for (size_t i = 0; i < sizeof findings_of / sizeof *findings_of; i++)
        if (jv_text_is(jv_get(finding, "code"), findings_of[i].code)) {
            jv_free(meaning);
            meaning = jv_string(findings_of[i].meaning);
        }
    r = jv_set(jv_set(jv_object(), "code", jv_copy(jv_get(finding, "code"))), "meaning", meaning);
    jv_set(r, "number", jv_int((int64_t)list->count + 1));
    jv_set(r, "suggestion", jv_copy(jv_get(finding, "suggestion")));
    jv_add(list, jv_set(r, "places", jv_array()));
    return r;
}

struct jv *pkg_model_reasons(const struct jv *findings, const struct pkg_contents *contents)
{
    struct jv *list = jv_array();

    for (size_t i = 0; list != NULL && !list->is_broken && i < findings->count; i++) {
        const struct jv *f = findings->items[i];
        const char *path = jv_get_text(f, "path");
        struct jv *place = jv_set(jv_object(), "message", jv_copy(jv_get(f, "message")));
        struct jv *reason = reason_for(list, f);

        jv_set(place, "path", jv_copy(jv_get(f, "path")));
        jv_set(place, "sha256", path == NULL ? jv_null() : pkg_contents_digest(contents, path));
        jv_add(jv_get(reason, "places"), place);
    }
    return list;
}
