"""tests/faults/cache.py - what a disk may hold when the power fails while a package is published.

Usage: cache.py TRACE BASE WHERE count          how many calls of TRACE change something below WHERE
       cache.py TRACE BASE WHERE POINT HOW SEED  puts that state at WHERE, and says what was lost

TRACE is of strace -xx, of a run in WHERE, which was a copy of BASE.  The calls are done again on
files and folders kept as the disk knows them: a file is its bytes, a folder its names.  At POINT
calls the power fails.  What fsync() was asked for is there: a file's bytes and length, a folder's
names.  Of all other changes HOW tells which are:
    none     only what was synced
    names    and all names: files stand there empty or half written
    bytes    and all bytes: what lost its name is gone
    some     each one or not, as SEED has it, so also in another order than they were made in
A rename is one change, there or not, as every journal keeps it."""
import os
import random
import re
import shutil
import sys

CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


class File:
    def __init__(self, data=b""):
        self.data = data

    def copy(self):
        return File(self.data)


class Folder:
    def __init__(self, names=None):
        self.names = names or {}

    def copy(self):
        return Folder(dict(self.names))


class Change:
    """Something done to one inode, or to two folders by a rename."""

    def __init__(self, kind, inodes, act):
        self.kind, self.inodes, self.act, self.synced = kind, inodes, act, set()

    def is_durable(self):
        return self.synced.issuperset(self.inodes)


class Disk:
    """Inodes by number, as they were at first; what was done since, in order."""

    def __init__(self, base, where):
        self.where, self.inodes, self.changes, self.open = where, [], [], {}
        self.root = self.read(base)
        self.now = [i.copy() for i in self.inodes]

    def read(self, path):
        number = len(self.inodes)
        self.inodes.append(None)
        if os.path.isdir(path):
            self.inodes[number] = Folder({n: self.read(os.path.join(path, n)) for n in sorted(os.listdir(path))})
        else:
            with open(path, "rb") as f:
                self.inodes[number] = File(f.read())
        return number

    def find(self, path):
        """(inode of the folder, name, inode or None), or None for what is not below here."""
        path = os.path.normpath(path)
        if path == self.where:
            return None, None, self.root
        if not path.startswith(self.where + "/"):
            return None
        folder, number, name = self.root, self.root, None
        for name in path[len(self.where) + 1:].split("/"):
            folder = number
            if folder is None or not isinstance(self.now[folder], Folder):
                return None
            number = self.now[folder].names.get(name)
        return folder, name, number

    def create(self, inode):
        self.inodes.append(inode)
        self.now.append(inode.copy())
        return len(self.inodes) - 1

    def do(self, kind, inodes, act):
        self.changes.append(Change(kind, inodes, act))
        act(self.now)

    def sync(self, number):
        for change in self.changes:
            if number in change.inodes:
                change.synced.add(number)


def put(folder, name, number):
    return lambda disk: disk[folder].names.__setitem__(name, number)


def take(folder, name):
    return lambda disk: disk[folder].names.pop(name, None)


def move(old, name, new, to, number):
    def act(disk):
        disk[old].names.pop(name, None)
        disk[new].names[to] = number
    return act


def write(number, at, data):
    def act(disk):
        was = disk[number].data
        disk[number].data = was[:at].ljust(at, b"\0") + data + was[at + len(data):]
    return act


def cut(number, length):
    def act(disk):
        disk[number].data = disk[number].data[:length].ljust(length, b"\0")
    return act


def replay(disk, call, text, result):
    """One call that succeeded."""
    paths = [bytes.fromhex(t.replace("\\x", "")) for t in TEXT.findall(text)]
    fd = int(text.split(",")[0]) if re.match(r"\d+(,|$)", text) else None
    if call in ("openat", "open"):
        place = disk.find(os.fsdecode(paths[0]))
        if place is None:
            return
        folder, name, number = place
        if number is None:
            number = disk.create(File())
            disk.do("name", {folder}, put(folder, name, number))
        elif "O_TRUNC" in text:
            disk.do("bytes", {number}, cut(number, 0))
        disk.open[result] = [number, 0]
    elif call == "close":
        disk.open.pop(fd, None)
    elif fd is not None and fd not in disk.open:
        return
    elif call in ("write", "pwrite64"):
        number, at = disk.open[fd]
        if call == "pwrite64":
            at = int(text.rsplit(",", 1)[1])
        else:
            disk.open[fd][1] += result
        disk.do("bytes", {number}, write(number, at, paths[0][:result]))
    elif call == "ftruncate":
        number = disk.open[fd][0]
        disk.do("bytes", {number}, cut(number, int(text.split(",")[1])))
    elif call in ("fsync", "fdatasync"):
        disk.sync(disk.open[fd][0])
    elif call in ("lseek", "mmap", "fallocate", "dup", "sendfile", "copy_file_range"):
        sys.exit("cache.py: %s(%s) is not known here" % (call, text[:60]))
    else:
        names(disk, call, [disk.find(os.fsdecode(p)) for p in paths])


def names(disk, call, places):
    if None in places or places[0][0] is None:  # of somewhere else, or the repository's own folder
        return
    folder, name, number = places[0]
    if call.startswith("mkdir"):
        number = disk.create(Folder())
        disk.do("name", {folder}, put(folder, name, number))
    elif call.startswith(("unlink", "rmdir")):
        disk.do("name", {folder}, take(folder, name))
    elif call.startswith("link"):
        disk.do("name", {places[1][0]}, put(places[1][0], places[1][1], number))
    elif call.startswith("rename"):
        disk.do("name", {folder, places[1][0]}, move(folder, name, places[1][0], places[1][1], number))
    else:
        sys.exit("cache.py: %s is not known here" % call)


def crash(disk, how, rng):
    """The inodes as they are found again, and how much was lost."""
    found, lost = [i.copy() for i in disk.inodes], {"name": 0, "bytes": 0}
    for change in disk.changes:
        if change.is_durable() or how == change.kind + ("s" if change.kind == "name" else "") or how == "some" and rng.random() < 0.5:
            change.act(found)
        else:
            lost[change.kind] += 1
    return found, lost


def show(found, number, path, shown):
    if isinstance(found[number], Folder):
        os.mkdir(path)
        for name, below in found[number].names.items():
            show(found, below, os.path.join(path, name), shown)
    elif number in shown:
        os.link(shown[number], path)
    else:
        with open(path, "wb") as f:
            f.write(found[number].data)
        shown[number] = path


def main():
    trace, base, where = sys.argv[1:4]
    disk, calls = Disk(base, where), 0
    point = None if sys.argv[4] == "count" else int(sys.argv[4])
    with open(trace, encoding="ascii") as f:
        for line in f:
            match = CALL.match(line)
            if match is None or int(match.group(3)) < 0:
                continue
            before = len(disk.changes)
            replay(disk, match.group(1), match.group(2), int(match.group(3)))
            calls += len(disk.changes) - before
            if point is not None and len(disk.changes) >= point:
                break
    if point is None:
        print(calls)
        return
    found, lost = crash(disk, sys.argv[5], random.Random(sys.argv[6]))
    shutil.rmtree(where, ignore_errors=True)
    show(found, disk.root, where, {})
    print("%d names, %d writes" % (lost["name"], lost["bytes"]))


if __name__ == "__main__":
    main()
