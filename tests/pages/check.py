"""tests/pages/check.py - the review packet's texts, by Python's own HTML parser and by lines.

Usage: check.py page STATUS FOLDER    review.html and REVIEW.md: well formed, nothing that runs or
                                      loads, every link in the page, the verdict's status on top
       check.py same FOLDER FOLDER    the two packets differ in quoted texts alone
       check.py twins FOLDER          a PASS packet's files are edited, and each edit must be refused
Prints what is wrong, one line each; status 1 when there is any."""
import html.parser
import re
import sys

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
VOID = {"meta", "br"}
ELEMENTS = set("html head meta title style body a main header div span h1 h2 h3 p strong code ul ol li nav section table "
               "caption thead tbody tr th td svg rect br pre".split())
ATTRIBUTES = set("lang charset http-equiv content name class id href tabindex scope aria-label aria-labelledby aria-hidden "
                 "viewbox preserveaspectratio x y width height".split())


class Page(html.parser.HTMLParser):
    """Everything but the data: elements with their attributes, and text that is not in code type."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.wrong, self.open, self.ids, self.links, self.outline, self.first = [], [], [], [], [], {}
        self.tables = self.regions = self.policies = 0
        self.longest = ""
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append("never closed: " + " ".join(self.open))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in ELEMENTS:
            self.wrong.append("an element %s" % tag)
        for name in given:
            if name not in ATTRIBUTES:
                self.wrong.append("%s has %s" % (tag, name))
        if len(given) != len(attrs):
            self.wrong.append("%s has an attribute twice" % tag)
        if given.get("http-equiv", "").lower() == "content-security-policy":
            self.policies += given["content"] == POLICY and self.open == ["html", "head"]
        elif "http-equiv" in given:
            self.wrong.append("http-equiv " + given["http-equiv"])
        if tag == "section":
            self.region = given
        if tag == "table":
            self.tables += 1
            self.regions += self.open[-1] == "section" and self.region.get("tabindex") == "0" and "aria-labelledby" in self.region
        if tag == "th" and given.get("scope") not in ("col", "row"):
            self.wrong.append("th without scope")
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.links += ["#" + given["aria-labelledby"]] if "aria-labelledby" in given else []
        self.outline.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append("</%s> closes another" % tag)
        self.outline.append(("/" + tag, {}))

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        if inside in ("code", "title"):
            self.longest = max(self.longest, data, key=len)
            self.first.setdefault(inside, data)
        elif inside != "style":
            self.outline.append(("text", {"": without_size(data)}))

    def handle_comment(self, data):
        self.wrong.append("a comment")

    def handle_decl(self, decl):
        if decl != "DOCTYPE html" or self.outline:
            self.wrong.append("a declaration " + decl)

    def unknown_decl(self, data):
        self.wrong.append("a declaration " + data)

    def handle_pi(self, data):
        self.wrong.append("an instruction")


def without_size(text):
    """The one number that is of the package's bytes and not of what they say."""
    return re.sub(r"^(\| size of package.tar \| )?\d+ bytes( \|)?$", "N bytes", text)


def read(folder, name):
    with open(folder + "/" + name, encoding="latin-1", newline="") as f:
        return f.read()


def skeleton(text):
    """REVIEW.md without what stands in code spans; none of them reaches beyond its line."""
    return [re.sub(r"`[^`]*`", "`x`", without_size(line)) for line in text.split("\n")]


def check_page(status, text, markdown):
    page = Page(text)
    wrong = list(page.wrong)
    if re.search(r"[^\n -~]", text + markdown):
        wrong.append("not printable ASCII alone")
    if not text.startswith("<!DOCTYPE html>\n"):
        wrong.append("no DOCTYPE")
    if page.policies != 1:
        wrong.append("the policy stands %d times" % page.policies)
    if re.search(r"url\(|@import|expression\(", re.search(r"(?s)<style>(.*?)</style>", text)[1]):
        wrong.append("the style sheet loads something")
    if len(set(page.ids)) != len(page.ids):
        wrong.append("an id stands twice")
    wrong += ["a link to " + link for link in page.links if link[:1] != "#" or link[1:] not in page.ids]
    if not page.tables or page.regions != page.tables:
        wrong.append("%d tables, %d in a region that can have the focus" % (page.tables, page.regions))
    if page.first.get("code") != status:
        wrong.append("the page's status is %s" % page.first.get("code"))
    if "**Status: `%s`.**" % status not in markdown.split("\n")[2:3]:
        wrong.append("REVIEW.md has another status")
    spans = re.findall(r"`([^`]*)`", markdown)
    if any(line.count("`") % 2 for line in markdown.split("\n") if not line.startswith("```")):
        wrong.append("a code span does not end on its line")
    if len(max(spans + [page.longest], key=len)) > 20000:
        wrong.append("a text of %d characters" % len(max(spans + [page.longest], key=len)))
    return wrong


def check_same(a, b):
    wrong = []
    one, other = Page(read(a, "review.html")), Page(read(b, "review.html"))
    if one.outline != other.outline:
        at = next((i for i, (x, y) in enumerate(zip(one.outline, other.outline)) if x != y), min(len(one.outline), len(other.outline)))
        wrong.append("review.html is built otherwise, at %s and %s" % (one.outline[at:at + 1], other.outline[at:at + 1]))
    x, y = skeleton(read(a, "REVIEW.md")), skeleton(read(b, "REVIEW.md"))
    if x != y:
        wrong.append("REVIEW.md is built otherwise: " + str([p for p in zip(x, y) if p[0] != p[1]][:1] or (len(x), len(y)))[:400])
    return wrong


TWINS = [  # name, what is replaced, by what; the first place in review.html, or else in REVIEW.md
    ("a script", "</main>", "<script>1</script></main>"),
    ("a handler", "<main>", '<main onclick="1">'),
    ("a picture from elsewhere", "<main>", '<main><img src="//x">'),
    ("an address that runs", 'href="#claims"', 'href="javascript:x"'),
    ("a link out", 'href="#claims"', 'href="https://example.org"'),
    ("a link to nothing", 'id="claims"', 'id="claim"'),
    ("a weaker policy", "default-src 'none'", "default-src *"),
    ("no policy", "Content-Security-Policy", "default-style"),
    ("an element left open", "</section>", ""),
    ("an element closed twice", "</main>", "</div></main>"),
    ("an attribute twice", "<main>", '<main class="a" class="b">'),
    ("a comment", "<main>", "<main><!-- -->"),
    ("a header without scope", ' scope="col"', ""),
    ("a table that cannot have the focus", ' tabindex="0"', ""),
    ("an id twice", 'id="cost"', 'id="files"'),
    ("a style sheet that loads", "</style>", '@import "x"</style>'),
    ("another status", ">PASS<", ">FAIL<"),
    ("what is not ASCII", "Phase ledger", "Phase\xa0ledger"),
    ("another status in REVIEW.md", "Status: `PASS`", "Status: `HOLD`"),
    ("a code span that goes on", "# `", "# "),
    ("a text that is not cut", "Evidence, by claim", "`" + "x" * 20001 + "`"),
]


def check_twins(folder):
    text, markdown = read(folder, "review.html"), read(folder, "REVIEW.md")
    print("ok - the honest twin" if not check_page("PASS", text, markdown) else "not ok - the honest twin is refused")
    for name, old, new in TWINS:
        page, review = (text.replace(old, new, 1), markdown) if old in text else (text, markdown.replace(old, new, 1))
        refused = (page, review) != (text, markdown) and check_page("PASS", page, review)
        print("%s - refused: %s" % ("ok" if refused else "not ok", name))


def main():
    if sys.argv[1] == "twins":
        check_twins(sys.argv[2])
        return
    if sys.argv[1] == "page":
        found = check_page(sys.argv[2], read(sys.argv[3], "review.html"), read(sys.argv[3], "REVIEW.md"))
    else:
        found = check_same(sys.argv[2], sys.argv[3])
    print("\n".join(found) if found else "nothing is wrong")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
