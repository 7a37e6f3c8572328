/* tests/unit/verifier_sums.c - digests made beside the reading: the same ones, in time, however many. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "tests/unit/verifier_test.h"

#include "verifier/sums.h"
#include "verifier/ustar.h"
#include "verifier/work.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

enum { WORTH_IT = 1 << 20, MANY = 2000 };

static char bytes[MANY];

/* ---- locks: what is luck elsewhere ends this program.  Its own functions go before the library's. ---- */

#define NEXT(name) \
    static __typeof__(name) *next; \
    if (next == NULL) \
        *(void **)&next = dlsym(RTLD_NEXT, #name)

static int must(int rc)
{
    if (rc != 0) {
        fprintf(stderr, "a lock: %s\n", strerror(rc));
        abort();
    }
    return rc;
}

static int locks, conditions; /* that there are */
static enum { NOTHING, ATTRIBUTES, STACK, PROCESSORS } lacking;

int pthread_attr_init(pthread_attr_t *attr)
{
    NEXT(pthread_attr_init);
    return lacking == ATTRIBUTES ? ENOMEM : next(attr);
}

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t n)
{
    NEXT(pthread_attr_setstacksize);
    return lacking == STACK ? EINVAL : next(attr, n);
}

int sched_getaffinity(pid_t pid, size_t n, cpu_set_t *set)
{
    NEXT(sched_getaffinity);
    if (lacking != PROCESSORS)
        return next(pid, n, set);
    CPU_ZERO_S(n, set);
    CPU_SET_S(0, n, set);
    return 0;
}

int pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *attr)
{
    NEXT(pthread_cond_init);
    conditions++;
    return must(next(c, attr));
}

int pthread_cond_destroy(pthread_cond_t *c)
{
    NEXT(pthread_cond_destroy);
    conditions--;
    return must(next(c));
}

/* one that knows who holds it */
int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *unused)
{
    pthread_mutexattr_t attr;

    (void)unused;
    NEXT(pthread_mutex_init);
    must(pthread_mutexattr_init(&attr));
    must(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK));
    locks++;
    return must(next(m, &attr));
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
    NEXT(pthread_mutex_lock);
    return must(next(m));
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
    NEXT(pthread_mutex_unlock);
    return must(next(m));
}

int pthread_mutex_destroy(pthread_mutex_t *m)
{
    NEXT(pthread_mutex_destroy);
    locks--;
    return must(next(m));
}

int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
    NEXT(pthread_cond_wait);
    return must(next(c, m));
}

/* the thread, where this machine has a processor for it; or none */
static struct vfy_sums *begin(int which)
{
    struct vfy_sums *s = vfy_sums_begin(which == 0 ? WORTH_IT - 1 : SIZE_MAX);

    if (which == 0)
        assert_null(s);
    else
        assert_int_equal(s != NULL, vfy_work_width(2) == 2);
    return s;
}

static void test_digests(void **state)
{
    static char got[MANY][VFY_HEX];

    (void)state;
    for (int which = 0; which < 2; which++) {
        struct vfy_sums *s = begin(which);

        memset(got, 0, sizeof got);
        for (size_t i = 0; i < MANY; i++) {
            struct vfy_hash *h;

            if (i % 2 == 0) {
                vfy_sums_of(s, bytes, i, got[i]);
                continue;
            }
            h = vfy_crypto_begin();
            for (size_t at = 0; at < i; at += 300)
                vfy_sums_add(s, h, bytes + at, i - at < 300 ? i - at : 300);
            vfy_sums_end(s, h, got[i]);
        }
        vfy_sums_finish(s);
        for (size_t i = 0; i < MANY; i++) {
            char want[VFY_HEX];

            vfy_crypto_sha256(bytes, i, want);
            assert_string_equal(got[i], want);
        }
    }
}

/* the thread is behind by more than there is room for */
static void test_full(void **state)
{
    enum { LARGE = 32 << 20, ROUNDS = 700 };
    static char got[ROUNDS][VFY_HEX];
    char *large = vfy_mem_room(&test_arena, LARGE), want[VFY_HEX], first[VFY_HEX];
    struct vfy_sums *s = begin(1);

    (void)state;
    memset(large, 1, LARGE);
    vfy_sums_of(s, large, LARGE, first);
    for (size_t i = 0; i < ROUNDS; i++)
        vfy_sums_of(s, bytes, i, got[i]);
    vfy_sums_finish(s);
    vfy_crypto_sha256(large, LARGE, want);
    assert_string_equal(first, want);
    for (size_t i = 0; i < ROUNDS; i++) {
        vfy_crypto_sha256(bytes, i, want);
        assert_string_equal(got[i], want);
    }
}

/* what is behind a mark may be changed at once; what is not, is still to be digested */
static void test_marks(void **state)
{
    enum { LARGE = 1 << 20 };
    char *window = vfy_mem_room(&test_arena, LARGE), want[VFY_HEX], got[VFY_HEX];

    (void)state;
    for (int which = 0; which < 2; which++) {
        struct vfy_sums *s = begin(which);
        struct vfy_hash *all = vfy_crypto_begin(), *same = vfy_crypto_begin();

        assert_int_equal(vfy_sums_mark(s), 0);
        vfy_sums_wait(s, 0);
        for (int i = 0; i < 20; i++) {
            memset(window, i, LARGE);
            vfy_crypto_add(same, window, LARGE);
            vfy_sums_add(s, all, window, LARGE);
            vfy_sums_wait(s, vfy_sums_mark(s));
            memset(window, 'x', LARGE);
        }
        vfy_sums_end(s, all, got);
        vfy_sums_wait(s, vfy_sums_mark(s));
        vfy_crypto_end(same, want);
        assert_string_equal(got, want);
        vfy_sums_finish(s);
    }
}

static void test_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        vfy_sums_finish(begin(1));
    vfy_sums_finish(NULL);
}

/* what it needs is there before anything is given to it, and gone behind it; what it cannot have it does without */
static void test_needs(void **state)
{
    struct vfy_sums *s;

    (void)state;
    vfy_sums_finish(vfy_sums_begin(SIZE_MAX));
    if (vfy_work_width(2) < 2)
        return;
    locks = conditions = 0;
    s = vfy_sums_begin(WORTH_IT);
    assert_non_null(s);
    assert_int_equal(locks, 1);
    assert_int_equal(conditions, 2);
    vfy_sums_finish(s);
    assert_int_equal(locks, 0);
    assert_int_equal(conditions, 0);
    for (lacking = ATTRIBUTES; lacking <= PROCESSORS; lacking++) {
        assert_null(vfy_sums_begin(SIZE_MAX));
        assert_int_equal(locks, 0);
        assert_int_equal(conditions, 0);
    }
    lacking = NOTHING;
}

static void ask(void *shared, size_t worker, size_t from, size_t to)
{
    bool *has = shared;

    (void)worker, (void)from, (void)to;
    has[0] = vfy_work_is_under_way();
    has[1] = vfy_sums_begin(SIZE_MAX) != NULL;
}

/* several workers have the processors already */
static void test_workers(void **state)
{
    bool has[2] = {false, true};

    (void)state;
    vfy_work_run(2, 1, 1, ask, has);
    assert_true(has[0]);
    assert_false(has[1]);
    assert_false(vfy_work_is_under_way());
    vfy_sums_finish(begin(1));
}

static void put(int fd, const char *p, size_t n)
{
    assert_int_equal(write(fd, p, n), n);
}

/* small ones, which are kept, and such as are in one window, in two, in many; more of them than there is room for at first */
static void test_archive(void **state)
{
    static const size_t sizes[] = {700, 0, 9000, 66000, 130000, 300000, 1200000};
    enum { COUNT = 154, KINDS = sizeof sizes / sizeof *sizes, MOST = 1200000 };
    const char *folder = getenv("TMPDIR");
    char *path = vfy_mem_print(&test_arena, "%s/dryproof-sums-XXXXXX", folder != NULL ? folder : "/tmp");
    char *data = vfy_mem_room(&test_arena, MOST + VFY_BLOCK), block[VFY_BLOCK] = "", whole[VFY_HEX];
    int fd = mkstemp(path);
    struct err e = {VFY_NO_CODE, "", ""};
    struct vfy_hash *all = vfy_crypto_begin();
    struct member *m;
    struct source s, part;
    size_t count;

    (void)state;
    assert_true(fd >= 0);
    memset(data, 0, MOST + VFY_BLOCK);
    for (size_t i = 0; i < COUNT; i++) {
        size_t n = sizes[i % KINDS], padded = (n + VFY_BLOCK - 1) / VFY_BLOCK * VFY_BLOCK;
        char name[8];

        snprintf(name, sizeof name, "m%03zu", i);
        memset(data, 'a' + (int)(i % 26), n);
        memset(data + n, 0, VFY_BLOCK);
        vfy_ustar_header(name, n, block);
        put(fd, block, VFY_BLOCK);
        put(fd, data, padded);
        vfy_crypto_add(all, block, VFY_BLOCK);
        vfy_crypto_add(all, data, padded);
    }
    memset(block, 0, VFY_BLOCK);
    for (int i = 0; i < 2; i++) {
        put(fd, block, VFY_BLOCK);
        vfy_crypto_add(all, block, VFY_BLOCK);
    }
    vfy_crypto_end(all, whole);
    close(fd);
    assert_int_equal(vfy_source_open(path, SIZE_MAX, &s, &e), 0);
    assert_string_equal(s.sha256, whole);
    locks = 0;
    assert_int_equal(vfy_ustar_read(&test_arena, &s, &m, &count, &e), 0);
    assert_int_equal(locks, 0); /* whoever digested beside has ended */
    assert_int_equal(count, COUNT);
    for (size_t i = COUNT; i-- > 0;) { /* the last one is large, and the last to be known */
        char want[VFY_HEX];

        memset(data, 'a' + (int)(i % 26), sizes[i % KINDS]);
        vfy_crypto_sha256(data, sizes[i % KINDS], want);
        assert_string_equal(m[i].sha256, want);
    }
    assert_int_equal(vfy_source_slice(&s, m[5].at, m[5].size, &part, &e), 0);
    assert_string_equal(part.sha256, m[5].sha256);
    vfy_source_close(&s);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_archive),
    };

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * i % 251);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
