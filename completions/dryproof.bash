# completions/dryproof.bash - for dryproof, dryproof-collect, dryproof-pack and dryproof-verify.
# Verbs, options and the kinds of their values are read from the program's own --help, so that
# they cannot differ.  Source it, or let bash-completion find it under the programs' names.

# the verbs, one a line; of "sandbox up|down" two
_dryproof_verbs() { # PROGRAM NAME
    local line word
    "$1" --help 2>/dev/null | sed -n "s/^  *$2 \([a-z]\)/\1/p" | while read -r line; do
        set --
        for word in $line; do
            case $word in *[!a-z\|-]* | -*) break ;; esac
            set -- "$@" "$word"
        done
        for word in $(IFS='|'; set -f; printf '%s ' ${*: -1}); do echo ${*: 1:$# - 1} "$word"; done
    done | sort -u
}

_dryproof() {
    local cur=$2 previous=$3 name=${1##*/} program=${1/#\~/$HOME} word line i verb= kind=
    local -a words=() list=()
    COMPREPLY=()
    # bash takes --repo=REPO for three words
    if [[ $cur == = ]]; then cur=; elif [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD - 2]}; fi

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --) # a command of the user's, and its arguments
            if ((i == COMP_CWORD - 1)); then kind=-c; else kind=-f; fi
            mapfile -t COMPREPLY < <(compgen $kind -- "$cur" | sort -u)
            return ;;
        -*) kind=options ;;
        *) [[ $kind ]] || words+=("${COMP_WORDS[i]}") ;;
        esac
    done

    while read -r line; do # the verb that was given, the longest, and words that may follow
        [[ "${words[*]} " != "$line "* ]] || verb=$line
        [[ $kind || "$line " != "${words[*]:+${words[*]} }"* ]] || list+=("$(set -- ${line#"${words[*]}"}; echo "$1")")
    done < <(_dryproof_verbs "$program" "$name")
    if [[ ! $verb && $name != dryproof-verify ]]; then
        [[ ${words[*]} ]] || list+=(--help --version)
        mapfile -t COMPREPLY < <(compgen -W "${list[*]}" -- "$cur" | sort -u)
        return
    fi

    kind=
    while read -r line word _; do # an option, and its value's name
        [[ $word != [A-Z]* && $word != ids ]] || [[ $line != "$previous" ]] || kind=$word
        [[ $cur != -* ]] || list+=("$line")
    done < <("$program" $verb --help 2>/dev/null | sed -n -e 's/^  \(--[a-z-]*\)  .*/\1/p' -e 's/^  \(--[a-z-]* [^ ]*\).*/\1/p')
    case $kind:$verb in
    :explain) list=($(_dryproof_codes "$program")) kind=WORD ;;
    :* | FILE*:* | KEY:* | PUB:* | POLICY:* | PREFIX:*) ;;
    *DIR:* | REPO:*) kind=DIR ;;
    ROLE:key*) list=(packager log verifier reviewer root) kind=WORD ;;
    EDGE:*) list=(before after) kind=WORD ;;
    ids:*) list=(ids) kind=WORD ;;
    *) return ;; # a number, an address, a name: nothing to offer
    esac
    [[ ! $kind || $kind == WORD ]] || list=()
    mapfile -t COMPREPLY < <(compgen -W "${list[*]}" -- "$cur" | sort -u)
    [[ $kind == WORD || ($cur == -* && ! $kind) ]] || {
        compopt -o filenames 2>/dev/null # not where the function is called by hand
        [[ $kind == DIR ]] && i=-d || i=-f
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen $i -- "$cur")
    }
}

# the findings, where they are installed or in a checkout
_dryproof_codes() { # PROGRAM
    local folder=$(type -P "$1")
    cut -f 1 "${folder%/*}/../share/dryproof/schemas/findings.tsv" "${folder%/*}/../../schemas/findings.tsv" 2>/dev/null | grep -vx code
}

complete -F _dryproof dryproof dryproof-collect dryproof-pack dryproof-verify
