/* verifier/log_output.c - see log_output.h. */
#include "verifier/log_output.h"

#include "verifier/log.h"
#include "verifier/output.h"

/* the checkpoint, when it has the form of one */
static const struct note *note_of(const struct repo *repo)
{
    return repo->log != NULL && repo->log->note.size > 0 ? &repo->log->note : NULL;
}

static const char *unseen(const struct repo *repo)
{
    return note_of(repo) != NULL && vfy_log_unsigned(repo) ? VFY_LOG_UNSEEN : NULL;
}

void vfy_log_output_text(struct buf *b, const struct repo *repo, const struct report *r)
{
    static const char *const words[] = {"the log is whole, and it is that of this ledger and its history",
                                        "this log, or the ledger behind it, is not what was signed",
                                        "nothing is proven either way"};
    const struct note *note = note_of(repo);
    enum vfy_status status = vfy_report_status(vfy_report_exit(r));

    vfy_mem_put(b, "%s: %s\n", vfy_report_word(status), words[status]);
    if (note != NULL)
        vfy_mem_put(b, "size       %zu\nroot       %s\norigin     %s\nsigned by  %s\n", note->size, note->root_text,
                    note->origin, repo->log->signer != NULL ? repo->log->signer->key.keyid : "nobody who is trusted");
    for (size_t i = 0; i < r->count; i++)
        vfy_output_finding(b, &r->findings[i]);
    if (unseen(repo) != NULL)
        vfy_mem_put(b, "not observed\n  - %s\n", unseen(repo));
}

void vfy_log_output_json(struct buf *b, const struct repo *repo, const struct report *r)
{
    const struct note *note = note_of(repo);

    vfy_mem_put(b, "{\"commit\":");
    vfy_output_string(b, repo->tip[0] != '\0' ? repo->tip : NULL);
    vfy_mem_put(b, ",\"exit_status\":%d,\"findings\":", vfy_report_exit(r));
    vfy_output_findings(b, r);
    vfy_mem_put(b, ",\"not_observed\":[");
    if (unseen(repo) != NULL)
        vfy_output_string(b, unseen(repo));
    vfy_mem_put(b, "],\"origin\":");
    vfy_output_string(b, note != NULL ? note->origin : NULL);
    vfy_mem_put(b, ",\"packages\":%zu,\"root\":", repo->count);
    vfy_output_string(b, note != NULL ? note->root_text : NULL);
    vfy_mem_put(b, ",\"schema\":\"dryproof.log/1\",\"signed_by\":");
    vfy_output_string(b, note != NULL && repo->log->signer != NULL ? repo->log->signer->key.keyid : NULL);
    vfy_mem_put(b, ",\"size\":%zu,\"status\":\"%s\"}\n", note != NULL ? note->size : 0,
                vfy_report_word(vfy_report_status(vfy_report_exit(r))));
}
