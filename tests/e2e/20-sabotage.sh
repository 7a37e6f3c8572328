# tests/e2e/20-sabotage.sh - lies about what a dry run does, who may do it, and what it refuses,
# each found under its own code.  See tests/sabotage/tell.sh.
. tests/lib.sh
. tests/sabotage/tell.sh
tell '^0[0-5]'
