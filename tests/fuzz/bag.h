/* tests/fuzz/bag.h - the verifier's word about an archive, for a target of another program. */
#ifndef FUZZ_BAG_H
#define FUZZ_BAG_H

#include <stddef.h>

/* bag_members(p, n, each) - how many members the archive has, 0 when the verifier takes it for no
 * plain archive (FORMAT.md section 7), its bag for no whole one, or nothing is in it but the tag files
 * (no package: its documents are missing); each is told, then. */
size_t bag_members(const char *p, size_t n, void (*each)(const char *name, const void *data, size_t size));

/* bag_repair(p, n) - the right checksum in every header, which no mutation would find by itself. */
void bag_repair(char *p, size_t n);

#endif
