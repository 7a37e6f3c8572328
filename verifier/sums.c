/* verifier/sums.c - see sums.h.  Includes pthread.h, as work.c and mem.c do. */
#include "verifier/sums.h"

#include "verifier/work.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    WORTH = 1 << 20, /* bytes: a thread's beginning and end cost as much as SHA-256 of a twentieth of it */
    TASKS = 256      /* given and not done */
};

struct task {
    struct vfy_hash *hash;
    const void *p;
    size_t n;
    char *hex; /* NULL: p is to be added */
};

struct vfy_sums {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t given, done;
    struct task tasks[TASKS];
    size_t in, out, wanted; /* given so far, done so far; so many done, and the reader goes on */
    bool is_closed;
};

static void *follow(void *p)
{
    struct vfy_sums *s = p;

    pthread_mutex_lock(&s->lock);
    for (;;) {
        struct task t;

        while (s->out == s->in && !s->is_closed)
            pthread_cond_wait(&s->given, &s->lock);
        if (s->out == s->in)
            break;
        t = s->tasks[s->out % TASKS];
        pthread_mutex_unlock(&s->lock);
        if (t.hex == NULL)
            vfy_crypto_add(t.hash, t.p, t.n);
        else
            vfy_crypto_end(t.hash, t.hex);
        pthread_mutex_lock(&s->lock);
        if (++s->out == s->wanted)
            pthread_cond_signal(&s->done);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void destroy(struct vfy_sums *s)
{
    pthread_cond_destroy(&s->done);
    pthread_cond_destroy(&s->given);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct vfy_sums *vfy_sums_begin(size_t bytes)
{
    struct vfy_sums *s;
    pthread_attr_t attr;
    bool has_begun = false;

    if (bytes < WORTH || vfy_work_width(2) < 2 || vfy_work_is_under_way())
        return NULL;
    vfy_crypto_share();
    s = vfy_mem_raw(NULL, sizeof *s);
    s->in = s->out = s->wanted = 0;
    s->is_closed = false;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->given, NULL);
    pthread_cond_init(&s->done, NULL);
    if (pthread_attr_init(&attr) == 0) {
        has_begun = pthread_attr_setstacksize(&attr, VFY_STACK) == 0 && pthread_create(&s->thread, &attr, follow, s) == 0;
        pthread_attr_destroy(&attr);
    }
    if (has_begun)
        return s;
    destroy(s);
    return NULL;
}

size_t vfy_sums_mark(const struct vfy_sums *s)
{
    return s == NULL ? 0 : s->in;
}

/* with the lock */
static void wait_for(struct vfy_sums *s, size_t count)
{
    while (s->out < count) {
        s->wanted = count;
        pthread_cond_wait(&s->done, &s->lock);
    }
}

void vfy_sums_wait(struct vfy_sums *s, size_t mark)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    if (s->out < mark)
        wait_for(s, mark + (s->in - mark) / 2); /* who sleeps, sleeps for more than one window */
    pthread_mutex_unlock(&s->lock);
}

static void give(struct vfy_sums *s, struct task t)
{
    pthread_mutex_lock(&s->lock);
    if (s->in - s->out == TASKS)
        wait_for(s, s->in - TASKS / 2);
    s->tasks[s->in++ % TASKS] = t;
    pthread_cond_signal(&s->given);
    pthread_mutex_unlock(&s->lock);
}

void vfy_sums_add(struct vfy_sums *s, struct vfy_hash *h, const void *p, size_t n)
{
    if (s == NULL)
        vfy_crypto_add(h, p, n);
    else
        give(s, (struct task){.hash = h, .p = p, .n = n});
}

void vfy_sums_end(struct vfy_sums *s, struct vfy_hash *h, char hex[VFY_HEX])
{
    if (s == NULL)
        vfy_crypto_end(h, hex);
    else
        give(s, (struct task){.hash = h, .hex = hex});
}

void vfy_sums_of(struct vfy_sums *s, const void *p, size_t n, char hex[VFY_HEX])
{
    struct vfy_hash *h;

    if (s == NULL) {
        vfy_crypto_sha256(p, n, hex);
        return;
    }
    h = vfy_crypto_begin();
    vfy_sums_add(s, h, p, n);
    vfy_sums_end(s, h, hex);
}

void vfy_sums_finish(struct vfy_sums *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    s->is_closed = true;
    pthread_cond_signal(&s->given);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    destroy(s);
}
