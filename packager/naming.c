/* packager/naming.c - see packager/naming.h.  With trail.c the only file of the packager with a thread. */
#include "packager/naming.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "packager/git.h"

struct pkg_naming {
    const void *data;
    size_t len;
    pthread_t thread;
    bool is_running;
    int rc;
    struct err fault;
    char id[PKG_GIT_HEX];
};

static void *make_name(void *context)
{
    struct pkg_naming *n = context;

    n->rc = pkg_git_name(n->data, n->len, n->id, &n->fault);
    return NULL;
}

int pkg_naming_begin(const void *data, size_t len, struct pkg_naming **out, struct err *e)
{
    struct pkg_naming *n = calloc(1, sizeof *n);

    if (n == NULL)
        return err_no_memory(e);
    n->data = data;
    n->len = len;
    n->is_running = len >= PKG_GIT_LARGE && pthread_create(&n->thread, NULL, make_name, n) == 0;
    if (!n->is_running)
        (void)make_name(n);
    *out = n;
    return 0;
}

static void wait_for(struct pkg_naming *n)
{
    if (n->is_running)
        (void)pthread_join(n->thread, NULL);
    n->is_running = false;
}

int pkg_naming_end(struct pkg_naming *n, const char **id, struct err *e)
{
    wait_for(n);
    if (n->rc != 0) {
        *e = n->fault;
        return -1;
    }
    *id = n->id;
    return 0;
}

void pkg_naming_free(struct pkg_naming *n)
{
    if (n == NULL)
        return;
    wait_for(n);
    free(n);
}
