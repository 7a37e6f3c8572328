# tests/e2e/58-mcp.sh - dryproof mcp: both eras of the protocol, four tools that say what the programs
# say, and every hostile message or program answered within its bounds.  The server is the sanitised one.
. tests/lib.sh
mkdir "$W/programs" "$W/py"
cp "$SAN/dryproof" "$BIN/dryproof-pack" "$BIN/dryproof-verify" "$W/programs/"
timeout 300 python3 -B tests/tools/mcp_checks.py "$W/programs" "$GOLDEN" "$W/py" 2>"$W/log"
t "mcp: every check was made" test $? -eq 0 -a ! -s "$W/log"
says 2 "from 1 to 3600" "mcp: no time at all" "$BIN/dryproof" mcp --timeout 0
says 2 "from 0 to 3600" "mcp: a time that is none" "$BIN/dryproof" mcp --timeout x
says 2 "unexpected argument x" "mcp: an argument" "$BIN/dryproof" mcp x
says 5 "cannot write to standard output" "mcp: nobody reads its answers" sh -c "echo x | '$BIN/dryproof' mcp >/dev/full"
