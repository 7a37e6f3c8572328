/*
 * tests/fuzz/ustar.c - the archive reader.  Every input is read as it is, and once more with
 * the right checksum in every header, which no mutation would find by itself.
 */
#include "tests/fuzz/bag.h"
#include "tests/fuzz/insider.h"

#include "verifier/ustar.h"

#include <stdio.h>
#include <string.h>

static void write_header(char h[512], const char *name, size_t size)
{
    unsigned sum = 0;

    memset(h, 0, 512);
    memcpy(h, name, strlen(name));
    memcpy(h + 100, "000644 \0" "000000 \0" "000000 ", 23);
    snprintf(h + 124, 13, "%011lo ", (unsigned long)size);
    memcpy(h + 136, "00000000000         0", 21);
    memcpy(h + 257, "ustar\0" "00", 8);
    memcpy(h + 329, "000000 \0" "000000 ", 15);
    for (int i = 0; i < 512; i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
}

static bool read_one(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct buf again = {&a, NULL, 0, 0}, list = {&a, NULL, 0, 0};
    struct member *m = NULL;
    size_t count = 0;
    struct err e = {VFY_NO_CODE, "", ""};
    struct source s = vfy_source_bytes(p, n);
    bool ok = vfy_ustar_read(&a, &s, &m, &count, &e) == 0;

    if (!ok)
        insider_refused(&e, "E_TAR_ E_PATH_ E_LIMIT_");
    for (size_t i = 0; ok && i < count; i++) {
        char header[512], hex[VFY_HEX];

        fuzz_claim(m[i].data >= p && m[i].size <= (size_t)(p + n - m[i].data), "a member lies in the archive");
        fuzz_claim(i == 0 || strcmp(m[i - 1].name, m[i].name) < 0, "members are sorted, each name once");
        fuzz_claim(vfy_ustar_name(m[i].name, &e) == 0, "every name is safe");
        vfy_crypto_sha256(m[i].data, m[i].size, hex);
        fuzz_claim(strcmp(hex, m[i].sha256) == 0, "a member's digest is that of its bytes");
        write_header(header, m[i].name, m[i].size);
        vfy_mem_add(&again, header, 512);
        vfy_mem_add(&again, m[i].data, m[i].size);
        vfy_mem_add(&again, vfy_mem_alloc(&a, 512), -m[i].size & 511);
        vfy_mem_put(&list, "%s  %s\n", hex, m[i].name);
    }
    if (ok) {
        fuzz_say(list.p, list.len);
        vfy_mem_add(&again, vfy_mem_alloc(&a, 1024), 1024);
        fuzz_claim(again.len == n && memcmp(again.p, p, n) == 0, "an accepted archive, written again, is the same");
        fuzz_keep("tar", p, n);
        fuzz_keep("members", list.p, list.len);
    }
    vfy_mem_release(&a);
    return ok;
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    char *repaired = vfy_mem_copy(&a, p, n);
    bool ok = read_one(p, n);

    bag_repair(repaired, n);
    if (!ok && memcmp(repaired, p, n) != 0)
        ok = read_one(repaired, n);
    vfy_mem_release(&a);
    return ok;
}
