# tests/shard.sh - sourced by the long suites, which can be shared out: SHARD=i/n is the i-th of
# n parts, i from 1 (default 1/1, all of it).  Sets part and parts.
SHARD=${SHARD:-1/1}
part=${SHARD%%/*} parts=${SHARD#*/}
case $SHARD in */*) ;; *) part= ;; esac
case $part in '' | 0* | *[!0-9]*) part=0 ;; esac
case $parts in '' | 0* | *[!0-9]*) parts=0 ;; esac
if [ "$part" -lt 1 ] || [ "$part" -gt "$parts" ]; then
    echo "SHARD is i/n, numbers with 1 <= i <= n" >&2
    exit 2
fi

# in_shard N: the N-th thing, from 1, is of this part
in_shard() { [ $((($1 - part) % parts)) -eq 0 ]; }
