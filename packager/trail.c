/* packager/trail.c - see packager/trail.h.  With naming.c the only file of the packager with a thread. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "packager/trail.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WORTH ((size_t)1 << 20) /* bytes: before, a thread would cost more than it takes over */
#define BLOCK ((size_t)1 << 16) /* bytes copied at a time */
#define BLOCKS 16               /* that the thread may be behind */

struct pkg_trail {
    struct digest *digest;
    size_t early; /* bytes digested without a thread */
    bool is_tried, has_thread, is_closed;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t given, taken;
    size_t in, out; /* blocks so far */
    size_t lens[BLOCKS];
    unsigned char blocks[BLOCKS][BLOCK];
    struct err fault; /* what the thread met */
};

static bool has_two_processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

int pkg_trail_begin(struct pkg_trail **out, struct err *e)
{
    struct pkg_trail *t = calloc(1, sizeof *t);

    if (t == NULL)
        return err_no_memory(e);
    if (digest_new(&t->digest, e) != 0 || digest_begin(t->digest, e) != 0) {
        digest_free(t->digest);
        free(t);
        return -1;
    }
    (void)pthread_mutex_init(&t->lock, NULL); /* of these three none can fail with its defaults */
    (void)pthread_cond_init(&t->given, NULL);
    (void)pthread_cond_init(&t->taken, NULL);
    *out = t;
    return 0;
}

static void *follow(void *context)
{
    struct pkg_trail *t = context;
    int rc = 0;

    (void)pthread_mutex_lock(&t->lock);
    for (;;) {
        size_t at;

        while (t->in == t->out && !t->is_closed)
            (void)pthread_cond_wait(&t->given, &t->lock);
        if (t->in == t->out)
            break;
        at = t->out % BLOCKS;
        (void)pthread_mutex_unlock(&t->lock);
        if (rc == 0) /* else the rest is taken, and forgotten */
            rc = digest_add(t->digest, t->blocks[at], t->lens[at], &t->fault);
        (void)pthread_mutex_lock(&t->lock);
        t->out++;
        if (t->in - t->out <= BLOCKS / 2)
            (void)pthread_cond_signal(&t->taken);
    }
    (void)pthread_mutex_unlock(&t->lock);
    return NULL;
}

static void give(struct pkg_trail *t, const void *data, size_t len)
{
    (void)pthread_mutex_lock(&t->lock);
    if (t->in - t->out == BLOCKS) /* who sleeps, sleeps for half of them */
        while (t->in - t->out > BLOCKS / 2)
            (void)pthread_cond_wait(&t->taken, &t->lock);
    (void)pthread_mutex_unlock(&t->lock);
    memcpy(t->blocks[t->in % BLOCKS], data, len);
    t->lens[t->in % BLOCKS] = len;
    (void)pthread_mutex_lock(&t->lock);
    t->in++;
    (void)pthread_cond_signal(&t->given);
    (void)pthread_mutex_unlock(&t->lock);
}

int pkg_trail_add(struct pkg_trail *t, const void *data, size_t len, struct err *e)
{
    if (!t->is_tried && len > 0 && t->early >= WORTH) {
        t->is_tried = true;
        t->has_thread = has_two_processors() && pthread_create(&t->thread, NULL, follow, t) == 0;
    }
    if (!t->has_thread) {
        t->early += len;
        return digest_add(t->digest, data, len, e);
    }
    for (size_t part; len > 0; len -= part) {
        part = len < BLOCK ? len : BLOCK;
        give(t, data, part);
        data = (const unsigned char *)data + part;
    }
    return 0;
}

static void stop(struct pkg_trail *t)
{
    if (!t->has_thread)
        return;
    (void)pthread_mutex_lock(&t->lock);
    t->is_closed = true;
    (void)pthread_cond_signal(&t->given);
    (void)pthread_mutex_unlock(&t->lock);
    (void)pthread_join(t->thread, NULL);
    t->has_thread = false;
}

int pkg_trail_end(struct pkg_trail *t, char hex[DIGEST_HEX], struct err *e)
{
    unsigned char raw[DIGEST_BYTES];

    stop(t);
    if (t->fault.kind != ERR_NONE) {
        *e = t->fault;
        return -1;
    }
    if (digest_end(t->digest, raw, e) != 0)
        return -1;
    digest_to_hex(raw, DIGEST_BYTES, hex);
    return 0;
}

void pkg_trail_free(struct pkg_trail *t)
{
    if (t == NULL)
        return;
    stop(t);
    (void)pthread_cond_destroy(&t->taken);
    (void)pthread_cond_destroy(&t->given);
    (void)pthread_mutex_destroy(&t->lock);
    digest_free(t->digest);
    free(t);
}
