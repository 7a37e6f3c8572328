/* driver/sandbox.c - see driver/sandbox.h. */
#define _DEFAULT_SOURCE /* lchown */
#include "driver/sandbox.h"

#include <errno.h>
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define FILES_MAX 100 /* surface files of a carrier */
#define ARGS_MAX (2 * FILES_MAX + 32)

/* Settings of the private cluster; nothing in it outlives it, so nothing is synced. */
static const char settings[] =
    "listen_addresses = ''\n"
    "unix_socket_directories = '%s'\n"
    "unix_socket_permissions = 0700\n"
    "cluster_name = 'dryproof-sandbox'\n"
    "max_connections = 24\n"
    "shared_buffers = '16MB'\n"
    "dynamic_shared_memory_type = mmap\n"
    "fsync = off\n"
    "synchronous_commit = off\n"
    "full_page_writes = off\n"
    "wal_level = replica\n"
    "autovacuum = off\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n"
    "log_min_messages = warning\n";

/* DRYPROOF_PG_BIN names the folder of initdb, pg_ctl, postgres and psql of another version. */
static int find_postgres(char *out, size_t size, struct err *e)
{
    static const char *const patterns[] = {"/usr/lib/postgresql/*/bin/initdb",
                                           "/usr/local/pgsql/bin/initdb", "/usr/bin/initdb"};
    const char *named = getenv("DRYPROOF_PG_BIN");
    glob_t found;

    if (named != NULL) {
        (void)snprintf(out, size, "%s", named);
        return 0;
    }
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        if (glob(patterns[i], 0, NULL, &found) == 0 && found.gl_pathc > 0) {
            const char *last = found.gl_pathv[found.gl_pathc - 1];
            (void)snprintf(out, size, "%.*s", (int)(strlen(last) - strlen("/initdb")), last);
            globfree(&found);
            return 0;
        }
        globfree(&found);
    }
    return err_set(e, ERR_SYSTEM,
                   "no PostgreSQL server programs found; install them (Debian: apt-get install "
                   "postgresql-15) or name a server with --db");
}

/* PostgreSQL refuses to run as root, so root lends the sandbox to a user without rights. */
static int find_user(struct proc_user *user, struct err *e)
{
    static const char *const names[] = {"postgres", "nobody"};

    user->is_other = false;
    user->uid = geteuid();
    user->gid = getegid();
    if (user->uid != 0)
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct passwd *pw = getpwnam(names[i]);
        if (pw != NULL && pw->pw_uid != 0) {
            user->is_other = true;
            user->uid = pw->pw_uid;
            user->gid = pw->pw_gid;
            return 0;
        }
    }
    return err_set(e, ERR_SYSTEM, "no unprivileged user (postgres or nobody) to run PostgreSQL as");
}

int sandbox_locate(const char *name, struct sandbox *out, struct err *e)
{
    const char *root = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

    if (n == 0 || n > 24 || name[n] != '\0')
        return err_set(e, ERR_USAGE, "sandbox name %s: expected 1 to 24 of [a-z0-9-]", name);
    if (find_postgres(out->bin, sizeof out->bin, e) != 0 || find_user(&out->user, e) != 0)
        return -1;
    (void)snprintf(out->dir, sizeof out->dir, "%s/dryproof-%ld-%s", root, (long)geteuid(), name);
    return 0;
}

bool sandbox_exists(const struct sandbox *s)
{
    return file_exists(s->dir);
}

bool sandbox_is_running(const struct sandbox *s)
{
    char path[FILE_PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/.s.PGSQL.5432", s->dir);
    return file_exists(path);
}

void sandbox_conninfo(const struct sandbox *s, const char *database, const char *role, char *out,
                      size_t size)
{
    (void)snprintf(out, size, "host=%s port=5432 user=%s dbname='%s'", s->dir, role, database);
}

static int make_folder(const struct sandbox *s, struct err *e)
{
    if (mkdir(s->dir, 0700) != 0)
        return err_errno(e, errno, "sandbox: cannot create %s", s->dir);
    if (s->user.is_other && lchown(s->dir, s->user.uid, s->user.gid) != 0)
        return err_errno(e, errno, "sandbox: cannot hand over %s", s->dir);
    return 0;
}

static struct cluster cluster_of(const struct sandbox *s)
{
    return (struct cluster){s->dir, s->bin, s->user};
}

static int start_cluster(const struct sandbox *s, struct err *e)
{
    const struct cluster cluster = cluster_of(s);
    char conf[FILE_PATH_MAX];
    struct buf text = buf_init(1 << 16);
    int rc = -1;

    (void)snprintf(conf, sizeof conf, "%s/data/postgresql.auto.conf", s->dir);
    if (cluster_make(&cluster, e) != 0)
        goto out;
    if (buf_addf(&text, e, settings, s->dir) != 0 ||
        file_replace(conf, text.data, text.len, 0600, e) != 0)
        goto out;
    if (s->user.is_other && lchown(conf, s->user.uid, s->user.gid) != 0) {
        err_errno(e, errno, "sandbox: cannot hand over %s", conf);
        goto out;
    }
    rc = cluster_start(&cluster, e);
out:
    buf_release(&text);
    return rc;
}

/* Before the carrier's surface: the database, and the role that only reads. */
static const char bootstrap[] =
    "CREATE DATABASE :\"db\";\n"
    "CREATE ROLE " SANDBOX_OBSERVER " LOGIN;\n"
    "GRANT pg_read_all_settings, pg_read_all_stats TO " SANDBOX_OBSERVER ";\n"
    "SELECT current_setting('server_version_num')::int >= 140000 AS has_read_all \\gset\n"
    "\\if :has_read_all\n"
    "GRANT pg_read_all_data TO " SANDBOX_OBSERVER ";\n"
    "\\endif\n"
    "\\connect :\"db\"\n"
    "ALTER DATABASE :\"db\" SET search_path = public;\n" /* not the schema named like the superuser */
    "CREATE SCHEMA dryproof_sandbox;\n"
    "CREATE TABLE dryproof_sandbox.mark (label text PRIMARY KEY);\n"
    "INSERT INTO dryproof_sandbox.mark SELECT unnest(string_to_array(:'labels', ','));\n"
    /* WAL by the server itself, from version 15 */
    "SELECT format('CREATE EXTENSION %I SCHEMA dryproof_sandbox;"
    " COMMENT ON EXTENSION %I IS NULL', name, name)\n"
    "  FROM pg_available_extensions WHERE name = 'pg_walinspect' \\gexec\n"
    "SELECT format('GRANT EXECUTE ON FUNCTION %s TO " SANDBOX_OBSERVER "', oid::regprocedure)\n"
    "  FROM pg_proc WHERE pronamespace = 'dryproof_sandbox'::regnamespace\n"
    "                 AND proname = 'pg_get_wal_records_info' \\gexec\n";

/* After it: what pg_read_all_data gives from version 14 on; then no hint bits or freezing
 * left for a reader to write. */
static const char finish[] =
    "\\if :has_read_all\n"
    "\\else\n"
    "SELECT format('GRANT USAGE ON SCHEMA %1$I TO " SANDBOX_OBSERVER ";"
    "GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO " SANDBOX_OBSERVER ";"
    "GRANT SELECT ON ALL SEQUENCES IN SCHEMA %1$I TO " SANDBOX_OBSERVER "', nspname)\n"
    "  FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' \\gexec\n"
    "\\endif\n"
    "VACUUM (FREEZE);\nCHECKPOINT;\n";

static int join_labels(const struct plan *plan, struct buf *out, struct err *e)
{
    const struct jv *labels = plan == NULL ? NULL : jv_get(jv_get(plan->doc, "sandbox"), "labels");

    if (labels == NULL || labels->count == 0)
        return buf_adds(out, "DISPOSABLE_SANDBOX", e);
    for (size_t i = 0; i < labels->count; i++)
        if (buf_addf(out, e, "%s%s", i == 0 ? "" : ",", labels->items[i]->bytes) != 0)
            return -1;
    return 0;
}

/* The psql command line that makes the database and loads everything in one session. */
struct load {
    const char *argv[ARGS_MAX];
    size_t count;
    char (*paths)[FILE_PATH_MAX];
    size_t path_count;
};

static int load_add(struct load *load, const char *dir, const char *name, struct err *e)
{
    if (load->path_count == FILES_MAX || load->count + 3 > ARGS_MAX)
        return err_set(e, ERR_LIMIT, "sandbox: more than %d files to load", FILES_MAX);
    if (file_join(load->paths[load->path_count], dir, name, e) != 0)
        return -1;
    load->argv[load->count++] = "-f";
    load->argv[load->count++] = load->paths[load->path_count++];
    return 0;
}

static int load_script(struct load *load, const struct sandbox *s, const char *name,
                       const char *text, struct err *e)
{
    if (load_add(load, s->dir, name, e) != 0)
        return -1;
    return file_write(load->paths[load->path_count - 1], text, strlen(text), 0600, e);
}

static int load_surface(struct load *load, const struct plan *plan, struct err *e)
{
    const char *folder = jv_get_text(jv_get(plan->doc, "sandbox"), "surface");
    size_t len = strlen(folder);

    for (size_t i = 0; i < plan->files.count; i++) {
        const char *name = plan->files.paths[i];
        const char *dot = strrchr(name, '.');

        if (strncmp(name, folder, len) == 0 && name[len] == '/' && dot != NULL &&
            strcmp(dot, ".sql") == 0 && load_add(load, plan->carrier_dir, name, e) != 0)
            return -1;
    }
    return 0;
}

static int load_database(const struct sandbox *s, const struct plan *plan, const char *admissions,
                         struct err *e)
{
    char psql[300], conninfo[256], db[128];
    struct buf labels = buf_init(1 << 16);
    struct load load = {{NULL}, 0, NULL, 0};
    const char *fixed[] = {psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "label=rehearsal",
                           "-v", db, "-v", NULL, "-d", conninfo};
    int rc = -1;

    load.paths = calloc(FILES_MAX, sizeof *load.paths);
    if (load.paths == NULL)
        return err_no_memory(e);
    (void)snprintf(psql, sizeof psql, "%s/psql", s->bin);
    (void)snprintf(db, sizeof db, "db=%s", sandbox_database(plan));
    sandbox_conninfo(s, "postgres", SANDBOX_SUPERUSER, conninfo, sizeof conninfo);
    if (buf_adds(&labels, "labels=", e) != 0 || join_labels(plan, &labels, e) != 0)
        goto out;
    fixed[10] = labels.data;
    memcpy(load.argv, fixed, sizeof fixed);
    load.count = sizeof fixed / sizeof *fixed;
    if (load_script(&load, s, "bootstrap.sql", bootstrap, e) != 0 ||
        (plan != NULL && load_surface(&load, plan, e) != 0) ||
        (admissions != NULL && load_add(&load, ".", admissions, e) != 0))
        goto out;
    if (admissions != NULL)
        load.argv[load.count - 1] = admissions;
    if (load_script(&load, s, "finish.sql", finish, e) != 0)
        goto out;
    rc = cluster_run(load.argv, NULL, "loading the surface", e);
out:
    free(load.paths);
    buf_release(&labels);
    return rc;
}

int sandbox_up(const struct sandbox *s, const struct plan *plan, const char *admissions,
               struct err *e)
{
    struct err later;

    if (sandbox_exists(s))
        return err_set(e, ERR_INPUT, "a sandbox is up in %s; take it down first: dryproof sandbox down",
                       s->dir);
    if (make_folder(s, e) != 0)
        return -1;
    if (start_cluster(s, e) != 0 || load_database(s, plan, admissions, e) != 0) {
        if (sandbox_down(s, &later) != 0)
            err_context(e, "%s; then", later.text);
        return -1;
    }
    return 0;
}

/* Only a folder that we made is ever removed: ours or our sandbox user's, closed to others. */
static int check_ownership(const struct sandbox *s, struct err *e)
{
    struct stat st;

    if (lstat(s->dir, &st) != 0)
        return err_errno(e, errno, "sandbox: cannot look at %s", s->dir);
    if (!S_ISDIR(st.st_mode) || (st.st_uid != s->user.uid && st.st_uid != geteuid()) ||
        (st.st_mode & 077) != 0)
        return err_set(e, ERR_SYSTEM, "sandbox: %s is not a folder of ours; not touched", s->dir);
    return 0;
}

int sandbox_down(const struct sandbox *s, struct err *e)
{
    const struct cluster cluster = cluster_of(s);

    if (!sandbox_exists(s))
        return 0;
    return check_ownership(s, e) != 0 || cluster_stop(&cluster, e) != 0 ? -1 : file_remove_tree(s->dir, e);
}

int sandbox_forget_template(const struct sandbox *s, struct err *e)
{
    const struct cluster cluster = cluster_of(s);

    return cluster_forget(&cluster, e);
}

const char *sandbox_database(const struct plan *plan)
{
    return plan == NULL ? "sandbox" : jv_get_text(jv_get(plan->doc, "sandbox"), "database");
}
