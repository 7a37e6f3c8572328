# tests/e2e/81-growth.sh - what bench/growth.sh says of samples whose power is known: behind a
# fixed cost too, and with rounds that differ; and that the picture needs nothing but itself.
. tests/lib.sh
awk 'BEGIN { OFS = "\t"; print "job", "axis", "unit", "size", "seconds", "mib"
    for (e = 3; e <= 6; e += 0.5) for (round = -1; round <= 1; round++) {
        n = int(10 ^ e); noise = 1 + round * 0.03
        print "snapshot", "rows", 1, n, (0.2 + n * 1e-5) * noise, 20 * noise
        print "snapshot", "tables", 1, n, (0.2 + n ^ 1.3 * 1e-6) * noise, 10 + n / 1e3
    } }' >"$W/samples"
python3 -B bench/fit.py "$W/samples" >"$W/fits" 2>"$W/log" || not_ok "fit"
found() { : >"$W/log"; [ "$(awk -F '\t' -v k="$1 $2" '$2 " " $3 == k { print $12 }' "$W/fits")" = "$3" ] || { cat "$W/fits"; return 1; }; }
t "seconds that are linear after a fixed cost" found rows seconds linear
t "memory that stays" found rows mib flat
t "memory that is linear" found tables mib linear
t "more than linear is told, though a fixed cost hides it below" found tables seconds n^1.30

python3 -B bench/plot.py "$W/samples" "$W/fits" >"$W/svg" 2>"$W/log" || not_ok "plot"
t "the picture is XML, without script, link or image" python3 -c '
import sys, xml.dom.minidom
tree = xml.dom.minidom.parse(sys.argv[1])
names = {e.tagName for e in tree.getElementsByTagName("*")}
assert names == {"svg", "title", "desc", "style", "rect", "path", "circle", "text"}, names
assert not any("href" in a or a.startswith("on") for e in tree.getElementsByTagName("*") for a in e.attributes.keys())
assert "url(" not in open(sys.argv[1]).read() and "@import" not in open(sys.argv[1]).read()' "$W/svg"
t "it shows each sample size of each job, seconds and memory" sh -c 'test "$(grep -o "<circle class=\"dot" "$1" | wc -l)" -ge 28' - "$W/svg"
t "and says in words what it shows" grep -qF 'time of snapshot by tables: n^1.30' "$W/svg"
