/*
 * verifier/work.h - the same for many things, on several processors; the door to threads.
 */
#ifndef VFY_WORK_H
#define VFY_WORK_H

#include <stdbool.h>
#include <stddef.h>

/* bytes of a thread's stack; what a file is read through lies in it as well (source.c) */
enum { VFY_STACK = 2 << 20 };

/* vfy_work_width(count) - how many workers so many things get: one for each processor that this
 * process may run on, but not more than MAX_WORKERS or than there are things; 1 or more. */
size_t vfy_work_width(size_t count);

/*
 * vfy_work_run(workers, count, step, f, shared) - f(shared, worker, from, to) until from .. to have
 * been all things from 0 to count once, step of them at a time or less at the end.
 *
 * Each worker has a number below workers; the caller is number 0, and does all that others do not
 * begin: a thread that cannot be started is none.  When it returns, all are done and none runs.
 */
void vfy_work_run(size_t workers, size_t count, size_t step, void (*f)(void *shared, size_t worker, size_t from, size_t to),
                  void *shared);

/* vfy_work_is_under_way() - several workers are at it: there is no processor for anything beside. */
bool vfy_work_is_under_way(void);

#endif
