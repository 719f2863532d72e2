#!/usr/bin/env bash
# Disturbs the examples that draw for long, fashion_shards and fashion_quality: kills them at random
# moments and at each call that changes a file, fills their disk, damages their files, starts them twice,
# turns their clock. What is there in the end must have the bytes of an undisturbed run.
#
#   tests/faults.sh [--kills N]   builds both programs, and kills each in each way N times (100)
#   tests/faults.sh --kills N --work FOLDER --shards PROGRAM
#   tests/faults.sh --kills N --work FOLDER --quality PROGRAM --map FILE [--data FOLDER]
#                                 one program that is there, as the suite does; FOLDER is emptied
#   tests/faults.sh --help
#
# Kills at each call need strace, turned clocks faketime, a disk that is full or read-only needs root, who
# may mount one. What could not be tried is said at the end.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
source "$root/cmake/shell.sh"
usage() { sed -n '2,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

kills=100 shards="" quality="" map="" data=/usr/share/datasets/fashion-mnist work=""
while [ $# -gt 0 ]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --kills | --shards | --quality | --map | --data | --work)
            [ $# -gt 1 ] || misused "$1 takes a value"
            printf -v "${1#--}" %s "$2"
            shift 2
            ;;
        *) misused "not understood: $1" ;;
    esac
done
want_number --kills "$kills"

if [ -z "$shards$quality" ]; then
    build="$root/build/examples"
    only_one "$build"
    install_packages g++ cmake ninja-build libeigen3-dev libcli11-dev libstb-dev zlib1g-dev \
        nlohmann-json3-dev dataset-fashion-mnist strace faketime openmpi-bin
    say "building the programs"
    quietly cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_CXX_FLAGS=-march=native -DCMAKE_CXX_FLAGS_RELEASE="-O3 -DNDEBUG" \
        -DFOKKER_BUILD_TESTS=OFF -DFOKKER_BUILD_BENCHMARKS=OFF
    quietly cmake --build "$build" --target fashion_shards fashion_quality fashion_moments
    shards="$build/examples/fashion_shards" quality="$build/examples/fashion_quality"
    work="${work:-$root/build/faults}" map="$root/build/faults-map.txt"
    [ -f "$map" ] || quietly "$build/examples/fashion_moments" --each-element --pictures 4 \
        --data "$data" --out "$map"
fi
[ -z "$quality" ] || [ -n "$map" ] || misused "--quality takes a --map"
[ -n "$work" ] || misused "--work: name a folder, which is emptied"
not_tried=()
mounted=""
finish() {
    [ -z "$mounted" ] || umount "$mounted"
}
trap finish EXIT
rm -rf "$work"
mkdir -p "$work"

fail() {
    say "WRONG: $*"
    exit 1
}

# same FOLDER: it has the files of the undisturbed run, and no others.
same() { diff -r "$expected" "$1" >"$work/diff.txt" 2>&1 || { cat "$work/diff.txt" >&2; fail "$1"; }; }

# says CODE WORDS COMMAND...: it ends with this code, and these words in one line.
says() {
    local code="$1" words="$2" ended=0
    shift 2
    "$@" >"$work/out.txt" 2>"$work/error.txt" || ended=$?
    [ "$ended" = "$code" ] || { cat "$work/error.txt" >&2; fail "ends with $ended, not $code: $*"; }
    [ "$(wc -l <"$work/error.txt")" = 1 ] && grep -q -- "$words" "$work/error.txt" ||
        { cat "$work/error.txt" >&2; fail "should say '$words': $*"; }
    printf '   %s\n' "$(cat "$work/error.txt")"
}

# now: milliseconds since the machine began, whatever its clock says.
now() {
    local up
    read -r up _ </proc/uptime
    printf '%s' "$((10#${up/./} * 10))"
}

# random_pause MILLISECONDS: at most so long.
random_pause() {
    local ms=$((RANDOM * 32768 + RANDOM))
    ms=$((ms % ($1 + 1)))
    sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
}

# kill_all PID...: with SIGKILL, and waits until they are gone. Sets `killed` to how many had not ended.
kill_all() {
    local each ended
    killed=0
    kill -KILL "$@" 2>/dev/null || true
    for each in "$@"; do
        ended=0
        wait "$each" 2>/dev/null || ended=$?
        [ "$ended" -ne 137 ] || killed=$((killed + 1))
    done
}

# wait_for PID...: they must end with 0.
wait_for() {
    local each
    for each in "$@"; do wait "$each" || fail "a process failed: see $work/log.txt"; done
}

# appears PATTERN: waits for a file of such a name.
appears() {
    local tries
    for ((tries = 0; tries < 1500; ++tries)); do
        ! compgen -G "$1" >/dev/null || return 0
        sleep 0.02
    done
    fail "there is no $1: see $work/log.txt"
}

# traces: whether strace is there, and allowed.
traces() { command -v strace >/dev/null && strace -o "$work/trace.txt" true 2>/dev/null; }

# killed_at_calls NAME CHECK COMMAND...: kills the command at its first call of a kind that changes files,
# then, as it goes on, at its second, and so on. Whenever it comes to its end, CHECK looks at what is there,
# and the folder $work/NAME is emptied.
killed_at_calls() {
    local name="$1" check="$2" call n ended count=0
    shift 2
    if ! traces; then
        not_tried+=("kills of $name at each call: no strace, or it may not trace")
        return
    fi
    for call in write fsync link rename unlink; do
        rm -rf "${work:?}/$name"
        for ((n = 1; n <= kills; ++n)); do
            ended=0
            strace -f -qq -o "$work/trace.txt" -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
                "$@" >>"$work/log.txt" 2>&1 &
            wait $! 2>/dev/null || ended=$?
            if [ "$ended" = 137 ]; then
                count=$((count + 1))
                continue
            fi
            [ "$ended" = 0 ] || fail "$name ends with $ended after a kill: see $work/log.txt"
            "$check" "$work/$name"
            grep -q . "$work/trace.txt" || break # it makes no such call
            rm -rf "${work:?}/$name"
        done
        "$@" >>"$work/log.txt" 2>&1 || fail "$name does not go on: see $work/log.txt"
        "$check" "$work/$name"
    done
    say "$name: killed $count times at a call that changes files"
}

# --- fashion_shards ---

walk=(--pictures 17 --shard-size 3 --steps 7 --guidance 1 --solver sa-solver --tau 1 --grid linspace
    --checkpoint-every 2)

# start FOLDER RANK RANKS: in the background; its number is added to `running`.
running=()
start() {
    "$shards" "${walk[@]}" --out "$1" --rank "$2" --ranks "$3" >>"$work/log.txt" 2>&1 &
    running+=($!)
}
start_all() {
    running=()
    local rank
    for ((rank = 0; rank < $2; ++rank)); do start "$1" "$rank" "$2"; done
}
gather() { "$shards" --gather --real-pictures 0 --out "$1" >>"$work/log.txt" 2>&1; }

# records FOLDER: what all its shards hold, but the checksums, which are those of one folder.
records() {
    local file size at record=3412
    for file in "$1"/shard-*.npy; do
        size=$(stat -c %s "$file")
        for ((at = size % record; at < size; at += record)); do
            dd if="$file" iflag=skip_bytes,count_bytes skip="$at" count=$((record - 8)) status=none
        done
    done
}

# resumed: a walk that was killed goes on where its last checkpoint was: after step 2 of 7, so that four more
# are written if each step is kept, and six if it began anew.
resumed() {
    rm -rf "$work/resumed"
    strace -f -qq -o "$work/trace.txt" -e inject=rename:signal=KILL:when=2 \
        "$shards" "${walk[@]}" --out "$work/resumed" >>"$work/log.txt" 2>&1 & wait $! 2>/dev/null || true
    [ -f "$work/resumed/walk-000000.checkpoint" ] || fail "a killed walk has left no checkpoint"
    strace -f -qq -o "$work/trace.txt" -e trace=rename \
        "$shards" "${walk[@]}" --checkpoint-every 1 --out "$work/resumed" >>"$work/log.txt" 2>&1
    [ "$(grep -c '"[^"]*walk-000000.checkpoint")' "$work/trace.txt")" = 4 ] || fail "a killed walk begins anew"
    whole "$work/resumed"
}

# whole FOLDER: what is there is gathered, and all of it is as it should be.
whole() {
    gather "$1" || fail "$1 cannot be gathered: see $work/log.txt"
    same "$1"
}

disturb_shards() {
    local ranks count i victim first damaged size jump alone begin
    say "fashion_shards, undisturbed, by 1 rank, 2, 3 and 8"
    begin=$(now)
    start_all "$work/undisturbed" 1
    wait_for "${running[@]}"
    alone=$(($(now) - begin))
    gather "$work/undisturbed"
    expected="$work/undisturbed"
    for ranks in 2 3 8; do
        start_all "$work/ranks" "$ranks"
        wait_for "${running[@]}"
        whole "$work/ranks"
        rm -r "$work/ranks"
    done
    "$shards" "${walk[@]}" --shard-size 17 --threads 3 --out "$work/one-shard" >>"$work/log.txt" 2>&1
    cmp <(records "$expected") <(records "$work/one-shard") || fail "one shard of all has other pictures"
    if command -v mpirun >/dev/null; then
        OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe --bind-to none -n 3 \
            "$shards" "${walk[@]}" --out "$work/mpi" >>"$work/log.txt" 2>&1 || fail "mpirun: see $work/log.txt"
        grep -q "^rank 2 of 3" "$work/log.txt" || fail "the ranks of mpirun are not taken"
        whole "$work/mpi"
    else
        not_tried+=("mpirun: it is not there")
    fi

    say "one rank of three is killed, and the others do its part"
    count=0
    while [ "$count" -lt "$kills" ]; do
        start_all "$work/one" 3
        random_pause "$alone"
        victim=$((RANDOM % 3))
        kill_all "${running[victim]}"
        count=$((count + killed))
        unset "running[victim]"
        wait_for "${running[@]}"
        # Both may have passed by what it had under way.
        start "$work/one" 0 1
        wait_for "${running[-1]}"
        whole "$work/one"
        rm -r "$work/one"
    done
    say "killed $count times"

    say "all ranks are killed, and started again"
    count=0
    while [ "$count" -lt "$kills" ]; do
        start_all "$work/all" $((1 + RANDOM % 3))
        random_pause $((alone / 2))
        kill_all "${running[@]}"
        count=$((count + killed))
        [ "$killed" -gt 0 ] && continue
        whole "$work/all"
        rm -r "$work/all"
    done
    start "$work/all" 0 1
    wait_for "${running[-1]}"
    whole "$work/all"
    say "killed $count processes"

    if traces; then
        resumed
        local errors=(strace -f -qq -o "$work/trace.txt")
        says 1 "Input/output error" "${errors[@]}" -e inject=fsync:error=EIO:when=3 \
            "$shards" "${walk[@]}" --out "$work/errors"
        says 1 "Input/output error" "${errors[@]}" -e inject=rename:error=EIO:when=2 \
            "$shards" "${walk[@]}" --out "$work/errors"
        # The first four are of reading the folder.
        says 1 "cannot be locked" "${errors[@]}" -e inject=fcntl:error=ENOLCK:when=5+ \
            "$shards" "${walk[@]}" --out "$work/errors"
        start "$work/errors" 0 1
        wait_for "${running[-1]}"
        whole "$work/errors"
    fi
    if traces; then
        say "another machine, whose locks are others, takes an unfinished file for a dead process's"
        strace -f -qq -o "$work/trace.txt" -e trace=rename \
            -e inject=rename:delay_enter=3000000:when=1 \
            "$shards" "${walk[@]}" --out "$work/no-locks" >>"$work/log.txt" 2>&1 &
        first=$!
        appears "$work/no-locks/walk-000000.checkpoint.part-*"
        rm "$work/no-locks/.lock"
        start "$work/no-locks" 0 1
        wait_for "${running[-1]}" "$first"
        grep -q ENOENT "$work/trace.txt" || fail "no unfinished file was taken"
        whole "$work/no-locks"

        say "the folder is removed and made anew"
        strace -f -qq -o "$work/trace.txt" -e trace=rename \
            -e inject=rename:delay_exit=2000000:when=1 \
            "$shards" "${walk[@]}" --out "$work/anew" >"$work/out.txt" 2>"$work/error.txt" &
        first=$!
        appears "$work/anew/walk-000000.checkpoint"
        rm -r "$work/anew"
        mkdir "$work/anew"
        ! wait "$first" || fail "a folder made anew goes unnoticed"
        grep -q "removed or made anew" "$work/error.txt" || fail "$(cat "$work/error.txt")"
        [ -z "$(ls -A "$work/anew")" ] || fail "shards come into a folder made anew"
    else
        not_tried+=("machines without locks, a folder made anew: no strace, or it may not trace")
    fi
    killed_at_calls calls whole "$shards" "${walk[@]}" --out "$work/calls"

    say "two runs in one folder, and two gatherings"
    for ((i = 0; i < kills && i < 5; ++i)); do
        start_all "$work/twice" 1
        first="${running[0]}"
        start_all "$work/twice" 1
        wait_for "$first" "${running[0]}"
        gather "$work/twice" & first=$!
        gather "$work/twice" || true # is told that the other one is there, if it is
        wait "$first" || true
        whole "$work/twice"
        rm -r "$work/twice"
    done

    say "files cut short, changed, taken away; checkpoints that are damaged"
    damaged="$work/damaged"
    cp -r "$expected" "$damaged"
    cp "$damaged/shard-000001.npy" "$damaged/shard-000004.npy"
    truncate -s 500 "$damaged/shard-000000.npy"
    truncate -s -1 "$damaged/shard-000001.npy"
    printf x | dd of="$damaged/shard-000002.npy" bs=1 seek=5000 conv=notrunc status=none
    : >"$damaged/shard-000003.npy"
    printf abc >"$damaged/walk-000000.checkpoint"
    : >"$damaged/walk-000003.checkpoint"
    : >"$damaged/shard-000001.npy.part-1-0"
    says 1 "3 are missing or cut short, the first is shard-000000.npy" "$shards" --gather --real-pictures 0 --out "$damaged"
    start_all "$damaged" 1
    wait_for "${running[@]}"
    whole "$damaged"
    printf x | dd of="$damaged/shard-000002.npy" bs=1 seek=5000 conv=notrunc status=none
    says 1 "shard-000002.npy is damaged" "$shards" --gather --real-pictures 0 --out "$damaged"
    rm -r "$damaged"

    if script -qec true /dev/null >/dev/null 2>&1; then
        say "a bar on a terminal, with a shard that is damaged and one that is gone"
        cp -r "$expected" "$damaged"
        printf x | dd of="$damaged/shard-000000.npy" bs=1 seek=3000 conv=notrunc status=none
        rm "$damaged/shard-000001.npy"
        script -qec "'$shards' ${walk[*]} --out '$damaged'" "$work/terminal.txt" >/dev/null ||
            fail "on a terminal: see $work/terminal.txt"
        # Both are in the total, which is 100 % at the end.
        tr '\r' '\n' <"$work/terminal.txt" | sed -n 's/.*\] \([0-9]*\) %.*/\1/p' >"$work/percents.txt"
        [ "$(tail -n 1 "$work/percents.txt")" = 100 ] && [ "$(grep -c '^100$' "$work/percents.txt")" = 1 ] ||
            fail "the bar ends at $(tail -n 1 "$work/percents.txt") %, or too early"
        whole "$damaged"
        rm -r "$damaged"
    else
        not_tried+=("a bar on a terminal: no script")
    fi

    say "a refused run shuts no folder, and one picture is refused in words"
    says 2 "nan" "$shards" "${walk[@]}" --guidance nan --out "$work/refused"
    [ ! -e "$work/refused/manifest.json" ] || fail "a refused run leaves a manifest"
    "$shards" --pictures 1 --steps 1 --guidance 1 --out "$work/picture" >>"$work/log.txt" 2>&1
    says 1 "picture: one picture has no covariance" "$shards" --gather --real-pictures 0 --out "$work/picture"

    say "other pictures do not come into the folder"
    cp -r "$expected" "$work/foreign"
    says 1 "seed 1, and here it is 2" "$shards" "${walk[@]}" --seed 2 --out "$work/foreign"
    says 1 "solver options --tau" "$shards" "${walk[@]}" --tau 0.5 --out "$work/foreign"
    says 1 "pictures 17, and here it is 18" "$shards" "${walk[@]}" --pictures 18 --out "$work/foreign"
    sed -i 's/"network": "./&0/' "$work/foreign/manifest.json"
    says 1 "network" "$shards" "${walk[@]}" --out "$work/foreign"
    mv "$work/foreign/manifest.json" "$work/no-manifest"
    says 1 "no manifest" "$shards" "${walk[@]}" --out "$work/foreign"
    printf '{}' >"$work/foreign/manifest.json"
    says 1 "is no manifest" "$shards" "${walk[@]}" --out "$work/foreign"
    says 1 "is no manifest" "$shards" --gather --out "$work/foreign"
    rm -r "$work/foreign"

    if command -v faketime >/dev/null; then
        say "clocks that jump by years"
        for jump in +9y -9y "@2000-01-01 00:00:00 x1000"; do
            rm -rf "$work/clock"
            faketime -f "$jump" "$shards" "${walk[@]}" --out "$work/clock" --rank 0 --ranks 2 \
                >>"$work/log.txt" 2>&1 &
            running=($!)
            start "$work/clock" 1 2
            wait_for "${running[@]}"
            whole "$work/clock"
        done
    else
        not_tried+=("clocks that jump: no faketime")
    fi

    mkdir "$work/disk"
    if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=64k tmpfs "$work/disk" 2>/dev/null; then
        mounted="$work/disk"
        say "a disk that is full, and one that is read-only"
        # Too small for a first shard, a second, a third; and for a checkpoint.
        for size in 8k 20k 36k; do
            mount -o "remount,size=$size" "$mounted"
            says 1 "the disk is full" "$shards" "${walk[@]}" --checkpoint-every 0 --out "$mounted/shards"
        done
        says 1 "checkpoint: cannot be written, as the disk is full" "$shards" "${walk[@]}" \
            --out "$mounted/shards"
        ! ls "$mounted"/shards/*.part-* >/dev/null 2>&1 || fail "a full disk leaves unfinished files"
        mount -o remount,size=16m "$mounted"
        mount -o remount,ro "$mounted"
        says 1 "Read-only" "$shards" "${walk[@]}" --out "$mounted/shards"
        says 1 "Read-only" "$shards" "${walk[@]}" --out "$mounted/others"
        mount -o remount,rw "$mounted"
        start_all "$mounted/shards" 2
        wait_for "${running[@]}"
        whole "$mounted/shards"
        umount "$mounted"
        mounted=""
    else
        not_tried+=("a disk that is full or read-only: no root, or no mounts")
    fi
}

# --- fashion_quality ---

# A distance takes more than 128 pictures; few kills have few of them.
study=("$quality" --map "$map" --data "$data" --real-pictures 150 --bound-pictures 4 --steps 2 --seeds 2
    --methods ddpm,npr-ddpm --pictures "$((kills > 9 ? 140 : 8))" --threads 2)

disturb_quality() {
    local count i alone begin
    say "fashion_quality, undisturbed"
    expected="$work/study"
    begin=$(now)
    "${study[@]}" --out "$expected" >>"$work/log.txt" 2>&1
    alone=$(($(now) - begin))
    say "the study is killed, and started again"
    count=0
    while [ "$count" -lt "$kills" ]; do
        "${study[@]}" --out "$work/killed" >>"$work/log.txt" 2>&1 &
        running=($!)
        random_pause "$alone"
        kill_all "${running[@]}"
        count=$((count + killed))
        [ "$killed" -gt 0 ] && continue
        same "$work/killed"
        rm -r "$work/killed"
    done
    "${study[@]}" --out "$work/killed" >>"$work/log.txt" 2>&1
    same "$work/killed"
    say "killed $count times"
    killed_at_calls studies same "${study[@]}" --out "$work/studies"
}

[ -z "$shards" ] || disturb_shards
[ -z "$quality" ] || disturb_quality

for each in "${not_tried[@]}"; do say "not tried: $each"; done
say "nothing was lost, and no byte is wrong"
rm -rf "$work"
