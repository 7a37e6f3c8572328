/*
 * tests/unit/verifier_attribute.c - who wrote: every rule of FORMAT.md section 10, in both
 * directions, on documents made by hand.
 *
 * The database is 5, its first id 100; 7 is another one.  Documents are written with ' for ".
 */
#include "tests/unit/verifier_test.h"

#include "verifier/attribute.h"
#include "verifier/wal.h"

static const struct json *doc(const char *text)
{
    char *p = vfy_mem_copy(&test_arena, text, strlen(text));
    const struct json *v;
    struct err e;

    for (char *q = p; *q != '\0'; q++)
        *q = *q == '\'' ? '"' : *q;
    if (vfy_json_parse(&test_arena, p, strlen(p), JSON_FOREIGN, "t", &v, &e) != 0)
        fail_msg("%s: %s", e.text, p);
    return v;
}

#define SESSION(pid, db, type, start, state, change)                                                                  \
    "{'pid':" pid ",'database':" db ",'type':" type ",'backend_start':" start ",'state':" state ",'state_change':"     \
    change ",'observer':false,'user':'u'}"
#define IDLE_HERE SESSION("11", "'5'", "'client backend'", "'a'", "'idle'", "'b'")
#define BUSY_HERE SESSION("11", "'5'", "'client backend'", "'a'", "'active'", "'b'")
#define LATER_HERE SESSION("11", "'5'", "'client backend'", "'a'", "'idle'", "'c'")
#define OTHER_HERE SESSION("11", "'5'", "'client backend'", "'z'", "'idle'", "'b'")
#define HIDDEN_HERE SESSION("11", "'5'", "null", "null", "null", "null")
#define WORKER_HERE SESSION("11", "'5'", "'pg_cron launcher'", "'a'", "null", "null")
#define VACUUM_HERE SESSION("11", "'5'", "'autovacuum worker'", "'a'", "'active'", "'b'")
#define LAUNCHER SESSION("11", "null", "'autovacuum launcher'", "'a'", "null", "null")
#define OURS "{'pid':11,'database':'5','type':'client backend','backend_start':'a','state':'active',"                 \
             "'state_change':'b','observer':true,'user':'o'}"
#define BUSY_THERE SESSION("11", "'7'", "'client backend'", "'a'", "'active'", "'b'")
#define IDLE_THERE SESSION("11", "'7'", "'client backend'", "'a'", "'idle'", "'b'")
#define BORN_THERE SESSION("12", "'7'", "'client backend'", "'q'", "'idle'", "'b'")
#define VACUUM_THERE SESSION("12", "'7'", "'autovacuum worker'", "'q'", "'active'", "'b'")

#define GROUP(rmgr, type, xid, databases, relations)                                                                   \
    "{'rmgr':'" rmgr "','type':'" type "','xid':" xid ",'databases':[" databases "],'relations':[" relations           \
    "],'subxids':[],'count':1,'bytes':50}"
#define R(db, name) "{'database':'" db "','filenode':'1','tablespace':'1663','relation':" name "}"
#define INSERT_HERE GROUP("Heap", "INSERT", "'100'", "'5'", R("5", "'public.t'"))
#define INSERT_THERE GROUP("Heap", "INSERT", "'100'", "'7'", R("7", "null"))
#define FILE_THERE(rmgr, type, file)                                                                                    \
    GROUP(rmgr, type, "'100'", "'7'", "{'database':'7','filenode':'" file "','tablespace':'1663','relation':null}")
#define STATISTICS_THERE FILE_THERE("Heap", "UPDATE", "2619")
#define COMMIT GROUP("Transaction", "COMMIT", "'100'", "", "")
#define LOCK_HERE GROUP("Standby", "LOCK", "'100'", "'5'", "")
#define LOCK_THERE GROUP("Standby", "LOCK", "'100'", "'7'", "")
#define ROLE GROUP("Heap", "INSERT", "'100'", "'0'", R("0", "'pg_catalog.pg_authid'"))
#define MESSAGE GROUP("LogicalMessage", "MESSAGE", "null", "", "")
#define PRUNE GROUP("Heap2", "PRUNE", "null", "'5'", R("5", "'public.t'"))
#define UNKNOWN_TYPE GROUP("Heap", "TELEPORT", "null", "'5'", R("5", "'public.t'"))
#define VACUUM(name) GROUP("Heap2", "VACUUM", "null", "'5'", R("5", name))
#define UNDER_ID(rmgr, type, name) GROUP(rmgr, type, "'100'", "'5'", R("5", name))

#define HORIZON GROUP("Heap", "INPLACE", "null", "'0'", R("0", "'pg_catalog.pg_database'"))

#define TABLE(name, vacuum, analyze, autovacuum, autoanalyze)                                                          \
    "{'relation':'" name "','vacuum':'" vacuum "','analyze':'" analyze "','autovacuum':'" autovacuum                  \
    "','autoanalyze':'" autoanalyze "'}"
#define T_BEFORE TABLE("public.t", "1", "1", "2", "2")
#define T_VACUUMED TABLE("public.t", "1", "1", "3", "2")
#define T_ANALYZED TABLE("public.t", "1", "1", "2", "3")
#define T_BY_HAND TABLE("public.t", "2", "1", "3", "2")
#define T_ANALYZED_BY_HAND TABLE("public.t", "1", "2", "3", "2")
#define T_VACUUMED_MORE T_VACUUMED ",{'relation':'public.u','vacuum':'0','analyze':'1','autovacuum':'0','autoanalyze':'0'}"
#define T_RESET TABLE("public.t", "0", "0", "3", "0")
#define U_BY_HAND ",{'relation':'public.u','vacuum':'1','analyze':'0','autovacuum':'0','autoanalyze':'0'}"

struct world {
    const char *name, *before, *after; /* sessions */
    const char *groups;
    enum vfy_origin origin;            /* of the first group */
    const char *basis;
    const char *tables;                /* after; T_BEFORE stands before */
    const char *sessions_after;        /* the counter of database 7, "'3'" before */
    const char *holders;               /* at the second edge */
    const char *seen;                  /* while a command ran */
    const char *sessions_before, *archive_timeout, *first_holders, *reset, *autovacuum;
};

static struct report report;

static const struct json *activity(const struct world *w, int edge)
{
    const char *sessions = edge == 0 ? w->before : w->after, *tables = edge == 0 || w->tables == NULL ? T_BEFORE : w->tables;
    const char *count = edge == 0 ? w->sessions_before : w->sessions_after;
    const char *holders = edge == 0 ? w->first_holders : w->holders;

    return doc(vfy_mem_print(&test_arena,
                             "{'databases':[{'oid':'5','name':'d','sessions':'8','stats_reset':%s},"
                             "{'oid':'7','name':'e','sessions':%s,'stats_reset':null}],'holders':[%s],'sessions':[%s],"
                             "'settings':{'archive_timeout':'%s','autovacuum':'%s'},'tables':[%s]}",
                             edge == 1 && w->reset != NULL ? w->reset : "null", count != NULL ? count : "'3'",
                             holders != NULL ? holders : "", sessions != NULL ? sessions : "",
                             w->archive_timeout != NULL ? w->archive_timeout : "0", w->autovacuum != NULL ? w->autovacuum : "off", tables));
}

/* two indexes of one table, the name of the second in need of quotes */
static struct bag *catalogs(void)
{
    static struct member two[2] = {{.name = "bag/data/after/catalog.ndjson"}, {.name = "bag/data/before/catalog.ndjson"}};
    static struct bag bag = {&test_arena, two, 2};
    const struct json *list = doc("[['index','public.t_pkey','{\\'definition\\' : \\'CREATE UNIQUE INDEX t_pkey ON "
                                  "public.t USING btree (a)\\'}'],['index','public.\\'x ON y\\'','{\\'definition\\' : "
                                  "\\'CREATE INDEX \\\\\\'x ON y\\\\\\' ON ONLY public.t USING btree (a)\\'}']]");
    struct buf b = {&test_arena, NULL, 0, 0};

    for (size_t i = 0; i < vfy_json_count(list); i++) {
        vfy_json_write(&b, vfy_json_at(list, i), false);
        vfy_mem_put(&b, "\n");
    }
    for (int e = 0; e < 2; e++) {
        two[e].data = b.p;
        two[e].size = b.len;
    }
    return &bag;
}

static void make(const struct world *w, struct evidence *v)
{
    memset(v, 0, sizeof *v);
    report.arena = &test_arena;
    v->report = &report;
    v->arena = &test_arena;
    v->bag = catalogs();
    v->edges[0].name = "before";
    v->edges[1].name = "after";
    for (int e = 0; e < 2; e++) {
        v->edges[e].identity = doc("{'database_oid':'5'}");
        v->edges[e].transactions = doc(e == 0 ? "{'next_xid':'100'}" : "{'next_xid':'110'}");
        v->edges[e].activity = activity(w, e);
    }
    v->groups = doc(vfy_mem_print(&test_arena, "[%s]", w->groups != NULL ? w->groups : ""));
    v->seen = doc(vfy_mem_print(&test_arena, "[%s]", w->seen != NULL ? w->seen : ""));
    vfy_attribute_open(v);
}

#define E ORIGIN_EXPLAINED
#define RUN ORIGIN_RUN
#define UNKNOWN ORIGIN_UNKNOWN
static const struct world worlds[] = {
    /* others of this database */
    {"nobody else", NULL, NULL, INSERT_HERE, RUN, NULL, .tables = NULL},
    {"somebody busy here", BUSY_HERE, BUSY_HERE, INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"somebody who is gone after", BUSY_HERE, NULL, INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"somebody idle all the time", IDLE_HERE, IDLE_HERE, INSERT_HERE, RUN, NULL, .tables = NULL},
    {"idle, and busy in between", IDLE_HERE, LATER_HERE, INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"idle, and another under that pid", IDLE_HERE, OTHER_HERE, INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"idle, and gone", IDLE_HERE, NULL, INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"somebody hidden", HIDDEN_HERE, HIDDEN_HERE, INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"a background worker", WORKER_HERE, WORKER_HERE, INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"an autovacuum worker is nobody", VACUUM_HERE, NULL, INSERT_HERE, RUN, NULL, .tables = NULL},
    {"a process of the server is nobody", LAUNCHER, LAUNCHER, INSERT_HERE, RUN, NULL, .tables = NULL},
    {"idle, and busy at the end", IDLE_HERE, BUSY_HERE, INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"idle since a time that is hidden", SESSION("11", "'5'", "'client backend'", "'a'", "'idle'", "null"), SESSION("11", "'5'", "'client backend'", "'a'", "'idle'", "null"), INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"idle, and began at a time that is hidden", SESSION("11", "'5'", "'client backend'", "null", "'idle'", "'b'"), SESSION("11", "'5'", "'client backend'", "null", "'idle'", "'b'"), INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"busy, and idle at the end", BUSY_HERE, IDLE_HERE, INSERT_HERE, UNKNOWN, NULL, .tables = NULL},
    {"somebody in a database that is not listed", SESSION("11", "'9'", "'client backend'", "'a'", "'active'", "'b'"), NULL, ROLE, UNKNOWN, NULL, .tables = NULL},
    {"our own session is nobody", OURS, OURS, INSERT_HERE, RUN, NULL, .tables = NULL},
    {"born during the bracket", NULL, BUSY_HERE, INSERT_HERE, RUN, NULL, .tables = NULL},
    {"somebody elsewhere is nobody here", BUSY_THERE, BUSY_THERE, INSERT_HERE, RUN, NULL, .tables = NULL},
    /* what names no database, or all of them */
    {"an id alone, nobody", NULL, NULL, COMMIT, RUN, NULL, .tables = NULL},
    {"an id alone, somebody elsewhere", BUSY_THERE, BUSY_THERE, COMMIT, UNKNOWN, NULL, .tables = NULL},
    {"an id alone, somebody idle elsewhere", IDLE_THERE, IDLE_THERE, COMMIT, RUN, NULL, .tables = NULL},
    {"a shared object, nobody", NULL, NULL, ROLE, RUN, NULL, .tables = NULL},
    {"a shared object, somebody elsewhere", BUSY_THERE, BUSY_THERE, ROLE, UNKNOWN, NULL, .tables = NULL},
    {"a shared object by a session of this database", BUSY_THERE, BUSY_THERE, ROLE "," INSERT_HERE, RUN, NULL, .tables = NULL},
    {"a cache told anew, nobody", NULL, NULL, GROUP("Transaction", "INVALIDATION", "null", "", ""), E, "housekeeping", .tables = NULL},
    {"a cache told anew under an id", NULL, NULL, GROUP("Transaction", "INVALIDATION", "'100'", "", ""), RUN, NULL, .tables = NULL},
    {"a message, nobody", NULL, NULL, MESSAGE, RUN, NULL, .tables = NULL},
    {"a message, somebody elsewhere", BUSY_THERE, BUSY_THERE, MESSAGE, UNKNOWN, NULL, .tables = NULL},
    {"its commit belongs to its insert", BUSY_THERE, BUSY_THERE, COMMIT "," INSERT_HERE, RUN, NULL, .tables = NULL},
    {"a database that was not there, and another", NULL, NULL, GROUP("Heap", "INSERT", "'100'", "'6','7'", ""), RUN, NULL, .tables = NULL},
    {"statistics where sessions are not counted", NULL, NULL, STATISTICS_THERE, UNKNOWN, NULL, .sessions_before = "null", .sessions_after = "null"},
    {"a relation of this database under another's name", BUSY_THERE, BUSY_THERE, GROUP("Heap", "INSERT", "'100'", "'7'", R("5", "'public.t'")), RUN, NULL, .tables = NULL},
    {"nobody in it, and then its commit", NULL, NULL, INSERT_THERE "," COMMIT, UNKNOWN, NULL, .tables = NULL},
    {"a subtransaction there of a transaction here", BUSY_THERE, BUSY_THERE, GROUP("Heap", "INSERT", "'101'", "'7'", R("7", "null")) ","
     "{'rmgr':'Transaction','type':'COMMIT','xid':'100','databases':[],'relations':[],'subxids':['101'],'count':1,'bytes':50},"
     INSERT_HERE, RUN, NULL, .tables = NULL},
    {"this database and another", BUSY_THERE, BUSY_THERE, GROUP("Heap", "INSERT", "'100'", "'5','7'", R("5", "'public.t'") "," R("7", "null")), RUN, NULL, .tables = NULL},
    {"a standby's record there, nobody in it", NULL, NULL, GROUP("Standby", "LOCK", "'100'", "'7'", ""), E, "other databases", .tables = NULL},
    {"a file and its truncation of another manager there", NULL, NULL, FILE_THERE("Heap", "TRUNCATE", "20000"), UNKNOWN, NULL, .tables = NULL},
    {"statistics and another file there", NULL, NULL, GROUP("Heap", "UPDATE", "'100'", "'7'", R("7", "null") "," "{'database':'7','filenode':'2619','tablespace':'1663','relation':null}"), UNKNOWN, NULL, .tables = NULL},
    {"a file of no relation there", NULL, NULL, GROUP("Heap", "UPDATE", "'100'", "'7'", ""), UNKNOWN, NULL, .tables = NULL},
    /* other databases */
    {"another database", BUSY_THERE, BUSY_THERE, INSERT_THERE, E, "other databases", .tables = NULL},
    {"another database, its commit", BUSY_THERE, BUSY_THERE, COMMIT "," INSERT_THERE, E, "other databases", .tables = NULL},
    {"another database, a lock alone", BUSY_THERE, BUSY_THERE, LOCK_THERE, E, "other databases", .tables = NULL},
    {"another database, nobody in it", NULL, NULL, INSERT_THERE, UNKNOWN, NULL, .tables = NULL},
    {"another database, nobody who did anything in it", IDLE_THERE, IDLE_THERE, INSERT_THERE, UNKNOWN, NULL, .tables = NULL},
    {"another database, nobody in it, its commit", NULL, NULL, COMMIT "," INSERT_THERE, UNKNOWN, NULL, .tables = NULL},
    {"another database, nobody in it, statistics", NULL, NULL, STATISTICS_THERE, E, "other databases", .tables = NULL},
    {"another database, nobody in it, a catalog", NULL, NULL, FILE_THERE("Heap", "UPDATE", "1259"), UNKNOWN, NULL, .tables = NULL},
    {"another database, nobody in it, pages given back", NULL, NULL, FILE_THERE("Storage", "TRUNCATE", "20000"), E, "other databases", .tables = NULL},
    {"another database, nobody in it, a file made", NULL, NULL, FILE_THERE("Storage", "CREATE", "20000"), UNKNOWN, NULL, .tables = NULL},
    {"another database, nobody in it, vacuum", NULL, NULL, FILE_THERE("Heap", "INPLACE", "1259"), E, "other databases", .tables = NULL},
    {"another database and a shared object", BUSY_THERE, BUSY_THERE, INSERT_THERE "," ROLE, UNKNOWN, NULL, .tables = NULL},
    {"a session was counted there", NULL, NULL, INSERT_THERE, RUN, NULL, .sessions_after = "'4'"},
    {"a session was counted there, somebody", BUSY_THERE, BUSY_THERE, INSERT_THERE, UNKNOWN, NULL, .sessions_after = "'4'"},
    {"a session is there that was not", NULL, BORN_THERE, INSERT_THERE, RUN, NULL, .tables = NULL},
    {"a session was seen there", NULL, NULL, INSERT_THERE, RUN, NULL,
     .seen = "{'pid':12,'backend_start':'q','database':'7','type':'client backend','xids':[],'user':'u'}"},
    {"an autovacuum worker is there that was not", NULL, VACUUM_THERE, STATISTICS_THERE, E, "other databases", .tables = NULL},
    {"sessions are not counted", NULL, NULL, INSERT_THERE, UNKNOWN, NULL, .sessions_before = "null", .sessions_after = "null"},
    {"a database that was not there", NULL, NULL, GROUP("Heap", "INSERT", "'100'", "'9'", R("9", "null")), RUN, NULL, .tables = NULL},
    {"a record without an id there", NULL, NULL, GROUP("Heap2", "VACUUM", "null", "'7'", R("7", "null")), E, "other databases", .tables = NULL},
    /* records without an id */
    {"pruning", BUSY_HERE, BUSY_HERE, PRUNE, E, "pruning and hint bits by reads", .tables = NULL},
    {"hint bits", NULL, NULL, GROUP("XLOG", "FPI_FOR_HINT", "null", "'5'", R("5", "'public.t'")), E, "pruning and hint bits by reads", .tables = NULL},
    {"a checkpoint", NULL, NULL, GROUP("XLOG", "CHECKPOINT_ONLINE", "null", "", ""), E, "checkpoints", .tables = NULL},
    {"running transactions", NULL, NULL, GROUP("Standby", "RUNNING_XACTS", "null", "", ""), E, "running-xacts", .tables = NULL},
    {"a page of the commit log", NULL, NULL, GROUP("CLOG", "ZEROPAGE", "null", "", ""), E, "housekeeping", .tables = NULL},
    {"a segment switch by hand", NULL, NULL, GROUP("XLOG", "SWITCH", "null", "", ""), RUN, NULL, .tables = NULL},
    {"a segment switch by the server", NULL, NULL, GROUP("XLOG", "SWITCH", "null", "", ""), E, "segment switches", .archive_timeout = "1min"},
    {"a type that the list does not have", NULL, NULL, UNKNOWN_TYPE, RUN, NULL, .tables = NULL},
    {"pruning under an id is that id's", NULL, NULL, GROUP("Heap2", "PRUNE", "'100'", "'5'", R("5", "'public.t'")), RUN, NULL, .tables = NULL},
    /* autovacuum */
    {"vacuum by nobody", NULL, NULL, VACUUM("'public.t'"), RUN, NULL, .tables = NULL},
    {"autovacuum", NULL, NULL, VACUUM("'public.t'"), E, "autovacuum", .tables = T_VACUUMED},
    {"autoanalyze", NULL, NULL, VACUUM("'public.t'"), E, "autovacuum", .tables = T_ANALYZED},
    {"autovacuum beside somebody", BUSY_HERE, BUSY_HERE, VACUUM("'public.t'"), E, "autovacuum", .tables = T_VACUUMED},
    {"vacuum by hand", NULL, NULL, VACUUM("'public.t'"), RUN, NULL, .tables = T_BY_HAND},
    {"analyzed by hand", NULL, NULL, VACUUM("'public.t'"), RUN, NULL, .tables = T_ANALYZED_BY_HAND},
    {"pg_class in place, and somebody analyzed another", NULL, NULL, GROUP("Heap", "INPLACE", "null", "'5'", R("5", "'pg_catalog.pg_class'")), RUN, NULL, .tables = T_VACUUMED_MORE},
    {"the horizon, and somebody analyzed another", NULL, NULL, HORIZON, RUN, NULL, .tables = T_VACUUMED_MORE},
    {"the horizon and another relation", NULL, NULL, GROUP("Heap", "INPLACE", "null", "'0'", R("0", "'pg_catalog.pg_database'") "," R("0", "'pg_catalog.pg_authid'")), RUN, NULL, .tables = T_VACUUMED},
    {"another shared relation in place", NULL, NULL, GROUP("Heap", "INPLACE", "null", "'0'", R("0", "'pg_catalog.pg_authid'")), RUN, NULL, .tables = T_VACUUMED},
    {"a row of pg_database", NULL, NULL, GROUP("Heap", "UPDATE", "null", "'0'", R("0", "'pg_catalog.pg_database'")), RUN, NULL, .tables = T_VACUUMED},
    {"its counters were reset", NULL, NULL, VACUUM("'public.t'"), RUN, NULL, .tables = T_RESET},
    {"all statistics were reset", NULL, NULL, VACUUM("'public.t'"), RUN, NULL, .tables = T_VACUUMED, .reset = "'x'"},
    {"another table", NULL, NULL, VACUUM("'public.u'"), RUN, NULL, .tables = T_VACUUMED},
    {"a relation without a name", NULL, NULL, VACUUM("null"), RUN, NULL, .tables = T_VACUUMED},
    {"an index of the table", NULL, NULL, VACUUM("'public.t_pkey'"), E, "autovacuum", .tables = T_VACUUMED},
    {"an index with a strange name", NULL, NULL, VACUUM("'public.\\'x ON y\\''"), E, "autovacuum", .tables = T_VACUUMED},
    {"an index of another", NULL, NULL, VACUUM("'public.u_pkey'"), RUN, NULL, .tables = T_VACUUMED},
    {"a toast table itself", NULL, NULL, VACUUM("'pg_toast.pg_toast_9'"), E, "autovacuum", .tables = TABLE("pg_toast.pg_toast_9", "0", "0", "1", "0")},
    {"a toast table of another", NULL, NULL, VACUUM("'pg_toast.pg_toast_99_index'"), RUN, NULL, .tables = TABLE("pg_toast.pg_toast_9", "0", "0", "1", "0")},
    {"a toast table of no length", NULL, NULL, VACUUM("'pg_toast.pg_toast_9999999999999999999999999999999999999999999999999999999999999999_index'"), RUN, NULL, .tables = T_VACUUMED},
    {"a catalog itself", NULL, NULL, VACUUM("'pg_catalog.pg_attribute'"), E, "autovacuum", .tables = TABLE("pg_catalog.pg_attribute", "0", "0", "1", "0")},
    {"a catalog of a longer name", NULL, NULL, VACUUM("'pg_catalog.pg_attributes'"), RUN, NULL, .tables = TABLE("pg_catalog.pg_attribute", "0", "0", "1", "0")},
    {"a catalog's part that is no index", NULL, NULL, VACUUM("'pg_catalog.pg_attribute_x'"), RUN, NULL, .tables = TABLE("pg_catalog.pg_attribute", "0", "0", "1", "0")},
    {"an index of a catalog that nothing rose of", NULL, NULL, VACUUM("'pg_catalog.pg_attribute_x_index'"), RUN, NULL, .tables = TABLE("pg_catalog.pg_attribute", "0", "1", "1", "0")},
    {"an index of a catalog of a longer name", NULL, NULL, VACUUM("'pg_catalog.pg_attributes_index'"), RUN, NULL, .tables = TABLE("pg_catalog.pg_attribute", "0", "0", "1", "0")},
    {"the horizon of another database", NULL, NULL, HORIZON, E, "autovacuum", .tables = NULL, .autovacuum = "on"},
    {"the horizon where it is off", NULL, NULL, HORIZON, RUN, NULL, .tables = NULL},
    {"the horizon, and somebody came elsewhere", NULL, BORN_THERE, HORIZON, RUN, NULL, .tables = NULL, .sessions_after = "'4'", .autovacuum = "on"},
    {"the horizon beside who was elsewhere before", IDLE_THERE, IDLE_THERE, HORIZON, E, "autovacuum", .tables = NULL, .autovacuum = "on"},
    {"of two databases, its relation of ours", NULL, NULL, GROUP("Heap2", "VACUUM", "null", "'5','7'", R("5", "'public.t'")), RUN, NULL, .tables = T_VACUUMED},
    {"a relation of another database in its list", NULL, NULL, GROUP("Heap2", "VACUUM", "null", "'5'", R("7", "'public.t'")), RUN, NULL, .tables = T_VACUUMED},
    {"statistics of extensions", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_catalog.pg_statistic_ext_data'"), E, "autovacuum", .tables = T_ANALYZED},
    {"the toast table of those", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_toast.pg_toast_3429_index'"), E, "autovacuum", .tables = T_ANALYZED},
    {"a toast table beside those", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_toast.pg_toast_34290'"), RUN, NULL, .tables = T_ANALYZED},
    {"an index of statistics", NULL, NULL, UNDER_ID("Btree", "INSERT_LEAF", "'pg_catalog.pg_statistic_relid_att_inh_index'"), E, "autovacuum", .tables = T_ANALYZED},
    {"statistics, and a file made", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_catalog.pg_statistic'") "," GROUP("Storage", "CREATE", "'100'", "'5'", R("5", "'public.t'")), RUN, NULL, .tables = T_ANALYZED},
    {"statistics, and a standby's other record", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_catalog.pg_statistic'") "," GROUP("Standby", "OTHER", "'100'", "", ""), RUN, NULL, .tables = T_ANALYZED},
    {"statistics, and another of its manager", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_catalog.pg_statistic'") "," GROUP("Heap2", "OTHER", "'100'", "", ""), RUN, NULL, .tables = T_ANALYZED},
    {"a toast table", NULL, NULL, VACUUM("'pg_toast.pg_toast_9_index'"), E, "autovacuum", .tables = TABLE("pg_toast.pg_toast_9", "0", "0", "1", "0")},
    {"a catalog", NULL, NULL, VACUUM("'pg_catalog.pg_attribute_relid_attnum_index'"), E, "autovacuum",
     .tables = TABLE("pg_catalog.pg_attribute", "0", "0", "1", "0")},
    {"statistics under an id", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_catalog.pg_statistic'") "," COMMIT, E, "autovacuum", .tables = T_ANALYZED},
    {"statistics, where wal_level is logical", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_catalog.pg_statistic'") "," GROUP("Heap2", "NEW_CID", "'100'", "", "") "," GROUP("Transaction", "INVALIDATION", "'100'", "", ""), E, "autovacuum", .tables = T_ANALYZED},
    {"a message beside statistics", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_catalog.pg_statistic'") "," GROUP("LogicalMessage", "MESSAGE", "'100'", "", ""), RUN, NULL, .tables = T_ANALYZED},
    {"statistics, and no table rose", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_catalog.pg_statistic'"), RUN, NULL, .tables = NULL},
    {"statistics, and somebody analyzed", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_catalog.pg_statistic'"), RUN, NULL, .tables = T_ANALYZED U_BY_HAND},
    {"the toast table of statistics", NULL, NULL, UNDER_ID("Heap", "INSERT", "'pg_toast.pg_toast_2619'"), E, "autovacuum", .tables = T_ANALYZED},
    {"statistics without an id", NULL, NULL, GROUP("Heap", "INSERT", "null", "'5'", R("5", "'pg_catalog.pg_statistic'")), RUN, NULL, .tables = T_ANALYZED},
    {"pg_class in place", NULL, NULL, GROUP("Heap", "INPLACE", "null", "'5'", R("5", "'pg_catalog.pg_class'")), E, "autovacuum", .tables = T_VACUUMED},
    {"a row of pg_class", NULL, NULL, UNDER_ID("Heap", "UPDATE", "'pg_catalog.pg_class'"), RUN, NULL, .tables = T_VACUUMED},
    {"a row of a table that was vacuumed", NULL, NULL, INSERT_HERE "," COMMIT, RUN, NULL, .tables = T_VACUUMED},
    {"truncation", NULL, NULL, UNDER_ID("Storage", "TRUNCATE", "'public.t'") "," LOCK_HERE "," COMMIT, E, "autovacuum", .tables = T_VACUUMED},
    {"a lock alone", NULL, NULL, LOCK_HERE, RUN, NULL, .tables = T_VACUUMED},
    {"truncation and more", NULL, NULL, UNDER_ID("Storage", "TRUNCATE", "'public.t'") "," UNDER_ID("Heap", "DELETE", "'public.u'"), RUN, NULL, .tables = T_VACUUMED},
    {"the horizon of the database", NULL, NULL, HORIZON, E, "autovacuum", .tables = T_VACUUMED},
    {"a database in place, and nothing rose", NULL, NULL, HORIZON, RUN, NULL, .tables = NULL},
    /* sessions that were seen to hold an id */
    {"a holder here names this database", BUSY_THERE, BUSY_THERE, COMMIT, RUN, NULL, .holders = "{'xid':'100','database':'5','pid':77,'kind':'open'}"},
    {"a holder there names that one", BUSY_THERE, BUSY_THERE, COMMIT, E, "other databases", .holders = "{'xid':'100','database':'7','pid':11,'kind':'open'}"},
    {"a prepared transaction there", NULL, NULL, COMMIT, E, "other databases", .holders = "{'xid':'100','database':'7','pid':null,'kind':'prepared'}"},
    {"a session of the command held it", BUSY_THERE, BUSY_THERE, COMMIT, RUN, NULL,
     .seen = "{'pid':12,'backend_start':'q','database':'5','type':'client backend','xids':['100'],'user':'u','named':true}"},
    {"a session held it that hides its database", BUSY_THERE, BUSY_THERE, COMMIT, UNKNOWN, NULL,
     .seen = "{'pid':12,'backend_start':'q','database':null,'type':null,'xids':['100'],'user':'u','named':false}"},
    {"what the records say goes before the holder", NULL, NULL, INSERT_HERE, RUN, NULL, .holders = "{'xid':'100','database':'7','pid':11,'kind':'open'}"},
    {"older than the run", NULL, NULL, GROUP("Transaction", "COMMIT_PREPARED", "'70'", "'5'", ""), UNKNOWN, NULL,
     .first_holders = "{'xid':'70','database':'5','pid':null,'kind':'prepared'}"},
};

static void test_groups(void **state)
{
    size_t bad = 0;

    (void)state;
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        struct evidence v;
        const char *basis = NULL;
        enum vfy_origin origin;

        make(&worlds[i], &v);
        origin = vfy_attribute_group(&v, vfy_json_at(v.groups, 0), &basis);
        if (origin == worlds[i].origin && (basis == NULL ? worlds[i].basis == NULL : worlds[i].basis != NULL && strcmp(basis, worlds[i].basis) == 0))
            continue;
        print_message("%s: origin %d, basis %s\n", worlds[i].name, origin, basis != NULL ? basis : "none");
        bad++;
    }
    assert_int_equal(bad, 0);
}

static struct ids count(const struct evidence *v, unsigned long long from, unsigned long long to)
{
    struct ids n = {0, 0, 0, 0};

    vfy_attribute_ids(v, from, to, &n, NULL);
    return n;
}

#define assert_ids(n, o, f, r, u)                                                                                      \
    do {                                                                                                               \
        const struct ids got = (n);                                                                                    \
        assert_int_equal(got.own, o);                                                                                  \
        assert_int_equal(got.foreign, f);                                                                              \
        assert_int_equal(got.run, r);                                                                                  \
        assert_int_equal(got.unknown, u);                                                                              \
    } while (0)

static void test_ids(void **state)
{
    static const char sub[] = "{'rmgr':'Transaction','type':'COMMIT','xid':'100','databases':[],'relations':[],"
                              "'subxids':['101','102'],'count':1,'bytes':50}," INSERT_THERE;
    struct world w = {.groups = STATISTICS_THERE};
    struct buf names = {&test_arena, NULL, 0, 0};
    struct ids n = {0, 0, 0, 0};
    struct evidence v;

    (void)state;
    make(&w, &v); /* ids that no document names are the run's where nobody was */
    assert_ids(count(&v, 100, 110), 0, 1, 9, 0);
    assert_ids(count(&v, 100, 100), 0, 0, 0, 0);
    w.before = w.after = BUSY_THERE;
    make(&w, &v);
    assert_ids(count(&v, 100, 110), 0, 1, 0, 9);
    w.groups = sub; /* subtransactions go with their top */
    make(&w, &v);
    assert_ids(count(&v, 100, 103), 0, 3, 0, 0);
    w = (struct world){.first_holders = "{'xid':'70','database':'5','pid':11,'kind':'open'}", .before = BUSY_HERE};
    make(&w, &v); /* what is older than the run is not its */
    assert_ids(count(&v, 70, 71), 0, 0, 0, 1);
    assert_ids(count(&v, 60, 70), 0, 0, 0, 10);
    assert_ids(count(&v, 98, 102), 0, 0, 0, 4);
    w.before = NULL;
    make(&w, &v);
    assert_ids(count(&v, 98, 102), 0, 0, 2, 2);
    vfy_attribute_ids(&v, 70, 71, &n, &names);
    assert_string_equal(names.p, "70 (session 11)");
    w = (struct world){.holders = "{'xid':'104','database':'5','pid':11,'kind':'open'}", .after = BUSY_HERE};
    make(&w, &v); /* left open at the end, by somebody who came during the run */
    names.len = 0;
    vfy_attribute_ids(&v, 104, 105, &n, &names);
    assert_string_equal(names.p, "104 (session 11 of u)");
    assert_ids(count(&v, 104, 105), 0, 0, 1, 0);
    w = (struct world){.before = BUSY_THERE, .after = BUSY_THERE,
                       .seen = "{'pid':12,'backend_start':'q','database':'5','type':'client backend','xids':['105','107'],"
                               "'user':'u','named':true}"};
    make(&w, &v); /* what the command's session held, without WAL */
    assert_ids(count(&v, 105, 106), 0, 0, 1, 0);
    assert_ids(count(&v, 106, 107), 0, 0, 0, 1);
    assert_ids(count(&v, 107, 108), 0, 0, 1, 0);
    w.before = w.after = NULL;
    make(&w, &v);
    assert_int_equal(vfy_attribute_here(&v), ORIGIN_RUN);
    assert_int_equal(vfy_attribute_anywhere(&v), ORIGIN_RUN);
}

/* each of many is found, whatever their number */
static void test_many(void **state)
{
    static char groups[4000], holders[8000];
    struct world w = {.groups = groups, .before = BUSY_THERE, .after = BUSY_THERE}, held = {.holders = holders};
    struct evidence v;

    (void)state;
    for (int n = 1; n <= 9; n++) {
        size_t len = 0;

        for (int i = 0; i < n; i++)
            len += (size_t)snprintf(groups + len, sizeof groups - len, "%s" GROUP("Heap", "INSERT", "'%d'", "'7'", R("7", "null")),
                                    i > 0 ? "," : "", 100 + 2 * i);
        make(&w, &v);
        for (int i = 0; i < n; i++) {
            assert_ids(count(&v, 100 + 2 * (unsigned)i, 101 + 2 * (unsigned)i), 0, 1, 0, 0);
            assert_ids(count(&v, 101 + 2 * (unsigned)i, 102 + 2 * (unsigned)i), 0, 0, 0, 1);
        }
        assert_ids(count(&v, 100, 100 + 2 * (unsigned)n), 0, (unsigned)n, 0, (unsigned)n);
    }
    for (size_t i = 0, n = 0; i < 100; i++) /* more than any record has room for */
        n += (size_t)snprintf(holders + n, sizeof holders - n, "%s{'database':'7','xid':'%zu'}", i > 0 ? "," : "", 100 + i);
    make(&held, &v);
    assert_ids(count(&v, 100, 201), 0, 100, 1, 0);
}

/* ids that are each other's subtransactions, as no server writes them, end somewhere */
static void test_circle(void **state)
{
    struct world w = {.groups = "{'rmgr':'Transaction','type':'COMMIT','xid':'100','databases':[],'relations':[],"
                                "'subxids':['101'],'count':1,'bytes':50},{'rmgr':'Transaction','type':'COMMIT',"
                                "'xid':'101','databases':[],'relations':[],'subxids':['100'],'count':1,'bytes':50}"};
    struct evidence v;

    (void)state;
    make(&w, &v);
    assert_ids(count(&v, 100, 102), 0, 0, 2, 0);
}

static struct evidence with_record(struct world *w, struct record *r, const char *session, bool raised)
{
    static const struct record *ran[1];
    struct evidence v;

    memset(r, 0, sizeof *r);
    make(w, &v);
    v.plan = doc("{'allowed_changes':[{'relation':'public.t','step':''}]}");
    r->session = r->bracket = doc(session);
    r->raised = raised;
    ran[0] = r;
    v.ran = ran;
    v.ran_count = 1;
    vfy_attribute_open(&v);
    return v;
}

static void test_records(void **state)
{
    static const char ten[] = "{'xid':'100','next_xid_before':'100','next_xid_after':'101'}";
    static const char none[] = "{'xid':null,'next_xid_before':'100','next_xid_after':'101'}";
    static const char wide[] = "{'xid':null,'next_xid_before':'100','next_xid_after':'102'}";
    static const char stolen[] = "{'xid':'100','next_xid_before':'101','next_xid_after':'102'}";
    struct world w = {.groups = INSERT_HERE "," COMMIT, .before = BUSY_HERE, .after = BUSY_HERE};
    struct record r;
    struct evidence v;
    const char *basis;

    (void)state;
    v = with_record(&w, &r, ten, false);
    assert_int_equal(vfy_attribute_group(&v, vfy_json_at(v.groups, 0), &basis), ORIGIN_EXPLAINED);
    assert_string_equal(basis, "steps");
    assert_ids(count(&v, 100, 101), 1, 0, 0, 0);
    w.groups = UNDER_ID("Sequence", "LOG", "'public.s'") "," GROUP("LogicalMessage", "MESSAGE", "'100'", "", "");
    v = with_record(&w, &r, ten, false); /* a sequence and a message are no rows that a plan allows */
    assert_int_equal(vfy_attribute_group(&v, vfy_json_at(v.groups, 0), &basis), ORIGIN_RUN);
    assert_int_equal(vfy_attribute_group(&v, vfy_json_at(v.groups, 1), &basis), ORIGIN_RUN);
    w.groups = NULL;
    v = with_record(&w, &r, ten, false); /* an id without WAL */
    assert_ids(count(&v, 100, 101), 1, 0, 0, 0);
    w.groups = INSERT_HERE "," COMMIT;
    v = with_record(&w, &r, none, false); /* an id that it did not tell of */
    assert_ids(count(&v, 100, 101), 0, 0, 0, 1);
    v = with_record(&w, &r, none, true); /* the one that its error aborted */
    assert_ids(count(&v, 100, 101), 1, 0, 0, 0);
    assert_int_equal(vfy_attribute_group(&v, vfy_json_at(v.groups, 1), &basis), ORIGIN_EXPLAINED);
    v = with_record(&w, &r, wide, true); /* two, and it can have had but one */
    assert_ids(count(&v, 100, 102), 0, 0, 0, 2);
    v = with_record(&w, &r, stolen, false); /* an id that was not taken while it ran */
    assert_ids(count(&v, 100, 101), 0, 0, 0, 1);
    w = (struct world){.groups = INSERT_THERE, .before = BUSY_THERE, .after = BUSY_THERE};
    v = with_record(&w, &r, wide, true); /* one of another database, one its own, without WAL */
    assert_ids(count(&v, 100, 102), 1, 1, 0, 0);
    w = (struct world){.groups = "{'rmgr':'Transaction','type':'COMMIT','xid':'100','databases':[],'relations':[],"
                                 "'subxids':['101'],'count':1,'bytes':50}"};
    v = with_record(&w, &r, "{'xid':'100','next_xid_before':'100','next_xid_after':'102'}", false);
    assert_ids(count(&v, 100, 102), 2, 0, 0, 0);
}

static void test_classes(void **state)
{
    (void)state;
    assert_int_equal(vfy_wal_class("Heap2", "PRUNE"), WAL_READ);
    assert_int_equal(vfy_wal_class("Heap2", "PRUNE_VACUUM_SCAN"), WAL_VACUUM);
    assert_int_equal(vfy_wal_class("XLOG", "NOOP"), WAL_HOUSEKEEPING);
    assert_int_equal(vfy_wal_class("Transaction", "INVALIDATION"), WAL_HOUSEKEEPING);
    assert_int_equal(vfy_wal_class("Heap", "NOOP"), WAL_WRITE);
    assert_true(vfy_wal_lsn("12") == 0x12ULL << 32);
    assert_true(vfy_wal_lsn("1/2") == (1ULL << 32) + 2);
    assert_int_equal(vfy_attribute_code(ORIGIN_RUN, E_WAL_WRITE), E_WAL_WRITE);
    assert_int_equal(vfy_attribute_code(ORIGIN_UNKNOWN, E_WAL_WRITE), E_EVIDENCE_UNATTRIBUTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_groups), TEST(test_ids), TEST(test_many), TEST(test_circle), TEST(test_records), TEST(test_classes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
