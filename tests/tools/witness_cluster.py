"""tests/tools/witness_cluster.py - a private PostgreSQL cluster for the witness table, made,
started and removed here; nothing of it outlives the `with` block.

It is not the sandbox of driver/sandbox.c: prepared transactions, logical slots and
settings of one's own need another configuration, and the tables of tests/witness/fixture.sql
belong to no carrier."""
import glob
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{top}'
max_connections = 40
shared_buffers = '32MB'
dynamic_shared_memory_type = mmap
fsync = off
synchronous_commit = on
full_page_writes = off
wal_level = logical
wal_writer_delay = 10ms
max_prepared_transactions = 8
max_wal_size = '4GB'
wal_keep_size = '512MB'
checkpoint_timeout = '1h'
autovacuum = off
timezone = 'UTC'
log_min_messages = warning
log_min_error_statement = panic
"""


class Failed(Exception):
    pass


class Cluster:
    def __init__(self, name, settings=""):
        self.bin = os.environ.get("DRYPROOF_PG_BIN") or sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.user = {}
        self.name, self.settings = name, settings
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            other = pwd.getpwnam("postgres")
            self.user = {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}

    def server(self, program, *args):
        done = subprocess.run([os.path.join(self.bin, program), "-D", self.top + "/data", *args],
                              cwd=self.top, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, **self.user)
        if done.returncode != 0:
            raise Failed(f"{program}: {done.stdout[-400:]}")

    def __enter__(self):
        self.top = tempfile.mkdtemp(prefix=f"dryproof-witness-{self.name}-", dir=memory())
        try:
            if self.user:
                os.chown(self.top, self.user["user"], self.user["group"])
            self.server("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
                        "--no-sync")
            with open(self.top + "/data/postgresql.conf", "a", encoding="ascii") as f:
                f.write(SETTINGS.format(top=self.top) + self.settings)
            self.server("pg_ctl", "-l", self.top + "/log", "-w", "-t", "60", "-s", "start")
            self.major = int(self.psql("postgres", "SHOW server_version_num")) // 10000
            self.extensions = self.psql("postgres", "SELECT name FROM pg_available_extensions").split()
            version = subprocess.run([self.bin + "/psql", "--version"], capture_output=True, text=True, check=True)
            self.client_major = int(re.search(r"\) (\d+)", version.stdout)[1])
            # without pg_walinspect the collector reads WAL from the files, when it can
            self.reads_wal = "pg_walinspect" in self.extensions
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if os.path.exists(self.top + "/data/postmaster.pid"):
            self.server("pg_ctl", "-m", "immediate", "-w", "-s", "stop")
        shutil.rmtree(self.top, ignore_errors=True)

    def has_library(self, name):
        try:
            self.psql("postgres", f"LOAD '{name}'")
        except Failed:
            return False
        return True

    def conninfo(self, role, database):
        return f"host={self.top} port=5432 user={role} dbname={database}"

    def psql_argv(self, role, database):
        return [os.path.join(self.bin, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1",
                "-d", self.conninfo(role, database)]

    def psql(self, database, text, *options):
        """Run a script as the superuser; its unaligned output."""
        done = subprocess.run(self.psql_argv("postgres", database) + ["-A", "-t", *options],
                              input=text, capture_output=True, text=True, env=clean_environment())
        if done.returncode != 0:
            raise Failed(done.stderr[-600:])
        return done.stdout

    def settle(self, seconds=30):
        """Wait until every session but pgbench's has ended, the one that asks included: a
        session ends after its client does, and would be somebody else to the next bracket."""
        end = time.monotonic() + seconds
        while True:
            others, pid = self.psql("postgres", OTHERS).strip().split("|")
            if others == "0":
                break
            if time.monotonic() > end:
                raise Failed("a session does not end:\n" + self.psql("postgres", WHO))
            time.sleep(0.01)
        while os.path.exists("/proc/" + pid):
            time.sleep(0.002)


OTHERS = """SELECT count(*), pg_backend_pid() FROM pg_stat_activity WHERE pid <> pg_backend_pid()
    AND backend_type IN ('client backend', 'walsender', 'parallel worker') AND application_name <> 'pgbench'"""
WHO = "SELECT pid, datname, usename, backend_type, state, query FROM pg_stat_activity"


def memory():
    """Where files that a bracket syncs belong: below TMPDIR, else in memory where possible."""
    return os.environ.get("TMPDIR") or ("/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp")


def clean_environment():
    keep = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    return {**keep, "LC_ALL": "C", "PGTZ": "UTC", "TMPDIR": memory()}
