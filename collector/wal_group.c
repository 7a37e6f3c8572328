/* collector/wal_group.c - see collector/wal_group.h. */
#include "collector/wal_group.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/limits.h"
#include "collector/wal_names.h"

#define SLOTS (1u << 19)  /* of the hash table: a power of two, well above MAX_WAL_GROUPS */
#define KEY_MAX 2048
#define KEYS_MAX ((size_t)KEY_MAX * COL_MAX_WAL_GROUPS)
#define SUBXIDS_MAX 2000000 /* of all groups */
#define LINES_MAX ((size_t)1 << 30)

/* What a group has in common, as compared: memory is cleared before it is filled.  Only the
 * counted parts of a record are behind it: relations, databases, rmgr, NUL, type, NUL. */
struct key {
    uint32_t xid;
    uint32_t relation_count;
    uint32_t database_count;
};

struct group {
    size_t key; /* in keys */
    size_t key_len;
    uint64_t count;
    uint64_t bytes;
    uint64_t first;
    uint64_t last;
    uint32_t *subxids;
    size_t subxid_count;
};

struct wal_groups {
    struct wal_layout layout;
    uint64_t next; /* where the next record must start */
    uint64_t last;
    size_t records;
    uint64_t bytes;
    struct group *items;
    size_t count;
    size_t cap;
    uint32_t *slots; /* 0 or 1 + the place of a group */
    struct buf keys;
    size_t subxids;
};

int col_wal_groups_new(uint64_t start, const struct wal_layout *layout, struct wal_groups **out,
                       struct err *e)
{
    struct wal_groups *g = calloc(1, sizeof *g);

    if (g == NULL)
        return err_no_memory(e);
    g->slots = calloc(SLOTS, sizeof *g->slots);
    if (g->slots == NULL) {
        free(g);
        return err_no_memory(e);
    }
    g->layout = *layout;
    g->next = start;
    g->keys = buf_init(KEYS_MAX);
    *out = g;
    return 0;
}

void col_wal_groups_free(struct wal_groups *g)
{
    if (g == NULL)
        return;
    for (size_t i = 0; i < g->count; i++)
        free(g->items[i].subxids);
    free(g->items);
    free(g->slots);
    buf_release(&g->keys);
    free(g);
}

int col_wal_groups_end(const struct wal_groups *g, uint64_t end, struct err *e)
{
    char expected[WAL_LSN_TEXT], got[WAL_LSN_TEXT];

    if (g->next == end)
        return 0;
    col_wal_lsn_print(end, expected);
    col_wal_lsn_print(g->next, got);
    return err_set(e, ERR_INPUT, "the WAL records end at %s, expected at %s", got, expected);
}

uint64_t col_wal_groups_next(const struct wal_groups *g)
{
    return g->next;
}

size_t col_wal_groups_records(const struct wal_groups *g)
{
    return g->records;
}

uint64_t col_wal_groups_bytes(const struct wal_groups *g)
{
    return g->bytes;
}

static size_t put(unsigned char *key, size_t at, const void *data, size_t len)
{
    memcpy(key + at, data, len);
    return at + len;
}

/* WAL_*_MAX keep it below KEY_MAX. */
static size_t make_key(const struct wal_record *r, unsigned char key[KEY_MAX])
{
    struct key head = {r->xid, (uint32_t)r->relation_count, (uint32_t)r->database_count};
    size_t n = put(key, 0, &head, sizeof head);

    n = put(key, n, r->relations, r->relation_count * sizeof r->relations[0]);
    n = put(key, n, r->databases, r->database_count * sizeof r->databases[0]);
    n = put(key, n, r->rmgr, strlen(r->rmgr) + 1);
    return put(key, n, r->type, strlen(r->type) + 1);
}

static uint64_t hash_of(const unsigned char *key, size_t len) /* FNV-1a */
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < len; i++)
        h = (h ^ key[i]) * UINT64_C(1099511628211);
    return h ^ h >> 32;
}

static int new_group(struct wal_groups *g, const unsigned char *key, size_t len, size_t slot,
                     struct err *e)
{
    if (g->count == COL_MAX_WAL_GROUPS)
        return err_set(e, ERR_LIMIT, "more than %d distinct groups of WAL records", COL_MAX_WAL_GROUPS);
    if (g->count == g->cap) {
        size_t cap = g->cap == 0 ? 256 : g->cap * 2;
        struct group *grown = realloc(g->items, cap * sizeof *grown);

        if (grown == NULL)
            return err_no_memory(e);
        g->items = grown;
        g->cap = cap;
    }
    memset(&g->items[g->count], 0, sizeof *g->items);
    g->items[g->count].key = g->keys.len;
    g->items[g->count].key_len = len;
    if (buf_add(&g->keys, key, len, e) != 0)
        return -1;
    g->slots[slot] = (uint32_t)++g->count;
    return 0;
}

static int find_group(struct wal_groups *g, const struct wal_record *r, struct group **out,
                      struct err *e)
{
    unsigned char key[KEY_MAX];
    size_t len = make_key(r, key);
    size_t slot = hash_of(key, len) & (SLOTS - 1);

    for (; g->slots[slot] != 0; slot = (slot + 1) & (SLOTS - 1)) {
        struct group *group = &g->items[g->slots[slot] - 1];

        if (group->key_len == len && memcmp(g->keys.data + group->key, key, len) == 0) {
            *out = group;
            return 0;
        }
    }
    if (new_group(g, key, len, slot, e) != 0)
        return -1;
    *out = &g->items[g->count - 1];
    (*out)->first = r->lsn;
    return 0;
}

static int add_subxids(struct wal_groups *g, struct group *group, const struct wal_record *r,
                       struct err *e)
{
    const char *end = r->subxids + r->subxids_len;
    size_t more = 0;
    uint32_t *grown;

    for (const char *p = r->subxids; p < end; p++)
        more += *p != ' ' && (p == r->subxids || p[-1] == ' ');
    if (more > SUBXIDS_MAX - g->subxids)
        return err_set(e, ERR_LIMIT, "more than %d subtransactions", SUBXIDS_MAX);
    grown = realloc(group->subxids, (group->subxid_count + more) * sizeof *grown + 1);
    if (grown == NULL)
        return err_no_memory(e);
    group->subxids = grown;
    g->subxids += more;
    for (const char *p = r->subxids; p < end;) {
        uint64_t n = 0;

        for (; p < end && *p != ' '; p++)
            n = n > UINT32_MAX ? n : n * 10 + (uint64_t)(*p - '0');
        if (n > UINT32_MAX)
            return err_set(e, ERR_INPUT, "a subtransaction's id of more than 32 bits");
        grown[group->subxid_count++] = (uint32_t)n;
        while (p < end && *p == ' ')
            p++;
    }
    return 0;
}

static int check_place(const struct wal_groups *g, const struct wal_record *r, struct err *e)
{
    char expected[WAL_LSN_TEXT], got[WAL_LSN_TEXT];

    if (r->lsn != g->next) {
        col_wal_lsn_print(g->next, expected);
        col_wal_lsn_print(r->lsn, got);
        return err_set(e, ERR_INPUT, "the WAL has a gap: a record at %s, expected at %s", got, expected);
    }
    if (r->prev < r->lsn && (g->records == 0 || r->prev == g->last))
        return 0;
    col_wal_lsn_print(r->lsn, got);
    return err_set(e, ERR_INPUT, "the WAL record at %s follows another than the one before it", got);
}

int col_wal_groups_add(struct wal_groups *g, const struct wal_record *r, struct err *e)
{
    struct group *group;

    if (check_place(g, r, e) != 0 || find_group(g, r, &group, e) != 0 ||
        (r->subxids_len > 0 && add_subxids(g, group, r, e) != 0))
        return -1;
    group->count++;
    group->bytes += r->len;
    group->last = r->lsn;
    g->records++;
    g->bytes += r->len;
    g->last = r->lsn;
    g->next = col_wal_record_next(r, &g->layout);
    return 0;
}

/* ---- writing ---- */

static struct jv *number_text(uint64_t n)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRIu64, n);
    return jv_string(text);
}

static struct jv *lsn_text(uint64_t lsn)
{
    char text[WAL_LSN_TEXT];

    col_wal_lsn_print(lsn, text);
    return jv_string(text);
}

/* The id with these low 32 bits that lies nearest below or at next_xid. */
static uint64_t with_epoch(uint32_t xid, uint64_t next_xid)
{
    uint64_t full = (next_xid & ~(uint64_t)UINT32_MAX) | xid;

    return full > next_xid && full > UINT32_MAX ? full - UINT32_MAX - 1 : full;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(jv_text(*(struct jv *const *)a), jv_text(*(struct jv *const *)b));
}

static struct jv *ids_of(const struct group *group, uint64_t next_xid)
{
    struct jv *sorted = jv_array();
    struct jv *list = jv_array();

    for (size_t i = 0; i < group->subxid_count; i++)
        jv_add(sorted, number_text(with_epoch(group->subxids[i], next_xid)));
    if (sorted == NULL || sorted->is_broken) {
        jv_free(sorted);
        jv_free(list);
        return NULL;
    }
    if (sorted->count > 0)
        qsort(sorted->items, sorted->count, sizeof *sorted->items, compare_ids);
    for (size_t i = 0; i < sorted->count; i++)
        if (i == 0 || strcmp(jv_text(sorted->items[i]), jv_text(sorted->items[i - 1])) != 0)
            jv_add(list, jv_copy(sorted->items[i]));
    jv_free(sorted);
    return list;
}

static struct jv *relation_of(const struct wal_relation *relation, const struct wal_names *names)
{
    struct jv *v = jv_set(jv_object(), "database", number_text(relation->database));

    jv_set(v, "filenode", number_text(relation->filenode));
    jv_set(v, "relation", jv_string(col_wal_names_find(names, relation)));
    return jv_set(v, "tablespace", number_text(relation->tablespace));
}

static struct jv *document_of(const struct wal_groups *g, const struct group *group,
                              const struct wal_names *names, uint64_t next_xid)
{
    const char *at = g->keys.data + group->key;
    struct jv *relations = jv_array();
    struct jv *databases = jv_array();
    struct jv *v = jv_object();
    struct wal_relation relation;
    uint32_t database;
    struct key head;

    memcpy(&head, at, sizeof head); /* a key has no alignment */
    at += sizeof head;
    for (size_t i = 0; i < head.relation_count; i++, at += sizeof relation) {
        memcpy(&relation, at, sizeof relation);
        jv_add(relations, relation_of(&relation, names));
    }
    for (size_t i = 0; i < head.database_count; i++, at += sizeof database) {
        memcpy(&database, at, sizeof database);
        jv_add(databases, number_text(database));
    }
    jv_set(v, "bytes", jv_int((int64_t)group->bytes));
    jv_set(v, "count", jv_int((int64_t)group->count));
    jv_set(v, "databases", databases);
    jv_set(v, "first_lsn", lsn_text(group->first));
    jv_set(v, "last_lsn", lsn_text(group->last));
    jv_set(v, "relations", relations);
    jv_set(v, "rmgr", jv_string(at));
    jv_set(v, "subxids", ids_of(group, next_xid));
    jv_set(v, "type", jv_string(at + strlen(at) + 1));
    return jv_set(v, "xid", head.xid == 0 ? jv_null() : number_text(with_epoch(head.xid, next_xid)));
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines as C strings in one buffer, then sorted: JSON text holds no NUL. */
static int sort_lines(struct buf *text, size_t count, struct buf *out, struct err *e)
{
    char **lines = calloc(count + 1, sizeof *lines);
    char *at = text->data;
    int rc = lines == NULL ? err_no_memory(e) : 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        lines[i] = at;
        at += strlen(at) + 1;
    }
    if (rc == 0 && count > 0)
        qsort(lines, count, sizeof *lines, compare_lines);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = buf_adds(out, lines[i], e);
    free(lines);
    return rc;
}

int col_wal_groups_write(const struct wal_groups *g, const struct jv *const names[2],
                         uint64_t next_xid, struct buf *out, struct err *e)
{
    struct wal_names known = {NULL, 0};
    struct buf text = buf_init(LINES_MAX);
    int rc = col_wal_names_load(names, &known, e);

    for (size_t i = 0; rc == 0 && i < g->count; i++) {
        struct jv *v = document_of(g, &g->items[i], &known, next_xid);

        rc = jv_document(v, &text, e) != 0 ? -1 : buf_add(&text, "", 1, e);
        jv_free(v);
    }
    if (rc == 0)
        rc = sort_lines(&text, g->count, out, e);
    col_wal_names_release(&known);
    buf_release(&text);
    return rc;
}
