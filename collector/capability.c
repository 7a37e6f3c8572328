/* collector/capability.c - see collector/capability.h. */
#include "collector/capability.h"

#include "collector/form.h"

#include <stdlib.h>
#include <string.h>

#include "gen/sql_capability.h"
#include "gen/sql_capability_parameters.h"
#include "gen/sql_capability_roles.h"

#define OIDS_MAX ((size_t)1 << 24)
#define PARAMETER_ACL_VERSION 150000

/* A capability by one of the roles: place 0 is the judged role itself. */
struct channel {
    const char *capability;
    size_t place;
};

/* The roles' oids as an array literal. */
static int oids_of(const struct jv *roles, struct buf *out, struct err *e)
{
    for (size_t i = 0; i < roles->count; i++) {
        const char *oid = col_pg_text(roles, i, 0);

        if (oid == NULL || col_pg_text(roles, i, 1) == NULL)
            return err_set(e, ERR_SYSTEM, "the name of a role or function is not valid UTF-8");
        if (buf_addf(out, e, "%s%s", i == 0 ? "{" : ",", oid) != 0)
            return -1;
    }
    return buf_adds(out, "}", e);
}

static int compare_channels(const void *a, const void *b)
{
    const struct channel *x = a;
    const struct channel *y = b;
    int order = strcmp(x->capability, y->capability);

    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

static int take_channels(const struct jv *rows, const struct jv *roles, struct channel *channels,
                         size_t *count, struct err *e)
{
    for (size_t i = 0; i < rows->count; i++) {
        const char *capability = col_pg_text(rows, i, 0);
        const char *oid = col_pg_text(rows, i, 1);
        size_t place = 0;

        while (oid != NULL && place < roles->count && strcmp(col_pg_text(roles, place, 0), oid) != 0)
            place++;
        if (capability == NULL || oid == NULL || place == roles->count)
            return err_set(e, ERR_SYSTEM, "the name of a capability is not valid UTF-8");
        channels[(*count)++] = (struct channel){capability, place};
    }
    return 0;
}

/* Each capability once, by the way that comes first. */
static struct jv *list_channels(struct channel *channels, size_t count, const struct jv *roles)
{
    struct jv *list = jv_array();

    if (count > 0)
        qsort(channels, count, sizeof *channels, compare_channels);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(channels[i].capability, channels[i - 1].capability) != 0)
            jv_add(list, jv_set(jv_set(jv_object(), "capability", jv_string(channels[i].capability)),
                                "via", jv_string(col_pg_text(roles, channels[i].place, 1))));
    return list;
}

static int read_channels(struct col_pg *pg, const struct jv *roles, struct jv **list,
                         struct err *e)
{
    struct buf oids = buf_init(OIDS_MAX);
    struct jv *args = jv_array();
    struct jv *rows = NULL;
    struct jv *parameters = NULL;
    struct channel *channels = NULL;
    size_t count = 0;
    int rc = -1;

    if (oids_of(roles, &oids, e) != 0)
        goto out;
    jv_add(args, jv_string(oids.data));
    if (col_pg_rows(pg, sql_capability, args, &rows, e) != 0 ||
        col_form_check(rows, 0, SIZE_MAX, "vn", "capabilities", e) != 0)
        goto out;
    if (col_pg_version(pg) < PARAMETER_ACL_VERSION)
        parameters = jv_array();
    else if (col_pg_rows(pg, sql_capability_parameters, args, &parameters, e) != 0 ||
             col_form_check(parameters, 0, SIZE_MAX, "vn", "parameters", e) != 0)
        goto out;
    channels = calloc(rows->count + parameters->count + 1, sizeof *channels);
    if (channels == NULL) {
        err_no_memory(e);
        goto out;
    }
    if (take_channels(rows, roles, channels, &count, e) != 0 ||
        take_channels(parameters, roles, channels, &count, e) != 0)
        goto out;
    *list = list_channels(channels, count, roles);
    rc = 0;
out:
    free(channels);
    jv_free(parameters);
    jv_free(rows);
    jv_free(args);
    buf_release(&oids);
    return rc;
}

int col_capability_read(struct col_pg *pg, const char *role, struct jv **doc, struct err *e)
{
    struct jv *args = jv_add(jv_array(), jv_string(role));
    struct jv *roles = NULL;
    struct jv *list = NULL;
    int rc = -1;

    if (col_pg_rows(pg, sql_capability_roles, args, &roles, e) != 0 ||
        col_form_check(roles, 0, SIZE_MAX, "nv", "roles", e) != 0)
        goto out;
    if (roles->count == 0) {
        err_set(e, ERR_SYSTEM, "role %s does not exist", role);
        goto out;
    }
    if (read_channels(pg, roles, &list, e) != 0)
        goto out;
    *doc = jv_set(jv_set(jv_set(jv_object(), "channels", list), "role", jv_string(role)), "schema",
                  jv_string("dryproof.capability/1"));
    rc = 0;
out:
    if (rc != 0)
        err_context(e, "capabilities of role %s", role);
    jv_free(args);
    jv_free(roles);
    return rc;
}
