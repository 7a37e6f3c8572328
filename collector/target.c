/* collector/target.c - see collector/target.h. */
#include "collector/target.h"

#include <stdlib.h>
#include <string.h>

#define URL_MAX 16384

static int add_encoded(struct buf *out, const char *text, struct err *e)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (const char *p = text; p != NULL && *p != '\0'; p++) {
        int bad = strchr(plain, *p) != NULL ? buf_add(out, p, 1, e)
                                            : buf_addf(out, e, "%%%02X", (unsigned int)(unsigned char)*p);
        if (bad != 0)
            return -1;
    }
    return 0;
}

static int add_option(struct buf *out, const char *before, const char *value, struct err *e)
{
    return buf_adds(out, before, e) != 0 ? -1 : add_encoded(out, value, e);
}

int col_target_url(const struct jv *environment, const char *password, const char *name,
                   struct buf *out, struct err *e)
{
    const char *host = jv_get_text(environment, "PGHOST");
    const char *port = jv_get_text(environment, "PGPORT");
    const char *ssl = jv_get_text(environment, "PGSSLMODE");
    bool is_socket = host == NULL || *host == '\0' || *host == '/' || *host == '@';

    if (add_option(out, "postgres://", jv_get_text(environment, "PGUSER"), e) != 0)
        return -1;
    if (password != NULL && *password != '\0' && add_option(out, ":", password, e) != 0)
        return -1;
    /* Not every reader of URIs takes an empty host; ?host= wins over this one. */
    if (is_socket && buf_adds(out, "@localhost", e) != 0)
        return -1;
    if (!is_socket && strchr(host, ':') != NULL && buf_addf(out, e, "@[%s]", host) != 0)
        return -1;
    if (!is_socket && strchr(host, ':') == NULL && add_option(out, "@", host, e) != 0)
        return -1;
    if (add_option(out, ":", port == NULL || *port == '\0' ? "5432" : port, e) != 0 ||
        add_option(out, "/", jv_get_text(environment, "PGDATABASE"), e) != 0 ||
        add_option(out, "?application_name=", name, e) != 0)
        return -1;
    if (is_socket)
        return host == NULL || *host == '\0' ? 0 : add_option(out, "&host=", host, e);
    return ssl == NULL || strcmp(ssl, "prefer") == 0 ? 0 : add_option(out, "&sslmode=", ssl, e);
}

int col_target_add(struct jv *environment, const struct jv *params, const char *password,
                   const char *name, struct err *e)
{
    static const char *const places[] = {"dbname", "host", "hostaddr", "port", "user"};
    const char *service = jv_get_text(params, "service");
    struct buf url = buf_init(URL_MAX);
    bool is_other = false;
    int rc = -1;

    if (service == NULL)
        service = getenv("PGSERVICE");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        is_other = is_other || jv_get(params, places[i]) != NULL;
    if (col_target_url(environment, password, name, &url, e) != 0)
        goto out;
    jv_set(environment, "PGSERVICE", service == NULL || is_other ? jv_null() : jv_string(service));
    if (service != NULL && is_other && password != NULL && *password != '\0')
        jv_set(environment, "PGPASSWORD", jv_string(password)); /* it may have been the service's */
    jv_set(environment, "PGAPPNAME", jv_string(name));
    jv_set(environment, "DATABASE_URL", jv_string(url.data));
    rc = environment->is_broken ? err_no_memory(e) : 0;
out:
    buf_release(&url);
    return rc;
}
