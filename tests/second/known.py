"""tests/second/known.py - answers to questions about the same bytes.

Mutants of one package share nearly all of their files.  What is asked of a file alone is asked
once: `remembered` marks such a question, whose arguments say everything about the answer, and
whose answer nobody changes.  `same` gives equal bytes as one object, so that finding an answer
costs no reading of them.  forget() begins anew; the answers may not differ then."""
from functools import lru_cache

KEPT = 2000  # of each question: the files of some packages, and the newest mutants' own
LINES = 20000  # of each about a line
QUESTIONS, OBJECTS = [], {}


def remembered(question, kept=KEPT):
    known = lru_cache(kept)(question)
    QUESTIONS.append(known)
    return known


def same(data):
    if len(OBJECTS) >= KEPT:
        OBJECTS.clear()
    return OBJECTS.setdefault(data, data)


def forget():
    OBJECTS.clear()
    for known in QUESTIONS:
        known.cache_clear()
