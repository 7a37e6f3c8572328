/*
 * tests/fuzz/mcp.c - hostile messages to dryproof mcp: it lives to the end of its input, and says
 * nothing but JSON-RPC answers, at most one for each line.  The programs of its tools are not here.
 */
#include "tests/fuzz/fuzz.h"

#include "base/json.h"
#include "driver/mcp.h"

#include <stdlib.h>
#include <string.h>

static bool is_answer(const struct jv *m)
{
    const struct jv *id = jv_get(m, "id"), *error = jv_get(m, "error");
    const char *message = jv_get_text(error, "message");

    fuzz_claim(jv_text_is(jv_get(m, "jsonrpc"), "2.0"), "an answer is JSON-RPC");
    fuzz_claim(jv_is(id, JV_NULL) || jv_is(id, JV_STRING) || jv_is(id, JV_INT), "an id is a string, a number or null");
    fuzz_claim((error == NULL) != (jv_get(m, "result") == NULL), "an answer is a result or an error");
    fuzz_claim(error == NULL || (jv_is(jv_get(error, "code"), JV_INT) && message != NULL && fuzz_printable(message, strlen(message))),
               "an error has a code and a plain message");
    return error == NULL;
}

bool fuzz_target(const char *p, size_t n)
{
    char *said = NULL;
    size_t len = 0, lines = 1, answers = 0;
    FILE *in = tmpfile(), *out = open_memstream(&said, &len);
    struct err e = {ERR_NONE, ""};
    bool is_accepted = false;

    if (in == NULL || out == NULL || fwrite(p, 1, n, in) != n || fflush(in) != 0)
        abort();
    rewind(in);
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    fuzz_claim(mcp_serve(fileno(in), out, 5, &e) == 0, "it ends with its input");
    fclose(in);
    fclose(out);
    fuzz_say(said, len);
    for (char *line = said; line < said + len; answers++) {
        char *end = memchr(line, '\n', (size_t)(said + len - line));
        struct jv *m = NULL;

        fuzz_claim(end != NULL && jv_parse(line, (size_t)(end - line), &m, &e) == 0, "an answer is a line of JSON");
        is_accepted = is_answer(m) || is_accepted;
        jv_free(m);
        line = end + 1;
    }
    fuzz_claim(answers <= lines, "no line has two answers");
    free(said);
    return is_accepted;
}
