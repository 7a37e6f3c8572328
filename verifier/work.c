/*
 * verifier/work.c - see work.h.  With sums.c it starts threads; mem.c lets one of them end the
 * program.
 *
 * Threads, not processes: who kills one kills all, so that none can be missing unseen, and nothing
 * that may be written to is opened between them.
 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "verifier/work.h"

#include "verifier/crypto.h"
#include "verifier/json.h"
#include "verifier/limits.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_size_t crews; /* of more than one, under way */

struct work {
    void (*f)(void *shared, size_t worker, size_t from, size_t to);
    void *shared;
    size_t count, step;
    atomic_size_t next;
};

struct hand {
    struct work *work;
    size_t number;
    pthread_t thread;
};

bool vfy_work_is_under_way(void)
{
    return atomic_load(&crews) > 0;
}

size_t vfy_work_width(size_t count)
{
    cpu_set_t set;
    size_t n = sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;

    n = n > VFY_MAX_WORKERS ? VFY_MAX_WORKERS : n;
    n = n > count ? count : n;
    return n > 0 ? n : 1;
}

static void labour(struct work *w, size_t number)
{
    size_t from;

    while ((from = atomic_fetch_add(&w->next, w->step)) < w->count)
        w->f(w->shared, number, from, w->count - from < w->step ? w->count : from + w->step);
}

static void *begin(void *p)
{
    struct hand *h = p;

    labour(h->work, h->number);
    vfy_json_forget();
    return NULL;
}

void vfy_work_run(size_t workers, size_t count, size_t step, void (*f)(void *shared, size_t worker, size_t from, size_t to),
                  void *shared)
{
    struct work w = {.f = f, .shared = shared, .count = count, .step = step};
    struct hand hands[VFY_MAX_WORKERS];
    pthread_attr_t attr;
    size_t started = 0;

    atomic_fetch_add(&crews, workers > 1);
    if (workers > 1 && pthread_attr_init(&attr) == 0) {
        vfy_crypto_share();
        if (pthread_attr_setstacksize(&attr, VFY_STACK) == 0)
            for (; started + 1 < workers; started++) {
                hands[started] = (struct hand){.work = &w, .number = started + 1};
                if (pthread_create(&hands[started].thread, &attr, begin, &hands[started]) != 0)
                    break;
            }
        pthread_attr_destroy(&attr);
    }
    labour(&w, 0);
    while (started > 0)
        pthread_join(hands[--started].thread, NULL);
    atomic_fetch_sub(&crews, workers > 1);
}
