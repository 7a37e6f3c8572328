#!/usr/bin/env python3
"""bench/fit.py SAMPLES - by which power of size each job's seconds and memory grow.

SAMPLES is what bench/growth.sh wrote.  Of each job, axis and measure the medians of the rounds are
fitted by  a + b * n^k  (a and b not negative), least squares of logarithms: a is what a run costs
anyway, which would make any job look better than linear.  The best of a grid is taken.
  power  k; `from` and `to` are the powers that fit nearly as well: no median is further from the
         curve than half as far again as the worst is from the best curve, or 5 %.  Where 1 is one
         of them it is told instead: the simpler answer, when the samples exclude neither
  last   slope of the last decade, nothing subtracted: it shows what the fit could have hidden
  word   flat: over all sizes the medians, or the curve, rise by less than 1.25 times (power is then
         the slope of all);
         linear: power from 0.90 to 1.10; else n^k
"""
import csv
import math
import statistics
import sys

COLUMNS = ("job", "axis", "of", "smallest", "largest", "at_smallest", "at_largest", "power", "from", "to", "last", "word", "fixed", "factor")


def series(path):
    """{(job, axis, unit, measure): {size: [values]}}, in the order of the file"""
    out = {}
    with open(path, newline="") as f:
        for line in csv.DictReader(f, delimiter="\t"):
            for of in ("seconds", "mib"):
                sizes = out.setdefault((line["job"], line["axis"], line["unit"], of), {})
                sizes.setdefault(float(line["size"]), []).append(max(float(line[of]), 1e-4))
    return {key: pooled(sizes) for key, sizes in out.items()}


def pooled(sizes):
    """sizes within 10 % of one another are one: WAL of the same rows is never the same again"""
    out, group = {}, []
    for size in sorted(sizes):
        if group and size > group[0] * 1.1:
            out[statistics.median(group)] = [v for s in group for v in sizes[s]]
            group = []
        group.append(size)
    if group:
        out[statistics.median(group)] = [v for s in group for v in sizes[s]]
    return out


def residuals(points, k, ratio):
    """of logarithms, with the best b; and b's logarithm"""
    shapes = [math.log(y) - math.log(ratio + n ** k) for n, y in points]
    mean = sum(shapes) / len(shapes)
    return [s - mean for s in shapes], mean


def squares(points, k, ratio):
    return sum(r * r for r in residuals(points, k, ratio)[0]), ratio


def fit(sizes):
    """k, the range of k, a, b"""
    n0 = math.exp(sum(map(math.log, sizes)) / len(sizes))  # sizes near 1, so that one grid does for all
    points = [(n / n0, statistics.median(v)) for n, v in sizes.items()]
    coarse = [0.0] + [10 ** (i / 6) for i in range(-36, 25)]
    fine = [10 ** (i / 60) for i in range(-9, 10)]
    best = {}
    for step in range(1, 301):
        k = step / 100
        best[k] = min(squares(points, k, ratio) for ratio in coarse)
        best[k] = min(squares(points, k, best[k][1] * step) for step in fine)
    worst = {k: max(map(abs, residuals(points, k, best[k][1])[0])) for k in best}
    k = min(best, key=lambda k: best[k][0])
    near = [other for other in best if worst[other] <= max(1.5 * worst[k], math.log(1.05))]
    k = 1.0 if 1.0 in near and not 0.90 <= k <= 1.10 else k
    b = math.exp(residuals(points, k, best[k][1])[1])
    return k, min(near + [k]), max(near + [k]), best[k][1] * b, b / n0 ** k


def slope(sizes, decades):
    """of the points that many decades from the end, least squares of logarithms"""
    end = max(sizes)
    near = [(math.log(n), math.log(statistics.median(v))) for n, v in sizes.items() if n >= end / 10 ** decades * 0.9]
    if len(near) < 2:
        return 0.0
    x, y = (sum(axis) / len(near) for axis in zip(*near))
    return sum((a - x) * (b - y) for a, b in near) / sum((a - x) ** 2 for a, _ in near)


def judge(sizes):
    medians = {n: statistics.median(v) for n, v in sizes.items()}
    k, low, high, a, b = fit(sizes)
    rise = (a + b * max(sizes) ** k) / (a + b * min(sizes) ** k)
    if min(rise, max(medians.values()) / min(medians.values())) < 1.25:
        k = slope(sizes, 99)
        return k, k, k, statistics.median(medians.values()), 0.0, "flat"
    return k, low, high, a, b, "linear" if 0.90 <= k <= 1.10 else "n^%.2f" % k


def main():
    print("\t".join(COLUMNS))
    for (job, axis, _, of), sizes in series(sys.argv[1]).items():
        if len(sizes) < 4:
            sys.exit("fit: %s by %s has fewer than four sizes" % (job, axis))
        k, low, high, a, b, word = judge(sizes)
        first, last = min(sizes), max(sizes)
        print("\t".join([job, axis, of, "%.0f" % first, "%.0f" % last] +
                        ["%.4g" % statistics.median(sizes[n]) for n in (first, last)] +
                        ["%.2f" % v for v in (k, low, high, slope(sizes, 1))] + [word, "%.4g" % a, "%.4g" % b]))


if __name__ == "__main__":
    main()
