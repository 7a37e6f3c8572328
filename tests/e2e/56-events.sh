# tests/e2e/56-events.sh - --events: every line is one, in order, from begin to an end with the status;
# nothing of what is done, answered or kept depends on who reads them.
. tests/lib.sh
DB=$(observer events)
TMPDIR=$W/tmp; export TMPDIR
mkdir "$TMPDIR"
key=$GOLDEN/signer.key pub=$GOLDEN/signer.pub
esc=$(printf '\033[31m\302\205\342\200\256')
told() { python3 tests/tools/events.py "$@"; }
# bracketed STATUS FILE ARGS...
bracketed() { b_want=$1; b_events=$2; shift 2; "$BIN/dryproof" run --db "$DB" --events "$b_events" "$@" >"$W/out" 2>"$W/err" </dev/null; b_got=$?; [ "$b_got" = "$b_want" ] || { echo "status $b_got"; tail -n 5 "$W/err"; return 1; }; }
t "a database" new_database events

# a carrier, from its sandbox to what was read back
exits 0 "a run" "$BIN/dryproof" run --carrier carriers/ledger --repo "$W/evidence" --key "$key" --json --events "$W/run"
is "its answer is the one that it has without" '.schema == "dryproof.run-result/1" and .verdict.status == "PASS"'
t "every stage, step, case and reading in order" told "$W/run" 0 'begin stage:sandbox finished:sandbox stage:collect connect( snapshot:before)+( manifest:[a-z]+){3}( step:[a-z-]+){5}( case:[a-z_]+){9}( step:[a-z-]+){5}( readback:[a-z]+){2}( snapshot:after)+( wal)+ finished:collect stage:pack stage:archive stage:read-back stage:sign finished:pack stage:verify finished:verify stage:review finished:review stage:commit stage:write stage:read-back finished:commit stage:confirm finished:confirm end'
t "pieces are counted" sh -c 'jq -se '\''[.[] | select(.event == "step") | [.done, .total]] == [range(10) | [., 10]] and ([.[] | select(.event == "case") | .done] == [range(9)])'\'' "$1"' - "$W/run"
t "the verdict's word, and the package's id" sh -c 'jq -se --arg p "$(ls "$2/stage" >/dev/null 2>&1; git -C "$1" ls-tree -r --name-only main | sed -n "s|.*/\([0-9a-f]\{64\}\)/package.tar|\1|p")" '\''any(.[]; .event == "finished" and .what == "verify" and .text == "PASS") and any(.[]; .what == "pack" and .text == $p)'\'' "$2"' - "$W/evidence" "$W/run"

# a command: it has no descriptor of ours, and none of the lines is its
t "a bracket" bracketed 0 "$W/bracket" -- sh -c 'for fd in 3 4 5 6 7 8 9; do echo "{\"event\":\"forged\"}" >&$fd; done 2>/dev/null; psql -XAtqc "SELECT 1"'
t "its events" told "$W/bracket" 0 'begin stage:collect connect( snapshot:before)+ command:/\S*/sh settle( snapshot:after)+( wal)+ finished:collect stage:pack .* finished:verify end'
t "what was dry stays dry" grep -qx DRY "$W/out"
t "one that writes" bracketed 1 "$W/wet" --command-db "host=$SOCKET port=5432 user=dryproof_sandbox dbname=events" -- psql -Xqc 'CREATE TABLE t()'
t "ends with 1" told "$W/wet" 1
t "one that does not connect" bracketed 3 "$W/hold" -- true
t "ends with 3" told "$W/hold" 3
t "an observer that is nobody" sh -c '"$1" run --db "host=/nowhere" --events "$2" -- true; test $? -eq 5' - "$BIN/dryproof" "$W/nobody"
t "says why, and ends with 5" told "$W/nobody" 5 'begin stage:collect connect error end'

# standard output: they alone
t "on standard output" bracketed 0 - -- psql -XAtqc "SELECT 'printed'"
t "there is nothing else" told "$W/out" 0
t "which goes to standard error" grep -qx printed "$W/err"
says 2 "both take standard output" "not beside an answer" "$BIN/dryproof" run --db "$DB" --events - --json -- true
t "a descriptor" sh -c '"$1" run --db "$2" --events /dev/fd/9 -- psql -XAtqc "SELECT 1" 9>"$3"' - "$BIN/dryproof" "$DB" "$W/fd"
t "is taken" told "$W/fd" 0

# the others
exits 0 "collect" "$BIN/dryproof" collect --carrier carriers/c1 --db "$(observer events)" --out "$W/collected" --events "$W/collect"
t "its events" told "$W/collect" 0 'begin connect snapshot:before .* end'
exits 0 "pack" "$BIN/dryproof" pack "$GOLDEN/run" --key "$key" --out "$W/packed" --json --events "$W/pack"
is "answers" '.schema == "dryproof.pack/1"'
t "its events" told "$W/pack" 0 'begin stage:archive stage:read-back stage:sign end'
git init -q --bare -b main "$W/remote"
git -C "$W/evidence" remote add origin "$W/remote"
exits 0 "push" "$BIN/dryproof" push --repo "$W/evidence" --events "$W/push"
t "its events" told "$W/push" 0 'begin stage:fetch stage:claim stage:send stage:reviews end'
exits 0 "fetch" "$BIN/dryproof" fetch --repo "$W/evidence" --events "$W/fetch"
t "its events" told "$W/fetch" 0 'begin stage:fetch stage:reviews end'
t "a stage" stage 1
exits 0 "commit" "$BIN/dryproof" commit "$W/stage1" --repo "$W/evidence" --key "$key" --events "$W/commit"
t "its events" told "$W/commit" 0 'begin stage:fetch stage:claim stage:write stage:send stage:read-back end'
exits 2 "a stage that is none" "$BIN/dryproof" commit "$W/tmp" --repo "$W/evidence" --key "$key" --events "$W/refused"
t "its error is told" told "$W/refused" 2 'begin error end'

# hostile text: names that the user's system has
t "a repository whose name acts on terminals" bracketed 0 "$W/hostile" --repo "$W/ev$esc \"
{\"event\":\"end\"}" --key "$key" -- psql -XAtqc "SELECT 1"
t "is written, and does not act" told "$W/hostile" 0
t "as it is escaped anywhere" jq -se 'any(.[]; .what == "commit" and .event == "finished" and (.text | test("\\\\x1b.31m\\\\xc2\\\\x85\\\\xe2\\\\x80\\\\xae")))' "$W/hostile"

# what cannot be written is known before anything is done
echo kept >"$W/kept"
refused() { # STATUS TEXT NAME TO
    says "$1" "$2" "$3" "$BIN/dryproof" run --carrier carriers/ledger --repo "$W/none" --key "$key" --events "$4"
    t "nothing was done" test ! -e "$W/none"
}
refused 5 "cannot write to $W/no/file: No such file" "a folder that is not there" "$W/no/file"
refused 5 "cannot write to $W: Is a directory" "a folder" "$W"
refused 2 "exists and is not empty; name a new file" "a file of somebody's" "$W/kept"
refused 5 "cannot write to /dev/full" "a full disk" /dev/full
says 2 "is open for reading only" "a descriptor for reading" sh -c '"$1" run --db x --events /dev/fd/9 -- true 9<"$2"' - "$BIN/dryproof" "$W/kept"
t "and the file is as it was" sh -c '[ "$(cat "$1")" = kept ]' - "$W/kept"

# readers that go away, take nothing, or are there until the end
for how in gone stuck slow; do
    t "a reader that is $how: the same answer and status" python3 tests/tools/events_reader.py "$how" "$BIN/dryproof" run --db "$DB" --json --events /dev/fd/9 -- psql -Xqc "SELECT 1"
    t "a reader that is $how, of pack" python3 tests/tools/events_reader.py "$how" "$BIN/dryproof" pack "$GOLDEN/run" --key "$key" --out "$W/packed-$how" --json --events /dev/fd/9
done

# killed: whole lines, and no end
bracketed 137 "$W/killed" -- sh -c 'kill -KILL "$(sed -n "s/^PPid:.//p" "/proc/$PPID/status")"' >"$W/log" 2>&1
t "killed: whole lines and no end" told "$W/killed" none
t "and when a program of ours is, that is said" bracketed 5 "$W/orphan" -- sh -c 'kill -KILL "$PPID"'
t "with an end" told "$W/orphan" 5
