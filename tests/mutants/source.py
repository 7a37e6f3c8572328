"""tests/mutants/source.py - C source to mutants, all of them in one compilation ("mutant schemata").

A mutant is an alternative for a piece of source that one number chooses when the program
runs: `a < b` becomes `(M(7) ? (a <= b) : (a < b))`.  So a file is compiled once, not once a
mutant, and a run can tell which mutants it reached.  D(7, differs, ...) also tells whether
the alternative would have been another value; only where evaluating twice is harmless.

This is no C parser: it knows as much grammar as the tree's own style needs, and what it
makes of it is compiled - an alternative that does not compile is taken out again."""
import re

TOKEN = re.compile(
    r"""(?P<skip>\s+|/\*.*?\*/|//[^\n]*)|(?P<pre>^\#(?:[^\n\\]|\\.)*)|(?P<str>"(?:[^"\\]|\\.)*")|(?P<chr>'(?:[^'\\]|\\.)*')"""
    r"""|(?P<num>\d[\w.]*)|(?P<id>[A-Za-z_]\w*)|(?P<op><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""",
    re.S | re.M | re.X)
PRECEDENCE = {"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7,
              "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10}
FLIPS = {"==": ["!="], "!=": ["=="], "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
         "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"], "<<": [">>"],
         ">>": ["<<"], "&": ["|"], "|": ["&"], "^": ["|"]}
ASSIGN = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
TYPES = {"const", "char", "int", "unsigned", "signed", "long", "short", "size_t", "ssize_t", "bool", "void", "struct",
         "enum", "union", "double", "float", "FILE", "static", "register"}
# evaluating these twice changes nothing
PURE = re.compile(r"^(str(n?cmp|len|c?spn|chr|str|toull?)|mem(cmp|chr)|isalnum|isdigit|sizeof|given|(is|has|was|does)_\w+|same|equal"
                  r"|vfy_(json_(at|count|get|has|int|is|same|str|text)|text_(hex|time|utf8)|findings_\w+|bag_(find|peek)))$")
# what makes findings, or has others make them
REPORTS = re.compile(r"^vfy_(report_\w+|\w+_(sorted|judge|package))$")
# giving memory or handles back changes no verdict; the sanitised programs look for leaks
RESOURCE = re.compile(r"^(free|fclose|close|destroy|\w+_(free|release|close|clear|shutdown|destroy)|OPENSSL_cleanse)$")
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


class Mutant:
    def __init__(self, path, function, line, change):
        self.path, self.function, self.line, self.change = path, function, line, change
        self.number = self.ordinal = 0
        self.is_text = False  # only what a message says, or which number below 0 a failure is
        self.codes = set()

    def key(self):
        return (self.path, self.function, self.change if self.ordinal == 1 else "%s (%d)" % (self.change, self.ordinal))

    def told(self):
        return "%s:%d %s(): %s" % (self.path, self.line, self.function, self.key()[2])


class Node:
    """A piece of source [start, end) and what may stand in its place."""

    def __init__(self, start, end):
        self.start, self.end, self.choices = start, end, []


class Source:
    def __init__(self, path, text):
        self.path, self.text = path, text
        self.tokens = [(m.lastgroup, m[0], m.start(), m.end()) for m in TOKEN.finditer(text)
                       if m.lastgroup not in ("skip", "pre")]
        self.words = [t[1] for t in self.tokens]
        self.match = self.brackets()
        self.texts, self.codes = self.messages(), set()
        self.reporting = self.reports()
        self.nodes, self.statements, self.entries, self.mutants = {}, [], [], []
        self.function = self.returns = None
        self.functions()

    def brackets(self):
        stack, match = [], {}
        for i, word in enumerate(self.words):
            if self.tokens[i][0] == "op" and word in OPEN:
                stack.append(i)
            elif self.tokens[i][0] == "op" and word in CLOSE:
                j = stack.pop()
                match[i], match[j] = j, i
        return match

    def messages(self):
        """Tokens of what follows a format in what makes findings."""
        found = set()
        for i, word in enumerate(self.words):
            if word in ("vfy_err_set", "vfy_report_check", "fail") and self.words[i + 1] == "(":
                commas, j = 0, i + 2
                while j < self.match[i + 1]:
                    commas += self.words[j] == ","
                    k = self.match[j] if self.words[j] in OPEN and self.tokens[j][0] == "op" else j
                    if commas >= {"vfy_err_set": 4, "vfy_report_check": 6, "fail": 4}[word]:
                        found.update(range(j, k + 1))
                    j = k + 1
        return found

    def reports(self):
        """Functions of this file that make findings, whatever they are called."""
        bodies = {}
        for i in self.match:
            if self.words[i] == "{" and self.words[i - 1] == ")":
                name = self.words[self.match[i - 1] - 1]
                if name not in ("if", "for", "while", "switch"):
                    bodies.setdefault(name, set()).update(self.words[i:self.match[i]])
        found, size = {name for name, words in bodies.items() if any(map(REPORTS.match, words))}, -1
        while size != len(found):
            size = len(found)
            found |= {name for name, words in bodies.items() if words & found}
        return found

    def functions(self):
        i = start = 0
        while i < len(self.words):
            if self.words[i] == ";":
                start = i + 1
            elif self.words[i] == "{":
                close = self.match[i]
                if self.words[i - 1] == ")":
                    name = self.match[i - 1] - 1
                    self.function, self.returns = self.words[name], self.words[start:name]
                    self.codes = {w for w in self.words[i:close] if re.match(r"(E|HOLD)_[A-Z]", w)}
                    self.entry(i)
                    self.block(i + 1, close)
                    start = close + 1
                elif self.words[close + 1:close + 2] != [";"] and "=" not in self.words[start:i]:
                    start = close + 1
                i = close
            elif self.words[i] in OPEN:
                i = self.match[i]
            i += 1

    # ---- text ----
    def span(self, a, b):
        """Source text of tokens a to b (b not included), on one line and without comments."""
        text = self.text[self.tokens[a][2]:self.tokens[b - 1][3]]
        return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", " ", text, flags=re.S))

    def line(self, i):
        return self.text.count("\n", 0, self.tokens[i][2]) + 1

    def mutant(self, i, change):
        m = Mutant(self.path, self.function, self.line(i), change)
        m.is_text = i in self.texts or self.words[i - 1] == "-" and change.startswith("1 -> 2 in return -1")
        m.codes = self.codes
        self.mutants.append(m)
        return m

    def choose(self, a, b, text, change, at=None, differs=None):
        """Tokens a to b may become text, which is another value only where differs is true."""
        span = (self.tokens[a][2], self.tokens[b - 1][3])
        node = self.nodes.setdefault(span, Node(*span))
        node.choices.append((self.mutant(a if at is None else at, change), text, differs if self.is_pure(a, b) else None))

    def is_pure(self, a, b):
        for i in range(a, b):
            if self.words[i] in ("++", "--", "?") or self.words[i] in ASSIGN:
                return False
            if self.words[i] == "&" and not self.is_binary(i):
                return False  # what is written to
            if self.words[i] == "(" and self.tokens[i - 1][0] == "id" and (
                    not PURE.match(self.words[i - 1]) or self.words[i - 1] in self.reporting):
                return False
        return True

    # ---- what a function gives when it does nothing ----
    def values(self):
        words = [w for w in self.returns if w not in ("static", "const", "inline")]
        if "*" in words:
            return ["NULL"]
        if words == ["bool"]:
            return ["true", "false"]
        if words == ["void"]:
            return [""]
        return ["0"] if "struct" not in words else []

    def entry(self, i):
        for value in self.values() if self.function != "main" else []:
            self.entries.append((self.tokens[i][3], self.mutant(i, "%s() begins with return %s" % (self.function, value)), value))

    # ---- statements ----
    def block(self, i, end):
        while i < end:
            i = self.statement(i)

    def statement(self, i):
        """Reads one statement; the token after it."""
        word = self.words[i]
        if word == "{":
            self.block(i + 1, self.match[i])
            return self.match[i] + 1
        if word in ("if", "while", "switch", "for"):
            close = self.match[i + 1]
            if word == "for":
                self.head(i + 2, close)
            else:
                self.expression(i + 2, close)
                if word != "switch":
                    self.condition(i + 2, close)
            i = self.statement(close + 1)
            if word == "if" and i < len(self.words) and self.words[i] == "else":
                i = self.statement(i + 1)
            return i
        if word == "do":
            i = self.statement(i + 1)
            self.expression(i + 2, self.match[i + 1])
            return self.match[i + 1] + 2
        if word in ("case", "default") or (self.tokens[i][0] == "id" and self.words[i + 1] == ":"):
            while self.words[i] != ":":
                i += 1
            return i + 1
        end = self.until(i, ";")
        if word == "return":
            self.result(i, end)
        elif word in ("break", "continue"):
            self.removed(i, end, "%s removed" % word)
        elif word != "goto" and end > i:
            if self.is_declaration(i):
                self.declaration(i, end)
            else:
                self.expression(i, end)
                if not (self.words[i + 1] == "(" and RESOURCE.match(word)) and self.words[i:i + 3] != ["(", "void", ")"]:
                    self.removed(i, end, "removed: " + self.span(i, end))
        return end + 1

    def until(self, i, word):
        while self.words[i] != word:
            i = self.match[i] + 1 if self.words[i] in OPEN and self.tokens[i][0] == "op" else i + 1
        return i

    def head(self, a, close):
        """for (init; condition; step)"""
        first = self.until(a, ";")
        second = self.until(first + 1, ";")
        if first > a:
            self.declaration(a, first) if self.is_declaration(a) else self.expression(a, first)
        if second > first + 1:
            self.expression(first + 1, second)
            text = self.span(first + 1, second)
            self.choose(first + 1, second, "0", "for (; %s;) never runs" % text, differs=text)
        self.expression(second + 1, close)

    def condition(self, a, b):
        text = self.span(a, b)
        self.choose(a, b, "!(%s)" % text, "if (%s) -> negated" % text)
        self.choose(a, b, "0", "if (%s) -> never" % text, differs=text)

    def result(self, i, end):
        values = self.values()
        if end == i + 1:
            return
        text = self.span(i + 1, end)
        self.expression(i + 1, end)
        for value in values:
            if value != text:
                differs = "!(%s)" % text if value == "true" else None if value == "NULL" else text
                self.choose(i + 1, end, value, "return %s -> return %s" % (text, value), at=i, differs=differs)

    def removed(self, i, end, change):
        self.statements.append((self.tokens[i][2], self.tokens[end][3], self.mutant(i, change)))

    def is_declaration(self, i):
        if self.words[i] in TYPES or re.match(r"\w+_t$", self.words[i]):
            return True
        if self.tokens[i][0] != "id" or self.tokens[i + 1][1] not in ("*",) and self.tokens[i + 1][0] != "id":
            return False
        return self.words[i + 1] != "*" or (self.tokens[i + 2][0] == "id" and self.words[i + 3] in ("=", ";", ","))

    def declaration(self, i, end):
        if self.words[i] == "static" or self.words[i] == "enum" and "{" in self.words[i:end]:
            return
        while i < end:
            if self.words[i] == "=":
                stop = i + 1
                while stop < end and self.words[stop] != ",":
                    stop = self.match[stop] + 1 if self.words[stop] in OPEN else stop + 1
                if self.words[i + 1] != "{":
                    self.expression(i + 1, stop)
                i = stop
            elif self.words[i] in OPEN and self.tokens[i][0] == "op":
                i = self.match[i] + 1
            else:
                i += 1

    # ---- expressions ----
    def is_binary(self, i):
        if self.tokens[i][0] != "op" or self.words[i] not in PRECEDENCE:
            return False
        kind, before = self.tokens[i - 1][0], self.words[i - 1]
        if kind in ("num", "str", "chr") or before == "]" or (kind == "id" and before not in ("return", "sizeof", "case")):
            return True
        if before != ")":
            return False
        inside = self.words[self.match[i - 1] + 1:i - 1]  # a cast is no operand
        return not (inside and inside[0] in TYPES | {"uint64_t", "uint32_t", "uint8_t", "int64_t", "uint16_t"}
                    and self.words[self.match[i - 1] - 1] != "sizeof")

    def reach(self, i, step, low, high, stops):
        """From operator i to where its operand on one side ends."""
        j = i + step
        while low <= j < high:
            word = self.words[j]
            if self.tokens[j][0] == "op":
                if word in (OPEN if step > 0 else CLOSE):
                    j = self.match[j]
                elif word in (CLOSE if step > 0 else OPEN) or word in (",", ";", "?", ":") or word in ASSIGN:
                    break
                elif stops(j):
                    break
            j += step
        return j

    def expression(self, a, b):
        for i in range(a, b):
            kind, word = self.tokens[i][0], self.words[i]
            if self.is_binary(i):
                self.binary(i, a, b)
            elif kind == "op" and word == "?":
                left = self.reach(i, -1, a, b, lambda j: False) + 1
                self.choose(left, i, "!(%s)" % self.span(left, i), "%s ? -> negated" % self.span(left, i))
            elif kind == "op" and word == "!":
                j = i + 1
                while self.words[j] in ("!", "*", "&", "-"):
                    j += 1
                j = self.match[j] + 1 if self.words[j] == "(" else j + 1
                while j < b and self.words[j] in ("(", "[", ".", "->", "++", "--"):
                    j = self.match[j] + 1 if self.words[j] in OPEN else j + (2 if self.words[j] in (".", "->") else 1)
                self.choose(i, j, "(%s)" % self.span(i + 1, j), "%s -> without !" % self.span(i, j))
            elif kind == "num" and re.match(r"(0x[0-9a-fA-F]+|\d+)[uUlL]*$", word):
                digits = word.rstrip("uUlL")
                n = int(digits, 8 if re.match("0[0-7]", digits) else 0)
                for other in [1] if n == 0 else [0, 2] if n == 1 else [n - 1, n + 1]:
                    self.choose(i, i + 1, str(other), "%s -> %d in %s" % (word, other, self.around(i)))
            elif word in ("true", "false") and kind == "id":
                other = "false" if word == "true" else "true"
                self.choose(i, i + 1, other, "%s -> %s in %s" % (word, other, self.around(i)))

    def around(self, i):
        """The line of token i, to tell one constant from another."""
        start = self.text.rfind("\n", 0, self.tokens[i][2]) + 1
        return re.sub(r"\s+", " ", self.text[start:self.text.find("\n", start)]).strip()

    def binary(self, i, a, b):
        word, level = self.words[i], PRECEDENCE[self.words[i]]
        left = self.reach(i, -1, a, b, lambda j: self.is_binary(j) and PRECEDENCE[self.words[j]] < level) + 1
        right = self.reach(i, 1, a, b, lambda j: self.is_binary(j) and PRECEDENCE[self.words[j]] <= level)
        one, two = self.span(left, i), self.span(i + 1, right)
        if word not in ("&&", "||"):
            for other in FLIPS[word]:
                text, old = "%s %s %s" % (one, other, two), self.span(left, right)
                self.choose(left, right, text, "%s %s %s -> %s" % (one, word, two, other), at=i,
                            differs=None if word == "*" else "(%s) != (%s)" % (text, old))  # 1 / 0
            return
        # what stands right is evaluated only where the original does; else it may differ
        true = word == "&&"
        holds, fails = "(%s)" % one, "!(%s)" % one
        both = ("!(%s && %s)" if true else "(%s || %s)") % (holds, "(%s)" % two)
        self.choose(left, right, "(%s) %s (%s)" % (one, FLIPS[word][0], two), "%s %s %s -> %s" % (one, word, two, FLIPS[word][0]),
                    at=i, differs=both)
        self.choose(left, right, one, "%s %s %s -> left alone" % (one, word, two), at=i,
                    differs="%s && %s(%s)" % (holds if true else fails, "!" if true else "", two))
        if not any(self.is_binary(j) and self.words[j] == word for j in self.flat(left, i)):
            self.choose(left, right, two, "%s %s %s -> right alone" % (one, word, two), at=i, differs=fails if true else holds)

    def flat(self, a, b):
        while a < b:
            yield a
            a = self.match[a] + 1 if self.words[a] in OPEN and self.tokens[a][0] == "op" else a + 1

    # ---- output ----
    def schemata(self, alive):
        """The source with every mutant that alive(mutant) says; lines stay where they are."""
        edits = []  # (start, end, text before, text after); nested, never crossing
        for node in self.nodes.values():
            before = ""
            for mutant, text, old in node.choices:
                if alive(mutant):
                    test = "M(%d)" % mutant.number if old is None else "D(%d, %s)" % (mutant.number, old)
                    before += "(%s ? (%s) : " % (test, text)
            if before:
                edits.append((node.start, node.end, before + "(", ")" * (1 + sum(alive(c[0]) for c in node.choices))))
        for start, end, mutant in self.statements:
            if alive(mutant):
                edits.append((start, end, "{ if (!M(%d)) " % mutant.number, " }"))
        for at, mutant, value in self.entries:
            if alive(mutant):
                edits.append((at, at, " if (M(%d)) return %s;" % (mutant.number, value), ""))
        marks = []
        for start, end, before, after in edits:
            marks.append((start, 1, -end, before))
            if after:
                marks.append((end, 0, -start, after))
        out, at = [], 0
        for place, _, _, text in sorted(marks):
            out.append(self.text[at:place])
            out.append(text)
            at = place
        return "".join(out) + self.text[at:]


def number(sources):
    """Numbers all mutants, and counts those that read the same within one function."""
    everything = []
    for source in sources:
        seen = {}
        for m in sorted(source.mutants, key=lambda m: m.line):
            seen[(m.function, m.change)] = m.ordinal = seen.get((m.function, m.change), 0) + 1
            everything.append(m)
            m.number = len(everything)
    return everything
