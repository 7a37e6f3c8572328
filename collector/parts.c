/* collector/parts.c - see collector/parts.h. */
#include "collector/parts.h"

#include <string.h>

#include "collector/form.h"
#include "gen/sql_cat_column.h"
#include "gen/sql_cat_comment.h"
#include "gen/sql_cat_compression_14.h"
#include "gen/sql_cat_constraint.h"
#include "gen/sql_cat_extension.h"
#include "gen/sql_cat_foreign.h"
#include "gen/sql_cat_function.h"
#include "gen/sql_cat_index.h"
#include "gen/sql_cat_language.h"
#include "gen/sql_cat_operator.h"
#include "gen/sql_cat_publication.h"
#include "gen/sql_cat_publication_15.h"
#include "gen/sql_cat_relation.h"
#include "gen/sql_cat_schema.h"
#include "gen/sql_cat_statistics.h"
#include "gen/sql_cat_text.h"
#include "gen/sql_cat_type.h"
#include "gen/sql_cat_view.h"
#include "gen/sql_cluster_file.h"
#include "gen/sql_cluster_file_setting.h"
#include "gen/sql_cluster_hba.h"
#include "gen/sql_cluster_ident_15.h"
#include "gen/sql_cluster_information.h"
#include "gen/sql_cluster_large_object.h"
#include "gen/sql_cluster_large_object_content.h"
#include "gen/sql_cluster_parameter_15.h"
#include "gen/sql_cluster_password.h"
#include "gen/sql_cluster_role.h"
#include "gen/sql_cluster_setting.h"
#include "gen/sql_cluster_shared.h"
#include "gen/sql_cluster_subscription.h"
#include "gen/sql_cluster_subscription_public.h"
#include "gen/sql_cluster_system.h"
#include "gen/sql_cluster_system_acl.h"
#include "gen/sql_cluster_user_mapping.h"
#include "gen/sql_cluster_written.h"
#include "gen/sql_parts.h"

#define STATEMENT_MAX ((size_t)1 << 20)

/* A name, or an option, that may mean a secret; the queries' parameter $1. */
#define SECRETS "(conninfo|command|pass|pwd|secret|token|credential|jwt|key|dsn|private)"

struct part {
    const char *sql;
    const char *name;   /* NULL: everybody may; else its row in sql/parts.sql decides */
    const char *unless; /* NULL, or the part that stands for this one where it can run */
};

static const struct part catalog_parts[] = {
    {sql_cat_schema, NULL, NULL},
    {sql_cat_extension, NULL, NULL},
    {sql_cat_language, NULL, NULL},
    {sql_cat_relation, NULL, NULL},
    {sql_cat_column, NULL, NULL},
    {sql_cat_compression_14, "cat_compression_14", NULL},
    {sql_cat_constraint, NULL, NULL},
    {sql_cat_index, NULL, NULL},
    {sql_cat_view, NULL, NULL},
    {sql_cat_function, NULL, NULL},
    {sql_cat_type, NULL, NULL},
    {sql_cat_operator, NULL, NULL},
    {sql_cat_text, NULL, NULL},
    {sql_cat_foreign, NULL, NULL},
    {sql_cat_publication, NULL, NULL},
    {sql_cat_publication_15, "cat_publication_15", NULL},
    {sql_cat_statistics, NULL, NULL},
    {sql_cat_comment, NULL, NULL},
    {NULL, NULL, NULL},
};

static const struct part cluster_parts[] = {
    {sql_cluster_role, NULL, NULL},
    {sql_cluster_password, "cluster_password", NULL},
    {sql_cluster_setting, NULL, NULL},
    {sql_cluster_file_setting, "cluster_file_setting", NULL},
    {sql_cluster_file, "cluster_file", NULL},
    {sql_cluster_hba, "cluster_hba", NULL},
    {sql_cluster_ident_15, "cluster_ident_15", NULL},
    {sql_cluster_parameter_15, "cluster_parameter_15", NULL},
    {sql_cluster_shared, NULL, NULL},
    {sql_cluster_subscription, "cluster_subscription", NULL},
    {sql_cluster_subscription_public, NULL, "cluster_subscription"},
    {sql_cluster_large_object, NULL, NULL},
    {sql_cluster_large_object_content, "cluster_large_object_content", NULL},
    {sql_cluster_written, NULL, NULL},
    {sql_cluster_user_mapping, "cluster_user_mapping", NULL},
    {sql_cluster_system, NULL, NULL},
    {sql_cluster_system_acl, NULL, NULL},
    {sql_cluster_information, "cluster_information", NULL},
    {NULL, NULL, NULL},
};

/* rows are those of sql/parts.sql */
static bool is_granted(const struct jv *rows, const char *name)
{
    for (size_t i = 0; i < rows->count; i++) {
        const char *part = col_pg_text(rows, i, 0);

        if (part != NULL && strcmp(part, name) == 0)
            return jv_is(rows->items[i]->items[2], JV_NULL);
    }
    return false;
}

static int join(const struct part *parts, const struct jv *rows, struct buf *sql, struct err *e)
{
    for (const struct part *p = parts; p->sql != NULL; p++)
        if ((p->name == NULL || is_granted(rows, p->name)) &&
            (p->unless == NULL || !is_granted(rows, p->unless)) &&
            buf_addf(sql, e, "%s(\n%s)", sql->len == 0 ? "" : "UNION ALL\n", p->sql) != 0)
            return -1;
    return 0;
}

static int run(struct col_pg *pg, const struct part *parts, const struct jv *rows,
               struct jv **lines, struct err *e)
{
    struct buf sql = buf_init(STATEMENT_MAX);
    struct jv *args = jv_add(jv_array(), jv_string(SECRETS));
    int rc = -1;

    if (join(parts, rows, &sql, e) == 0)
        rc = col_pg_rows(pg, sql.data, args, lines, e);
    if (rc == 0)
        rc = col_form_check(*lines, 0, SIZE_MAX, "svv", "catalog", e);
    jv_free(args);
    buf_release(&sql);
    return rc;
}

static int add_channels(const struct jv *rows, struct jv *lines, struct err *e)
{
    for (size_t i = 0; i < rows->count; i++)
        if (!jv_is(rows->items[i]->items[2], JV_NULL))
            jv_add(lines, jv_add(jv_add(jv_add(jv_array(), jv_string("channel")),
                                        jv_copy(rows->items[i]->items[1])),
                                 jv_copy(rows->items[i]->items[2])));
    return lines->is_broken ? err_no_memory(e) : 0;
}

static int read_needs(struct col_pg *pg, struct jv **rows, struct err *e)
{
    return col_pg_rows(pg, sql_parts, NULL, rows, e) != 0 ||
                   col_form_check(*rows, 0, SIZE_MAX, "ssos", "parts of the catalog", e) != 0
               ? -1 : 0;
}

int col_parts_lacks(struct col_pg *pg, struct jv **lines, struct err *e)
{
    struct jv *rows = NULL;
    struct jv *list = jv_array();
    int rc = list == NULL ? err_no_memory(e) : read_needs(pg, &rows, e);

    if (rc == 0)
        rc = add_channels(rows, list, e);
    jv_free(rows);
    if (rc == 0)
        *lines = list;
    else
        jv_free(list);
    return rc;
}

int col_parts_read(struct col_pg *pg, struct jv **catalog, struct jv **cluster, struct err *e)
{
    struct jv *rows = NULL;
    struct jv *inside = NULL;
    struct jv *outside = NULL;
    int rc = -1;

    if (read_needs(pg, &rows, e) != 0 || (catalog != NULL && run(pg, catalog_parts, rows, &inside, e) != 0) ||
        run(pg, cluster_parts, rows, &outside, e) != 0 || add_channels(rows, outside, e) != 0)
        goto out;
    if (catalog != NULL)
        *catalog = inside;
    *cluster = outside;
    inside = outside = NULL;
    rc = 0;
out:
    jv_free(rows);
    jv_free(inside);
    jv_free(outside);
    return rc;
}
