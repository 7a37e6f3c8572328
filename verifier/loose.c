/* verifier/loose.c - see loose.h.  The only file that includes zlib.h. */
#include "verifier/loose.h"

#include "verifier/file.h"
#include "verifier/limits.h"

#include <string.h>
#include <zlib.h>

enum { HEAD = 32 };

/* "type size" NUL; returns its length with the NUL, or 0 */
static size_t read_head(const char *p, size_t n, struct loose *out)
{
    size_t type = 0, i;

    while (type < n && type < sizeof out->type - 1 && p[type] >= 'a' && p[type] <= 'z')
        type++;
    if (type == n || p[type] != ' ')
        return 0;
    memcpy(out->type, p, type);
    out->type[type] = '\0';
    out->size = 0;
    for (i = type + 1; i < n && i < type + 16 && p[i] >= '0' && p[i] <= '9'; i++)
        out->size = out->size * 10 + (size_t)(p[i] - '0');
    if (i == n || i == type + 1 || (p[type + 1] == '0' && i > type + 2)) /* git writes no zero before a number */
        return 0;
    return p[i] == '\0' ? i + 1 : 0;
}

/* into n bytes, and no more; how many there were, or n + 1 for an object that does not end there */
static size_t inflate_all(z_stream *z, int state, char *p, size_t have, size_t n)
{
    char more;

    z->next_out = (Bytef *)p + have;
    z->avail_out = (uInt)(n - have);
    if (state == Z_OK && z->avail_out > 0)
        state = inflate(z, Z_SYNC_FLUSH);
    if (state == Z_OK && z->avail_out == 0) { /* the checksum is still to come */
        z->next_out = (Bytef *)&more;
        z->avail_out = 1;
        state = inflate(z, Z_FINISH);
    }
    if (state == Z_MEM_ERROR)
        vfy_mem_doubt(true);
    return state == Z_STREAM_END && z->avail_in == 0 ? z->total_out : n + 1;
}

int vfy_loose_read(struct arena *a, const char *path, size_t most, struct loose *out, struct err *e)
{
    z_stream z;
    char *file, *p, first[HEAD];
    size_t n, head, have, all;
    int state, rc = -1;

    if (vfy_file_read(a, path, VFY_MAX_PACKAGE_BYTES + (1 << 20), &file, &n, e) != 0)
        return -1;
    memset(&z, 0, sizeof z);
    if (inflateInit(&z) != Z_OK)
        vfy_mem_doubt(true);
    z.next_in = (Bytef *)file;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)first;
    z.avail_out = HEAD;
    state = inflate(&z, Z_SYNC_FLUSH);
    have = HEAD - z.avail_out;
    head = read_head(first, have, out);
    if (head == 0) {
        vfy_err_set(e, E_REPO_UNSAFE, path, "not a loose object");
        goto out;
    }
    rc = 0;
    out->data = NULL;
    if (out->size > most)
        goto out;
    all = head + out->size;
    p = vfy_mem_room(a, (all > HEAD ? all : HEAD) + 1);
    memcpy(p, first, have);
    out->data = p + head;
    if (have > all || inflate_all(&z, state, p, have, all) != all)
        rc = vfy_err_set(e, E_REPO_UNSAFE, path, "cut short, damaged, or longer than it says");
out:
    inflateEnd(&z);
    return rc;
}
