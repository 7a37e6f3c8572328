# tests/e2e/79-unpack.sh - the files of a package, and nothing of an archive that is not one, byte for byte.
. tests/lib.sh
P=$GOLDEN/stage/package.tar
unpack() { "$BIN/dryproof" unpack "$1" --into "$2" ${3:+"$3"}; }
bare() { [ "$(ls -A "$W/in")" = "" ] && rmdir "$W/in" && mkdir "$W/in"; } # nothing is left behind
mkdir "$W/in"

exits 0 "an honest package" unpack "$P" "$W/u"
cp "$W/log" "$W/told"
t "is told by its digest, and what to read is there" sh -c 'grep -qx "package  $(sha256sum <"$1" | cut -c1-64)" "$2/told" && cd "$2/u" &&
    sed -n "s/^         //; s/^to read  //p; /^data/p" "$2/told" | tr ", " "\n\n" | grep -x "data/[a-z/.]*" | sort -u >"$2/named" && [ "$(wc -l <"$2/named")" -eq 7 ] && xargs ls -d <"$2/named"' - "$P" "$W"
t "its files are what its own manifests list, no more" sh -c 'cd "$1" && sha256sum -c --quiet manifest-sha256.txt tagmanifest-sha256.txt &&
    [ "$(find . -type f | wc -l)" -eq "$(($(cat manifest-sha256.txt | wc -l) + 4))" ] && ! find . ! -type f ! -type d | grep .' - "$W/u"
t "as tar would have it" sh -c 'mkdir "$1/tar" && tar -xf "$2" -C "$1/tar" && diff -r "$1/tar/bag" "$1/u"' - "$W" "$P"
says 2 "$W/u is there and not an empty folder" "a second time it is in the way" "$BIN/dryproof-pack" unpack "$P" --into "$W/u"
exits 0 "in JSON" unpack "$P" "$W/j" --json
is "the same is told" "$(cat <<END
.schema == "dryproof.unpack/1" and .folder == "$W/j" and .package == "$(sha256sum <"$P" | cut -c1-64)" and .tree_pin == "$(sha256sum <"$W/u/tagmanifest-sha256.txt" | cut -c1-64)" and
    .files == $(find "$W/u/data" -type f | wc -l) and .bytes == $(find "$W/u/data" -type f -exec cat {} + | wc -c)
END
)"
t "of the form that is published" python3 tests/tools/opinions.py schema schemas/answers.schema.json "$W/said"
t "and the same is there" diff -r "$W/u" "$W/j"
mkdir "$W/empty"; ln -s empty "$W/link"
exits 0 "an empty folder is not" unpack "$P" "$W/empty/"
says 2 "$W/link is there and not an empty folder" "a link to one is" "$BIN/dryproof-pack" unpack "$P" --into "$W/link"
says 2 "there is no $W/none" "no package" "$BIN/dryproof-pack" unpack "$W/none" --into "$W/in/u"
says 2 "unpack needs a package" "none named" "$BIN/dryproof-pack" unpack --into "$W/in/u"
exits 2 "a folder" unpack "$GOLDEN/stage" "$W/in/u"
t "nothing is left of any" bare

# ---- archives that are not a package: what each would like to do ----
cat >"$W/hostile.py" <<'END'
import io, shutil, sys, tarfile
honest, out = sys.argv[1:]
def member(name, data=b"x", **how):
    info = tarfile.TarInfo(name)
    info.size = len(data) if how.get("type", tarfile.REGTYPE) == tarfile.REGTYPE else 0
    for key, value in how.items():
        setattr(info, key, value)
    return info, data
def archive(name, *extra, form=tarfile.USTAR_FORMAT):
    with tarfile.open(honest) as old, tarfile.open(f"{out}/{name}.tar", "w", format=form) as new:
        for info in old:
            new.addfile(info, old.extractfile(info))
        for info, data in extra:
            new.addfile(info, io.BytesIO(data))
archive("above", member("bag/../../above"))
archive("absolute", member("/tmp/absolute"))
archive("elsewhere", member("else/where"))
archive("doubled", member("bag/data//x"))
archive("control", member("bag/data/\x1b[2J"))
archive("symlink", member("bag/data/l", type=tarfile.SYMTYPE, linkname="/tmp"), member("bag/data/l/x"))
archive("hardlink", member("bag/data/zz", type=tarfile.LNKTYPE, linkname="bag/bagit.txt"))
archive("folder", member("bag/data/zz", type=tarfile.DIRTYPE))
archive("pipe", member("bag/data/zz", type=tarfile.FIFOTYPE))
archive("twice", member("bag/bagit.txt"))
archive("below", member("bag/bagit.txt/x"))
archive("git", member("bag/data/.git/hooks/post-checkout"))
archive("unlisted", member("bag/zz"))
archive("later", member("bag/data/zz"))
archive("pax", member("bag/data/" + "z" * 150), form=tarfile.PAX_FORMAT)
archive("again") # the same members, another header
raw = open(honest, "rb").read()
at = raw.index(b"ustar", 4096 * 4) + 255 # a byte of data behind some header
for name, data in (("longer", raw + b"\0" * 512), ("shorter", raw[:-512]), ("cut", raw[:5000]), ("empty", b""), ("text", b"no archive\n"),
                   ("bit", raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:])):
    open(f"{out}/{name}.tar", "wb").write(data)
def sparse(size): # GNU's form of that many bytes, of which 512 stand there
    info = tarfile.TarInfo("bag/data/sparse%d" % size)
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 512
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[386:410] = b"%011o\0%011o\0" % (0, 512)
    head[483:495] = b"\x80" + size.to_bytes(11, "big")
    head[148:156] = b"        "
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + b"x" * 512
open(f"{out}/terabyte.tar", "wb").write(sparse(1 << 40) + b"\0" * 1024)
open(f"{out}/bombs.tar", "wb").write(sparse(2000) + sparse(2001) + b"\0" * 1024)
END
mkdir "$W/hostile"
t "hostile archives are made" python3 -B "$W/hostile.py" "$P" "$W/hostile"
for archive in "$W"/hostile/*.tar; do
    name=${archive##*/} name=${name%.tar}
    case $name in
    above | absolute | elsewhere | doubled | control) why=' is none of a bag' ;;
    symlink | folder | pipe) why='something other than regular files' ;;
    git) why='a name that is not safe everywhere' ;;
    below) why=' is below another one' ;;
    twice) why=' is there twice' ;;
    terabyte) why='more than 2048 bytes' ;;
    bombs) why='it holds more than a plain archive' ;;
    *) why= ;;
    esac
    says 1 "$archive is no package, nothing of it is kept" "refused: $name" timeout 60 "$BIN/dryproof-pack" unpack "$archive" --into "$W/in/u"
    cp "$W/log" "$W/why"
    t "and nothing is left of it" bare
    t "for what it is: $name" grep -qF -- "$why" "$W/why"
done
t "none got outside" sh -c '! ls "$1/above" "$1/in/above" /tmp/absolute 2>/dev/null | grep .' - "$W"

# ---- the corpus: what the verifier refuses for its archive or its bag is refused here, and nothing else ----
differs=0 both=0
for case in tests/vectors/[0-9]*/package.tar; do
    unpack "$case" "$W/in/u" >/dev/null 2>&1; got=$?
    rm -rf "$W/in/u"
    case ${case%/package.tar} in
    *__E_TAR_* | *__E_PATH_* | *__E_IO) want=refused ;;
    *__E_MANIFEST_EXTRA | *__E_MANIFEST_MISSING) continue ;; # of the bag, or of what the plan calls for
    *__E_MANIFEST_*) want=refused ;;
    *__E_DIGEST_MISMATCH) continue ;; # the attestations are of other bytes, whatever these are
    *) want=0 ;;
    esac
    [ $want != refused ] || [ $got = 0 ] || got=refused
    both=$((both + 1))
    [ "$want" = "$got" ] || { differs=$((differs + 1)); echo "$case: $got, expected $want" >>"$W/differs"; }
done
cp "$W/differs" "$W/log" 2>/dev/null
t "all $both of the corpus that have an archive are judged as by the verifier" sh -c '[ '"$differs"' = 0 ] && [ '"$both"' -gt 60 ] || { cat "$1"; false; }' - "$W/differs"
t "and nothing is left of them" bare
