/* tests/mutants/mutants.h - included before every mutated file; see source.py and serve.c. */
#ifndef MUTANTS_H
#define MUTANTS_H

extern int mutant_chosen;
extern unsigned char *mutant_seen; /* NULL unless reaching is recorded */

__attribute__((always_inline)) static inline int mutant_at(int number, int differs)
{
    if (__builtin_expect(mutant_seen != 0, 0) && differs)
        mutant_seen[number] = 1;
    return __builtin_expect(mutant_chosen == number, 0);
}
#define M(number) mutant_at(number, 1)
#define D(number, differs) mutant_at(number, __builtin_expect(mutant_seen == 0, 1) || (differs))

#endif
