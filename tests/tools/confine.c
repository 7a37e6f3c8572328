/*
 * tests/tools/confine.c - for LD_PRELOAD: before main() the process gives up, for good, every
 * system call but those that reading files and printing need; any other kills it (SIGSYS).
 *
 *   reading   openat only to read, read, pread64, lseek, close, newfstatat, fstat, getdents64, mmap
 *   printing  write, only to descriptors 1 and 2
 *   memory    brk, munmap, mremap, mprotect, madvise, futex
 *   asking    getrandom, ioctl (is it a terminal?), access, getuid, geteuid, sysinfo, clock_gettime
 *   threads   clone only into this process, set_robust_list, rseq, rt_sigprocmask, rt_sigaction,
 *             sched_getaffinity; clone3, whose flags no filter can see, is said not to exist
 *   ending    exit, exit_group
 *
 * No file is made or changed, no socket opened, no program or process started, no signal sent.
 * CONFINE_TRY=write|create|socket|exec|fork|descriptor tries that, for the test of the test.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define IF(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (skip), 0)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define MAY(name) UNLESS(__NR_##name, 1), ALLOW

enum { WRITES = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY) };

static void confine(void)
{
    struct sock_filter rules[] = {
        LOAD(arch), IF(AUDIT_ARCH_X86_64, 1), KILL, LOAD(nr),
        MAY(read), MAY(pread64), MAY(lseek), MAY(close), MAY(newfstatat), MAY(fstat), MAY(getdents64), MAY(mmap),
        MAY(brk), MAY(munmap), MAY(mremap), MAY(mprotect), MAY(madvise), MAY(futex),
        MAY(getrandom), MAY(ioctl), MAY(access), MAY(getuid), MAY(geteuid), MAY(sysinfo), MAY(clock_gettime), MAY(exit_group),
        MAY(set_robust_list), MAY(rseq), MAY(rt_sigprocmask), MAY(rt_sigaction), MAY(sched_getaffinity), MAY(exit),
        UNLESS(__NR_clone3, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        UNLESS(__NR_clone, 4), LOAD(args[0]), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, CLONE_VM | CLONE_THREAD),
        UNLESS(CLONE_VM | CLONE_THREAD, 12), ALLOW,
        UNLESS(__NR_openat, 4), LOAD(args[2]), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, WRITES), UNLESS(0, 7), ALLOW,
        UNLESS(__NR_write, 5), LOAD(args[0]), UNLESS(1, 1), ALLOW, UNLESS(2, 1), ALLOW,
        KILL,
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        fprintf(stderr, "confine: this kernel has no seccomp filters here\n");
        _exit(77);
    }
}

static void try_it(const char *what)
{
    char *const argv[] = {"true", NULL};

    if (strcmp(what, "write") == 0)
        open("/dev/null", O_WRONLY);
    else if (strcmp(what, "create") == 0)
        open("/tmp/dryproof-confine", O_RDONLY | O_CREAT, 0600);
    else if (strcmp(what, "socket") == 0)
        socket(AF_INET, SOCK_STREAM, 0);
    else if (strcmp(what, "exec") == 0)
        execv("/bin/true", argv);
    else if (strcmp(what, "fork") == 0)
        fork();
    else if (strcmp(what, "descriptor") == 0)
        (void)!write(9, "x", 1);
}

__attribute__((constructor)) static void begin(void)
{
    const char *what = getenv("CONFINE_TRY");

    confine();
    if (what != NULL)
        try_it(what);
}
