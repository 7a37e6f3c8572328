# bench/made.sh - sourced by bench/run.sh: honest packages of any size, for the parts that measure
# packing, verifying and committing.  Each is a dry run of carriers/ledger, with more of one thing:
#   files      that many megabytes of files beside the plan, 1 MB each
#   many       that many files beside the plan, of BYTES each
#   rows       that many megabytes of rows in one more captured table, half before and half after
#   functions  that many megabytes of source text of functions, half before and half after
SANDBOX=bench-$$

made_down() { [ ! -e "$B/made" ] || build/bin/dryproof sandbox down --name "$SANDBOX" >/dev/null 2>&1 || :; }

# notes FOLDER NUMBER BYTES: files of lines of text, the same each time, no two alike
notes() {
    mkdir "$1"
    head -c $(($2 * $3)) /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2>"$B/log" | base64 |
        head -c $(($2 * $3)) | split -b "$3" -a 6 -d --additional-suffix=.txt - "$1/"
}

# a carrier MB or FILES [BYTES]: what is more than in carriers/ledger
more_files() { notes "$1/notes" "$2" 1000000; }
more_many() { notes "$1/notes" "$2" "$3"; }
more_rows() {
    echo "CREATE TABLE ledger.archive (id bigint PRIMARY KEY, entry text NOT NULL, amount bigint NOT NULL, at timestamptz NOT NULL);
        INSERT INTO ledger.archive SELECT i, md5(i::text) || ' ' || md5(i || 'b'), i * 7919 % 100003,
            timestamptz '2026-01-01 00:00Z' + i * interval '1 s' FROM generate_series(1::bigint, $2 * 4460) AS i;" >"$1/surface/15-archive.sql"
    jq '.captured |= (. + [{relation: "ledger.archive", redacted: [], volatile: []}] | sort_by(.relation))' \
        carriers/ledger/plan.json >"$1/plan.json"
}
more_functions() {
    echo "DO \$do\$ DECLARE s text; BEGIN
        FOR s IN SELECT format('CREATE FUNCTION ledger.f%s() RETURNS text LANGUAGE sql AS %L', i, 'SELECT ''' ||
                string_agg('-- row ' || g || ' has ' || md5(i || '.' || g), E'\\n') || '''')
            FROM generate_series(1, $2 * 54 / 10) AS i, generate_series(1, 900) AS g GROUP BY i
        LOOP EXECUTE s; END LOOP; END \$do\$;" >"$1/surface/35-functions.sql"
}

# package NAME KIND SIZE [BYTES]: $B/made/NAME has run/ (the run directory) and stage/ (ready to be
# committed); $B/made/signer.key and .pub are its key
package() {
    echo "making the package $1" >&2
    m_dir=$B/made/$1
    mkdir -p "$B/made"
    [ -e "$B/made/signer.key" ] || build/bin/dryproof-pack key new --role packager --out "$B/made/signer" >/dev/null
    mkdir "$m_dir"
    cp -r carriers/ledger "$m_dir/carrier"
    chmod -R u+w "$m_dir/carrier"
    "more_$2" "$m_dir/carrier" "$3" ${4:+"$4"}
    m_db=$(build/bin/dryproof sandbox up --name "$SANDBOX" --carrier "$m_dir/carrier" 2>"$B/log" | sed -n 's/^observer: *//p')
    [ -n "$m_db" ] || { cat "$B/log" >&2; exit 5; }
    build/bin/dryproof-collect run --quiet --carrier "$m_dir/carrier" --db "$m_db" --out "$m_dir/run" >"$B/log" 2>&1 || { cat "$B/log" >&2; exit 5; }
    build/bin/dryproof sandbox down --name "$SANDBOX" >/dev/null
    rm -r "$m_dir/carrier"
    pack "$1" stage >/dev/null
    judge "$1" --json >"$m_dir/verdict.json"
    build/bin/dryproof-pack review "$m_dir/stage" --verdict "$m_dir/verdict.json" --key "$B/made/signer.key" >/dev/null
}

# pack NAME FOLDER, judge NAME [OPTION]: ours, on a package that was made
pack() { build/bin/dryproof-pack pack "$B/made/$1/run" --key "$B/made/signer.key" --out "$B/made/$1/$2"; }
judge() {
    m_name=$1; shift
    build/bin/dryproof-verify "$B/made/$m_name/stage/package.tar" \
        --attestations "$B/made/$m_name/stage/attestations.intoto.jsonl" --key "$B/made/signer.pub" "$@"
}
