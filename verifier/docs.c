/*
 * verifier/docs.c - see docs.h.  One line per kind of file; FORMAT.md sections 2, 3, 5, 6.
 *
 * In a path `*` stands for one part and `#` for a digit.  A second shape makes it an
 * .ndjson file: the first line, then every other one.  "" is not a document of ours.
 */
#include "verifier/docs.h"

#include "verifier/limits.h"
#include "verifier/lines.h"
#include "verifier/shape.h"

#include <string.h>

#define PLAN                                                                                       \
    "{admissions:{code:S,contract_digest:S,definition_digest:S,filled:[S],label:S,relation:S},"   \
    "allowed_changes:[{after:%?s,before:%?s,columns:[S],key:%?s,relation:S,step:m}],"             \
    "captured:[{redacted:[S],relation:S,volatile:[S]}],carrier:S,"                                \
    "catalog:{count:S,registry:S,relation:S,where:%?s},"                                          \
    "contracts:{code:S,endpoint:S,pair:S,pairs:[(S,S)],registry:{code:S,relation:S},relation:S,"  \
    "required:[S]},dispatch:{actor:S,sql:S},executor~:<'allowed'|'required'>,forbidden:{named:[S],source:S,unnamed:[S]},"          \
    "gates:{expect:%s,key:S,relation:S,value:S},"                                                 \
    "grant:{active:S,build_step:m,consumed:S,consumed_at:S,consumed_by:S,equals:%*,expires_at:S," \
    "granted_by:S,key:%?s,manifest_equals:%m,relation:S,reuse_code:S,reuse_step:m,revoked_at:S,"  \
    "scope:S,set_equals:%{manifest:m,member:S},status:S,verify_step:m},"                          \
    "harness:{cases:[{args:[?<s|[*]|%*>],endpoint:S,expect:{code:w,raised:b},name:m,"                       \
    "set:<'primary'|'extra'>}],step:m},"                                                          \
    "manifests:[{bytes_sql:S,expect_sha256:h,hash_sql:S,name:m,object:%*,order_by:S,"             \
    "profile:<'manifest'|'record'>,repetitions:n,rows_member:S,rows_sql:S,"                       \
    "source:{members:%{column:S,prefix:s},relation:S,where:%?s}}],"                               \
    "owner:@C,plan_ref:S,preflight:{checks:[{check:@C,name:S}],step:m},"                          \
    "readback:[{check:@C,expect:s,field:S,name:m,sql:S}],readback_step:m,"                        \
    "reject_codes:{primary:{declared:[S],unreachable:[{code:S,reason:S,"                          \
    "unique:{column:S,relation:S}}]},secondary:{declared:[S],unobserved:[{code:S,reason:S}]}},"   \
    "required_claims:[S],reuse:{contract:{code:S,relation:S},"                                    \
    "dots:[{code:S,contract_sha256:?h,tool_sha256:h}],tool:{code:S,ignore:[S],relation:S}},"      \
    "sandbox:{database:S,labels:[S],surface:S},schema:'dryproof.plan/1',"                         \
    "scope:{exclude:[{reason:S,relation:S}]},step_role:S,"                                        \
    "steps:[<{args:[?<s|[*]|%*>],dot_code:S,endpoint:S,expect:@E,kind:'dot',"                             \
    "mode:<'PLAN_ONLY'|'VERIFY_ONLY'|'DRY_RUN'>,name:m,phase:S,xids:n}"  \
    "|{expect:{rows:[[v]]},kind:'observe',name:m,phase:S,sql:S}>],"                               \
    "title:S,verdicts:{governed:w,sandbox:w}}"

/* the plan that the collector writes for a bracket */
#define BRACKET                                                                                    \
    "{accept_basis:[S],carrier:'command',command:[s],expect_exit:n,plan_ref:S,readonly_role:?S,"   \
    "schema:'dryproof.bracket/1',scope:{exclude:[{reason:S,relation:S}]},strict_role:b,timeout:n}"

#define EXCHANGE                                                                                   \
    "{content_type:?s,failure:?<'broken'|'no-connection'|'secret'|'timeout'|'too-large'>,"         \
    "finished_at:t,schema:'dryproof.exchange/1',seen:?{database:S,user:S},started_at:t,status:?n}"
#define SESSION "backend_start:?s,database:?d,"
#define SEEN                                                                                       \
    "{" SESSION "first_seen:t,last_seen:t,named:b,pid:n,type:?s,user:?s,xids:[d]}"
#define GROUP                                                                                      \
    "{bytes:n,count:n,databases:[d],first_lsn:l,last_lsn:l,"                                       \
    "relations:[{database:d,filenode:d,relation:?S,tablespace:d}],rmgr:S,subxids:[d],type:S,xid:?d}"

static const struct {
    const char *path, *shape, *rest;
} kinds[] = {
    {"carrier/plan.json", PLAN, NULL},
    {"carrier/plan.json", BRACKET, NULL},
    {"started.json",
     "{carrier:S,plan_ref:S,plan_sha256:h,run_id:k,schema:'dryproof.started/1',started_at:t}", NULL},
    {"run.json", "{carrier:S,cases:n,collector:S,finished_at:t,plan_ref:S,plan_sha256:h,run_id:k,"
                 "schema:'dryproof.run/1',started_at:t,steps:n}", NULL},
    {"environment.json", "{collector:S,labels:[S],observer:@R,pinned:%s,redaction_key_id:?h,"
                         "schema:'dryproof.environment/1',step:@R}", NULL},
    {"wal.json", "{after_lsn:l,basis:?<'equal'|'pg_walinspect'|'pg_waldump'>,before_lsn:l,bytes:n,reason:?S,records:n,"
                 "schema:'dryproof.wal/2'}", NULL},
    {"wal/groups.ndjson", GROUP, GROUP},
    {"cost.json", "{after:{bytes:n,ms:n},before:{bytes:n,ms:n},schema:'dryproof.cost/1',wal:{bytes:n,ms:n}}", NULL},
    {"*/activity.json", "{databases:[{commits:d,name:S,oid:d,rollbacks:d,sessions:?d,stats_reset:?s}],"
     "holders:[{database:?d,kind:<'open'|'prepared'>,pid:?n,xid:d}],schema:'dryproof.activity/1',"
     "sessions:[{" SESSION "observer:b,pid:n,state:?s,state_change:?s,type:?s,user:?s}],"
     "settings:{archive_timeout:s,autovacuum:s,track_activities:s,track_counts:s,wal_level:s},"
     "tables:[{analyze:d,autoanalyze:d,autovacuum:d,relation:S,vacuum:d}],taken_at:t}", NULL},
    {"*/physical.json", "{relations:[{digest:?h,filenode:d,kind:<'r'|'m'|'i'|'S'|'t'>,relation:S,size:d}],"
     "schema:'dryproof.physical/1'}", NULL},
    {"after/answered.json", "{from:'before',schema:'dryproof.answered/1'}", NULL},
    {"*/wal.json", "{flush_lsn:l,insert_lsn:l,redo_lsn:l,schema:'dryproof.walpos/1',timeline:n}", NULL},
    {"*/capability.json", "{channels:[{capability:S,via:S}],role:S,schema:'dryproof.capability/1'}", NULL},
    {"*/identity.json", "{database:S,database_oid:d,in_recovery:b,labels:[S],"
     "schema:'dryproof.identity/1',server_started_at:t,server_version:S,server_version_num:n,"
     "system_identifier:d,taken_at:t,timeline:n}", NULL},
    {"*/tables.json", "{excluded:[{reason:s,relation:S}],not_observed:[{reason:s,relation:S}],"
     "schema:'dryproof.tables/1',tables:[{captured:b,columns:[(s,s)],digest:h,file~:S,"
     "kind:<'r'|'m'>,relation:S,rows:n}]}", NULL},
    {"*/tables/######.ndjson", "{columns:[s],redacted:[S],relation:S,volatile:[S]}", "[v]"},
    {"*/catalog.ndjson", "(S,s,s)", "(S,s,s)"},
    {"*/cluster.ndjson", "(S,s,s)", "(S,s,s)"},
    {"*/functions.ndjson", "{prosecdef:<'t'|'f'>,prosrc:s,signature:S}",
     "{prosecdef:<'t'|'f'>,prosrc:s,signature:S}"},
    {"*/sequences.json", "{schema:'dryproof.sequences/1',"
     "sequences:[{is_called:b,last_value:s,log_cnt:s,relation:S}]}", NULL},
    {"*/transactions.json", "{in_progress:[d],lsn:l,next_multixact:d,next_xid:d,observer_xid:?d,"
     "prepared:[d],schema:'dryproof.transactions/1',snapshot:S,taken_at:t}", NULL},
    {"steps/*/command.json", "{argv:[s],duration_ms:n,exit:?n,finished_at:t,role:S,schema:'dryproof.command/1',signal:?n,"
     "started_at:t,stderr:{bytes:n,kept:n},stdout:{bytes:n,kept:n},timed_out:b}", NULL},
    {"steps/*/sessions.ndjson", SEEN, SEEN},
    {"steps/*/stderr", "", NULL},
    {"steps/*/stdout", "", NULL},
    {"executor.json", "{address:S,schema:'dryproof.executor/1'}", NULL},
    {"executor/*/exchange.json", EXCHANGE, NULL},
    {"executor/*/response", "", NULL},
    {"steps/*/http/exchange.json", EXCHANGE, NULL},
    {"steps/*/http/request", "", NULL},
    {"steps/*/http/response", "", NULL},
    {"harness/*/http/exchange.json", EXCHANGE, NULL},
    {"harness/*/http/request", "", NULL},
    {"harness/*/http/response", "", NULL},
    {"steps/*/*/request.sql", "", NULL},
    {"steps/*/*/request.json", "{args:[?s],role:S,schema:'dryproof.request/1',statement_sha256:h}",
     NULL},
    {"steps/*/*/result.json", "{columns:[s],command:?s,error:?@X,notices:[@X],rows:[[v]],"
     "schema:'dryproof.result/1'}", NULL},
    {"steps/*/*/session.json", "{backend_pid:n,current_user:S,end:<'COMMIT'|'ROLLBACK'>,"
     "finished_at:t,next_xid_after:d,next_xid_before:d,schema:'dryproof.session/1',session_user:S,"
     "started_at:t,transaction_time:t,xid:?d}", NULL},
    {"harness/*/residue.json", "{next_xid_after:d,next_xid_before:d,schema:'dryproof.residue/1',"
     "state_after:h,state_before:h}", NULL},
    {"manifests/*/manifest.json", "{name:m,profile:S,repetitions:[{own_bytes:n,own_sha256:h,"
     "pg_bytes:n,pg_hash:S,pg_sha256:h}],schema:'dryproof.manifest/1'}", NULL},
    {"manifests/*/*.rows.ndjson", "{columns:[s]}", "[v]"},
    {"manifests/*/*.bytes", "", NULL},
    {"harness/junit.xml", "", NULL},
    {"harness/ctrf.json", "", NULL},
    {"facts.json", "{carrier:S,catalog:{after:h,before:h},coverage:{primary:@O,secondary:@O},"
     "harness:[{case:m,code:?s,fail_closed:b,has_seal:b,outcome:?s}],"
     "manifests:[{bytes:n,name:m,rows:n,sha256:h}],plan_ref:S,plan_sha256:h,"
     "readback:[{name:m,value:v}],schema:'dryproof.facts/1',sequences:[@F],"
     "steps:[{code:?s,fields:%*,name:m}],tables:[{after:@T,before:@T,relation:S}]}", NULL},
    {"assertions.json", "{assertions:[{claim:S,evidence:[S],values:%*}],authority_effect:S,"
     "registration_effect:S,schema:'dryproof.assertions/1'}", NULL},
};

/* pattern against path; `steps/ * / *` records also stand below harness/ and readback/ */
static bool fits(const char *pattern, const char *path)
{
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '*') {
            size_t n = strcspn(path, "/");
            size_t tail = strcspn(pattern + 1, "/");

            if (n < tail + 1 || memcmp(path + n - tail, pattern + 1, tail) != 0)
                return false;
            path += n;
            pattern += tail;
        } else if (*pattern == '#' ? *path < '0' || *path > '9' : *path != *pattern) {
            return false;
        } else {
            path++;
        }
    }
    return *path == '\0';
}

static bool is_kind(const char *pattern, const char *path)
{
    if (fits(pattern, path))
        return pattern[0] != '*' || strncmp(path, "before/", 7) == 0 ||
               strncmp(path, "after/", 6) == 0;
    if (strncmp(pattern, "steps/*/*/", 10) != 0 || strchr(path, '/') == NULL)
        return false;
    if (strncmp(path, "harness/", 8) != 0 && strncmp(path, "readback/", 9) != 0)
        return false;
    path = strchr(path, '/') + 1;
    return fits(pattern + 8, path);
}

static int check_shape(const struct json *v, const char *shape, const char *path, struct err *e)
{
    const char *version = strchr(shape, '/'), *have = vfy_json_str(v, "schema");
    const char *base = strstr(shape, "'dryproof.");
    char where[80];

    if (vfy_shape_check(v, shape, where, sizeof where))
        return 0;
    if (base != NULL && version > base && strncmp(have, base + 1, (size_t)(version - base)) == 0 &&
        (have[version - base] != version[1] || have[version - base + 1] != '\0'))
        return vfy_err_set(e, E_FORMAT_VERSION, path, "format version %.40s is not known", have);
    return vfy_err_set(e, E_JSON_SCHEMA, path, "not the shape of this document, at: %s",
                       where[0] != '\0' ? where : "its top");
}

static size_t count_lines(struct arena *a, const struct member *m)
{
    struct lines lines = vfy_lines_open(a, m);
    size_t n, count = 0;
    const char *p;

    while (vfy_lines_next(&lines, &p, &n))
        count++;
    vfy_lines_close(&lines);
    return count;
}

/* each a document of its shape; into items, unless that is NULL */
static int read_each(struct bag *bag, const struct member *m, const char *path, size_t kind, struct json *items,
                     struct err *e)
{
    struct arena one = {NULL, 0};
    struct lines lines = vfy_lines_open(bag->arena, m);
    size_t n, i = 0;
    const char *p;
    int rc = 0;

    while (rc == 0 && vfy_lines_next(&lines, &p, &n)) {
        const struct json *line;

        if (vfy_json_document(items != NULL ? bag->arena : &one, p, n - 1, path, &line, e) != 0 ||
            check_shape(line, i == 0 ? kinds[kind].shape : kinds[kind].rest, path, e) != 0)
            rc = -1;
        else if (items != NULL)
            items[i] = *line;
        else
            vfy_mem_reset(&one);
        i++;
    }
    vfy_lines_close(&lines);
    vfy_mem_release(&one);
    return rc;
}

/* A catalog is as large as a database's schema: its lines are not kept, snapshot.c and changes.c
 * read them again. */
static int read_lines(struct bag *bag, struct member *m, const char *path, size_t kind, struct err *e)
{
    bool is_kept = strcmp(kinds[kind].path, "*/catalog.ndjson") != 0;
    struct json *items = NULL, *list = vfy_mem_alloc(bag->arena, sizeof *list);
    size_t n = count_lines(bag->arena, m);

    if (n > VFY_MAX_LINES)
        return vfy_err_set(e, E_LIMIT_COUNT, path, "more lines than MAX_LINES");
    if (n > VFY_MAX_WAL_GROUPS && strcmp(path, "wal/groups.ndjson") == 0)
        return vfy_err_set(e, E_LIMIT_COUNT, path, "more lines than MAX_WAL_GROUPS");
    if (m->size > 0 && !vfy_member_ends_line(m))
        return vfy_err_set(e, E_JSON_NONCANONICAL, path, "the last line does not end with LF");
    if (is_kept)
        items = vfy_mem_alloc(bag->arena, n * sizeof *items);
    if (read_each(bag, m, path, kind, items, e) != 0)
        return -1;
    *list = (struct json){JSON_ARRAY, is_kept ? (uint32_t)n : 0, {.items = items}};
    m->doc = list;
    return 0;
}

static int read_member(struct bag *bag, struct member *m, const char *path, struct err *e)
{
    size_t i = 0, n = sizeof kinds / sizeof *kinds;
    const char *data;

    while (i < n && !is_kind(kinds[i].path, path))
        i++;
    if (i == n)
        return strncmp(path, "carrier/", 8) == 0
                   ? 0
                   : vfy_err_set(e, E_MANIFEST_EXTRA, path, "no file of that name is in the format");
    if (kinds[i].shape[0] == '\0')
        return 0;
    if (kinds[i].rest != NULL)
        return read_lines(bag, m, path, i, e);
    /* a carrier's own plan may be laid out for people; that of a bracket is the collector's */
    data = vfy_member_data(bag->arena, m);
    if (i == 0 && vfy_json_parse(bag->arena, data, m->size, JSON_OURS, path, &m->doc, e) != 0)
        return -1;
    if (i == 0 && strncmp(vfy_json_str(m->doc, "schema"), "dryproof.bracket/", 17) == 0)
        i = 1;
    if (i != 0 && !vfy_member_ends_line(m))
        return vfy_err_set(e, E_JSON_NONCANONICAL, path, "it does not end with one LF");
    if (i != 0 && vfy_json_document(bag->arena, data, m->size - 1, path, &m->doc, e) != 0)
        return -1;
    if (check_shape(m->doc, kinds[i].shape, path, e) != 0)
        return -1;
    return i == 0 ? vfy_docs_plan(m->doc, e) : i == 1 ? vfy_docs_bracket(m->doc, e) : 0;
}

int vfy_docs_read(struct bag *bag, struct err *e)
{
    for (size_t i = 0; i < bag->count; i++) {
        const char *path = vfy_bag_payload(&bag->members[i]);

        if (path != NULL && read_member(bag, &bag->members[i], path, e) != 0)
            return -1;
    }
    return 0;
}

int vfy_docs_fleet(const struct bag *bag, const struct json **doc, struct err *e)
{
    static const char shape[] =
        "{collector:S,command:?{argv:[s],duration_ms:n,exit:?n,finished_at:t,signal:?n,started_at:t,"
        "stderr:{bytes:n,kept:n},stdout:{bytes:n,kept:n},timed_out:b},finished_at:t,fleet_id:k,nonce:k,"
        "schema:'dryproof.fleet/1',started_at:t,targets:[{name:S,reason:?{code:<'ended'|'input'|'internal'|'limit'|'system'>,"
        "message:s},state:<'collected'|'lost'>}]}";
    static const char path[] = "fleet.json";
    const struct member *m = vfy_bag_find(bag, path);
    const struct json *read;

    if (m == NULL)
        return vfy_err_set(e, E_MANIFEST_MISSING, path, "a fleet needs it");
    if (!vfy_member_ends_line(m))
        return vfy_err_set(e, E_JSON_NONCANONICAL, path, "it does not end with one LF");
    if (vfy_json_document(bag->arena, vfy_member_data(bag->arena, m), m->size - 1, path, &read, e) != 0 ||
        check_shape(read, shape, path, e) != 0)
        return -1;
    *doc = read;
    return 0;
}
