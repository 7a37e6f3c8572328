# tests/e2e/45-plan-schema.sh - plan.schema.json and the program refuse the same plans: a third of
# the mutants, others each time; DRYPROOF_SEED repeats a run, PLANS=all asks about all.
. tests/lib.sh
PY=python3
[ ! -x /usr/bin/python3 ] || PY=/usr/bin/python3
if ! "$PY" -c 'import jsonschema' 2>/dev/null; then
    skip "plan.schema.json against the program" "python3-jsonschema is not installed"
    exit 0
fi
cp -r carriers/c1 "$W/c1" && chmod -R u+w "$W/c1"
for carrier in c1 ledger; do
    t "the plan of $carrier fits the schema" "$PY" -c 'import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open("schemas/plan.schema.json"))).validate(json.load(open(sys.argv[1])))' carriers/$carrier/plan.json
done
seed=${DRYPROOF_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
echo "seed $seed"
[ "${PLANS:-}" = all ] && part=0/1 || part=$seed/3
t "every mutant is judged alike" timeout 300 "$PY" tests/tools/plan_differential.py "$BIN/dryproof-collect" "$W/c1" "$part"
