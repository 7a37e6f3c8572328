#!/usr/bin/env python3
"""bench/plot.py SAMPLES FITS - the growth of each job as one SVG on standard output.

Small multiples, seconds above and resident memory below, one for each thing that grows.  Both axes
are logarithmic, and a decade is as wide as it is high: what is linear rises by 45 degrees, like
the dotted lines.  Points are medians, bars the spread of the rounds, lines the fitted a + b * n^k.
No script, no font, no link: it can be read anywhere, on light and on dark.
"""
import csv
import html
import math
import os
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fit  # noqa: E402

# of what bench/growth.sh lets grow: the panel's title, and what its axis counts
TITLES = {"rows": ("One table, by its rows", "rows"), "tables": ("A database, by its tables", "tables"), "WAL": ("WAL, by its bytes", "bytes"),
          "files of a package": ("A package, by its files", "files"), "bytes of files": ("A package, by bytes of files", "bytes"),
          "bytes of rows": ("A package, by bytes of rows", "bytes"), "packages": ("A repository, by its packages", "packages")}
COLUMNS, PANEL_W, PANEL_H, GAP_X, GAP_Y, MARGIN = 4, 172, 172, 158, 88, 72
BOUND = 64  # MiB that the collector may use, whatever it reads
# paper, ink, quieter ink, axes, guides, and the jobs: on light, on dark
PALETTES = (("#ffffff", "#1c2128", "#5c6673", "#b9c2cc", "#b4bfca", "#0b65c2", "#c2500b", "#7a3fb8"),
            ("#14181d", "#e6ebf1", "#9aa6b4", "#4a5561", "#56626f", "#62aefc", "#ff9a57", "#c69bff"))
SHAPES = """text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 11px; }
.big { font-size: 19px; font-weight: 600; } .head { font-size: 15px; font-weight: 600; } .name { font-size: 12.5px; font-weight: 600; } .label { font-weight: 600; }
.rule { fill: none; } .guide { stroke-dasharray: 0.1 4; stroke-width: 1.4; stroke-linecap: round; } .line { fill: none; stroke-width: 1.75; } .bar, .dot { stroke-width: 1.25; }"""


def colours(palette):
    """plain rules, without variables, which not every reader of SVG knows"""
    paper, ink, dim, rule, guide = palette[:5]
    rules = [".paper { fill: %s; } text { fill: %s; } .big, .head, .name { fill: %s; }" % (paper, dim, ink),
             ".rule { stroke: %s; } .guide { stroke: %s; } .dot { stroke: %s; }" % (rule, guide, paper)]
    return " ".join(rules + [".s%d { stroke: %s; } .f%d { fill: %s; }" % (i, c, i, c) for i, c in enumerate(palette[5:])])


STYLE = "%s\n%s\n@media (prefers-color-scheme: dark) { %s }" % ((SHAPES,) + tuple(map(colours, PALETTES)))


def spoken(value, of):
    """a decade as people write it"""
    if of == "seconds":
        return "%g s" % value if value >= 0.1 else "%g ms" % (value * 1e3) if value >= 1e-3 else "%g µs" % (value * 1e6)
    for unit, step in (("GiB", 1000), ("MiB", 1)) if of == "mib" else (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)) if of == "B" else ((" M", 1e6), (" k", 1e3)):
        if value >= step:
            return "%g%s" % (value / step, unit if unit[0] == " " else " " + unit)
    return "%g" % value


class Panel:
    """one drawing area; x and y take logarithms to base 10"""

    def __init__(self, left, top, jobs):
        sizes = [math.log10(n) for job in jobs for n in job["sizes"]]
        costs = [math.log10(v) for job in jobs for values in job["sizes"].values() for v in values]
        self.left, self.top = left, top
        self.x0, x1 = min(sizes) - 0.12, max(sizes) + 0.12
        y0, y1 = min(costs) - 0.2, max(costs) + 0.2
        self.decade = min(PANEL_W / (x1 - self.x0), PANEL_H / (y1 - y0))
        spare = PANEL_H / self.decade - (y1 - y0)
        self.y0 = y0 - spare / 2
        self.x1, self.y1 = self.x0 + PANEL_W / self.decade, self.y0 + PANEL_H / self.decade

    def x(self, v):
        return self.left + (v - self.x0) * self.decade

    def y(self, v):
        return self.top + PANEL_H - (v - self.y0) * self.decade

    def axes(self, unit, of, counted):
        out = ['<path class="rule" d="M%.1f %.1fV%.1fH%.1f"/>' % (self.left, self.top, self.top + PANEL_H, self.left + PANEL_W)]
        for d in range(math.ceil(self.y0), math.floor(self.y1) + 1):
            out.append('<path class="rule" d="M%.1f %.1fh-4"/>' % (self.left, self.y(d)))
            out.append('<text x="%.1f" y="%.1f" text-anchor="end">%s</text>' % (self.left - 7, self.y(d) + 3.8, spoken(10.0 ** d, of)))
        for d in range(math.ceil(self.x0), math.floor(self.x1) + 1):
            out.append('<path class="rule" d="M%.1f %.1fv4"/>' % (self.x(d), self.top + PANEL_H))
            out.append('<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>' % (self.x(d), self.top + PANEL_H + 17, spoken(10.0 ** d, "B" if unit == "B" else "n")))
        out.append('<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>' % (self.left + PANEL_W / 2, self.top + PANEL_H + 34, counted))
        return out + self.guides()

    def guides(self):
        """slope 1, through each decade of the left edge and of the lower one"""
        out, width, height = [], self.x1 - self.x0, self.y1 - self.y0
        for d in range(math.ceil(self.y0 - width), math.floor(self.y1) + 1):
            start, end = max(0.0, self.y0 - d), min(width, self.y1 - d)
            if end - start > 0.25:
                out.append('<path class="guide" d="M%.1f %.1fL%.1f %.1f"/>' % (
                    self.x(self.x0 + start), self.y(d + start), self.x(self.x0 + end), self.y(d + end)))
        return out

    def bound(self):
        y = self.y(math.log10(BOUND))
        if not self.top + 16 < y < self.top + PANEL_H:
            return []
        return ['<path class="rule" stroke-dasharray="5 3" d="M%.1f %.1fh%.1f"/>' % (self.left, y, PANEL_W),
                '<text x="%.1f" y="%.1f">%d MiB, the bound</text>' % (self.left + 6, y - 6, BOUND)]

    def job(self, number, job):
        out, steps = [], 48
        first, last = (math.log10(v) for v in (min(job["sizes"]), max(job["sizes"])))
        curve = []
        for i in range(steps + 1):
            n = first + (last - first) * i / steps
            cost = job["fixed"] + job["factor"] * 10 ** (n * job["power"]) if job["word"] != "flat" else job["fixed"]
            curve.append("%.1f %.1f" % (self.x(n), self.y(math.log10(cost))))
        out.append('<path class="line s%d" d="M%s"/>' % (number, "L".join(curve)))
        for n, values in sorted(job["sizes"].items()):
            x = self.x(math.log10(n))
            out.append('<path class="bar s%d" d="M%.1f %.1fV%.1f"/>' % (number, x, self.y(math.log10(min(values))), self.y(math.log10(max(values)))))
            out.append('<circle class="dot f%d" cx="%.1f" cy="%.1f" r="3.6"/>' % (number, x, self.y(math.log10(statistics.median(values)))))
        return out

    def labels(self, jobs):
        """at the right end of each line, moved apart where they would meet"""
        wanted = sorted((self.y(math.log10(statistics.median(job["sizes"][max(job["sizes"])]))), number, job) for number, job in enumerate(jobs))
        ys = [y for y, _, _ in wanted]
        for i in range(1, len(ys)):
            ys[i] = max(ys[i], ys[i - 1] + 30)
        over = max(0.0, ys[-1] + 14 - (self.top + PANEL_H))
        ys = [y - over for y in ys]
        x = max(self.x(math.log10(max(job["sizes"]))) for job in jobs) + 10
        out = []
        for y, (_, number, job) in zip(ys, wanted):
            out.append('<text class="label f%d" x="%.1f" y="%.1f">%s</text>' % (number, x, y + 1, html.escape(job["job"])))
            out.append('<text x="%.1f" y="%.1f">%s</text>' % (x, y + 14, html.escape(said(job))))
        return out


def said(job):
    return "flat" if job["word"] == "flat" else "linear, n^%.2f" % job["power"] if job["word"] == "linear" else job["word"]


def read(samples, fits):
    """{measure: {axis: [job]}}"""
    found = fit.series(samples)
    out = {"seconds": {}, "mib": {}}
    with open(fits, newline="") as f:
        for line in csv.DictReader(f, delimiter="\t"):
            for (job, axis, unit, of), sizes in found.items():
                if (job, axis, of) == (line["job"], line["axis"], line["of"]):
                    out[of].setdefault(axis, []).append({"job": job, "unit": unit, "sizes": sizes, "word": line["word"], **{
                        name: float(line[name]) for name in ("power", "fixed", "factor")}})
    return out


def key(left, top):
    """what the marks mean, where a panel would be"""
    x, y = left - 48, top + 10
    return ['<path class="bar s0" d="M%d %dv16"/><circle class="dot f0" cx="%d" cy="%d" r="3.6"/>' % (x + 15, y - 12, x + 15, y - 4),
            '<text x="%d" y="%d">median, and all rounds</text>' % (x + 42, y),
            '<path class="line s0" d="M%d %dC%d %d %d %d %d %d"/>' % (x, y + 25, x + 14, y + 25, x + 18, y + 22, x + 30, y + 10),
            '<text x="%d" y="%d">fitted: a + b n^k; k is told beside it,</text>' % (x + 42, y + 24),
            '<text x="%d" y="%d">linear where it is 0.90 to 1.10</text>' % (x + 42, y + 39),
            '<path class="guide" d="M%d %dl26 -26"/>' % (x + 2, y + 76),
            '<text x="%d" y="%d">slope 1: twice as much costs twice as much</text>' % (x + 42, y + 66)]


def draw(data):
    axes = list(data["seconds"])
    rows = math.ceil(len(axes) / COLUMNS)
    columns = min(COLUMNS, len(axes))
    section = 44 + rows * (PANEL_H + GAP_Y)
    width, height = MARGIN + columns * (PANEL_W + GAP_X) - 30, 84 + 2 * section - 20
    body = ['<text class="big" x="24" y="36">What each job costs as its input grows</text>',
            '<text x="24" y="56">Both axes are logarithmic, and a decade is as wide as it is high: what is linear ends up parallel to the dotted lines.</text>']
    for part, (of, head) in enumerate((("seconds", "Time"), ("mib", "Most resident memory"))):
        top = 84 + part * section
        body.append('<text class="head" x="24" y="%d">%s</text>' % (top + 16, head))
        for i, axis in enumerate(axes):
            jobs = data[of][axis]
            panel = Panel(MARGIN + i % COLUMNS * (PANEL_W + GAP_X), top + 58 + i // COLUMNS * (PANEL_H + GAP_Y), jobs)
            body.append('<text class="name" x="%.1f" y="%.1f">%s</text>' % (panel.left - 48, panel.top - 14, html.escape(TITLES[axis][0])))
            body += panel.axes(jobs[0]["unit"], of, TITLES[axis][1])
            if of == "mib" and axis == "rows":
                body += panel.bound()
            for number, job in enumerate(jobs):
                body += panel.job(number, job)
            body += panel.labels(jobs)
    if len(axes) % COLUMNS:
        body += key(MARGIN + len(axes) % COLUMNS * (PANEL_W + GAP_X), 84 + 58 + (rows - 1) * (PANEL_H + GAP_Y))
    said_all = "; ".join("%s of %s by %s: %s" % ("time" if of == "seconds" else "memory", job["job"], axis, said(job))
                         for of in data for axis in axes for job in data[of][axis])
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t d">\n'
            '<title id="t">What each job costs as its input grows</title>\n<desc id="d">%s</desc>\n<style>%s</style>\n'
            '<rect class="paper" width="%d" height="%d" rx="10"/>\n%s\n</svg>' % (width, height, width, height, html.escape(said_all), STYLE, width, height, "\n".join(body)))


if __name__ == "__main__":
    print(draw(read(sys.argv[1], sys.argv[2])))
