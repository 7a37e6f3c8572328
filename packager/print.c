/* packager/print.c - see packager/print.h. */
#include "packager/print.h"

#include <stdio.h>
#include <string.h>

#include "packager/limits.h"
#include "packager/verbs.h"

int pkg_print_json(struct jv *doc, struct err *e)
{
    struct buf text = buf_init(PKG_DOCUMENT_MAX);
    int rc = jv_document(doc, &text, e);

    if (rc == 0)
        (void)fwrite(text.data, 1, text.len, stdout); /* cli_finish_stdout() sees a failure */
    buf_release(&text);
    jv_free(doc);
    return rc;
}

bool pkg_print_help(int argc, char **argv, const char *verb, const char *what,
                    const struct cli_option *options, size_t n, const char *example)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            cli_verb_help(PKG_PROGRAM, verb, what, options, n, example);
            return true;
        }
    }
    return false;
}
