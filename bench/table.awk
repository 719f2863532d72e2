# Prints the medians in a file of Google Benchmark's JSON as four tables. That JSON has one key a
# line. A file of single runs is read as if each were its own median. Times are those of the
# processor, which other programs on the machine disturb less than the clock.

function text(line) { sub(/^[^:]*: *"/, "", line); sub(/",?$/, "", line); return line }
function number(line) { sub(/^[^:]*: */, "", line); sub(/,$/, "", line); return line + 0 }

{ last_line = $0 }
/^ *"family_index":/ { family = number($0) }
/^ *"per_family_instance_index":/ { instance = number($0) }
/^ *"run_name":/ { name = text($0) }
/^ *"repetitions":/ { repeated = number($0) > 1 }
/^ *"aggregate_name":/ { aggregate = text($0) }
/^ *"run_type":/ { aggregate = text($0) == "iteration" ? "single" : "" }
/^ *"error_occurred": true/ { failed[name] = 1 }
/^ *"cpu_time":/ {
    wanted = aggregate == (repeated ? "median" : "single")
    if (wanted) {
        if (!(name in time)) insert(name, 1000 * family + instance)
        time[name] = number($0)
    }
}
/^ *"bytes_per_second":/ { if (wanted) bytes[name] = number($0) }
/^ *"items_per_second":/ { if (wanted) items[name] = number($0) }
/^ *"allocations":/ { if (number($0) > most[name]) most[name] = number($0) }

# Keeps the order of the program, which the random order of the runs is not.
function insert(name, place,   i) {
    for (i = ++count; i > 1 && places[i - 1] > place; --i) {
        names[i] = names[i - 1]
        places[i] = places[i - 1]
    }
    names[i] = name
    places[i] = place
}
function heading(words) { if (words != last) printf "\n%s\n", words; last = words }

END {
    if (!count) {
        print "no results of a benchmark are in this file" >"/dev/stderr"
        exit 1
    }
    for (i = 1; i <= count; ++i) {
        name = names[i]
        split(name, part, "/")
        if (part[1] == "sweep" && part[4] == "by:sweep") {
            hand = name
            sub("by:sweep", "by:hand", hand)
            heading("sweep                             size     hand ns    sweep ns  hand/sweep      GB/s")
            what = part[2] " " part[3]
            sub("operands:", "", what)
            ratio = (hand in time) ? sprintf("%.2f", time[hand] / time[name]) : "-"
            printf "%-25s %12d %11.1f %11.1f %11s %9.1f\n", what " operands", part[5], time[hand], \
                time[name], ratio, bytes[name] / 1e9
        }
    }
    for (i = 1; i <= count; ++i) {
        name = names[i]
        split(name, part, "/")
        if (part[1] == "noise") {
            heading("noise                        normals a second")
            sub("by:", "", part[3])
            printf "%-25s %16.0f million\n", part[2] " " part[3], items[name] / 1e6
        }
    }
    for (i = 1; i <= count; ++i) {
        name = names[i]
        split(name, part, "/")
        if (part[1] == "step") {
            heading("step beyond the network           size     step ns        GB/s  allocations")
            printf "%-25s %12d %11.1f %11.1f %12d\n", part[2], part[3], time[name], \
                bytes[name] / 1e9, most[name]
        }
    }
    for (i = 1; i <= count; ++i) {
        name = names[i]
        split(name, part, "/")
        if (part[1] == "draw") {
            heading("a class of a position          classes   ns, logits in cache  x sum    in memory  x sum")
            sum = "draw/sum/" part[3] "/" part[4]
            ns[part[3]] = 1e9 / items[name]
            times[part[3]] = (sum in items) ? sprintf("%.2f", items[sum] / items[name]) : "-"
            if (part[3] == "in:memory") {
                what = part[2] SUBSEP part[4]
                printf "%-28s %9d %21.1f %6s %12.1f %6s\n", part[2], part[4], of_cache[what], \
                    times_of_cache[what], ns[part[3]], times[part[3]]
            } else {
                of_cache[part[2], part[4]] = ns[part[3]]
                times_of_cache[part[2], part[4]] = times[part[3]]
            }
        }
    }
    print ""
    if (last_line != "}") { print "the file ends too early: its run was interrupted"; bad = 1 }
    for (name in failed) { print "failed: " name; bad = 1 }
    for (name in most)
        if (most[name] > 0) { print "a step took memory from the heap: " name; bad = 1 }
    exit bad
}
