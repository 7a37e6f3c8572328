/* tests/fuzz/bag.c - see bag.h. */
#include "tests/fuzz/bag.h"

#include "verifier/bag.h"

#include <stdio.h>
#include <string.h>

enum { TAGS = 4 };

/* into every block that a reader would take for a header */
void bag_repair(char *p, size_t n)
{
    for (size_t at = 0; n - at >= 512;) {
        size_t size = 0;
        unsigned sum = 0;
        char *h = p + at, text[16];

        if (memcmp(h + 257, "ustar", 5) != 0)
            return;
        for (int i = 124; i < 135 && h[i] >= '0' && h[i] <= '7'; i++)
            size = size * 8 + (size_t)(h[i] - '0');
        for (int i = 0; i < 512; i++)
            sum += i >= 148 && i < 156 ? ' ' : (unsigned char)h[i];
        snprintf(text, sizeof text, "%06o%c ", sum, 0);
        memcpy(h + 148, text, 7);
        h[155] = ' ';
        at += 512;
        if (size > n - at)
            return;
        at += (size + 511) / 512 * 512;
        if (at > n)
            return;
    }
}

size_t bag_members(const char *p, size_t n, void (*each)(const char *name, const void *data, size_t size))
{
    struct bag bag = {&(struct arena){NULL, 0}, NULL, 0};
    struct source s = vfy_source_bytes(p, n);
    struct err e;
    size_t count = 0;

    if (vfy_ustar_read(bag.arena, &s, &bag.members, &bag.count, &e) == 0 && vfy_bag_check(&bag, &e) == 0 && bag.count > TAGS)
        while (count < bag.count) {
            each(bag.members[count].name, bag.members[count].data, bag.members[count].size);
            count++;
        }
    vfy_mem_release(bag.arena);
    return count;
}
