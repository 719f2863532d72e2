# Prints the medians of lines "<group>\t<name>\t<seconds>\t<wanted>\t<most>" as a table, each also as a
# multiple of the first one's, and exits with 1 if one of them is above the most that is allowed.

BEGIN { FS = "\t" }

{
    key = $1 FS $2
    if (!(key in times)) { keys[++count] = key; wanted[key] = $4; most[key] = $5 }
    times[key] = times[key] " " $3
}

function median(list,   value, n, i, j, swapped) {
    n = split(list, value, " ")
    for (i = 2; i <= n; ++i)
        for (j = i; j > 1 && value[j - 1] + 0 > value[j] + 0; --j) {
            swapped = value[j]; value[j] = value[j - 1]; value[j - 1] = swapped
        }
    return n % 2 ? value[(n + 1) / 2] : (value[n / 2] + value[n / 2 + 1]) / 2
}

END {
    alone = median(times[keys[1]])
    for (i = 1; i <= count; ++i) {
        split(keys[i], part, FS)
        if (part[1] != last)
            printf "\n%-40s %10s %8s %8s %8s\n", part[1], "seconds", "x Eigen", "wanted", "most"
        last = part[1]
        seconds = median(times[keys[i]])
        times_eigen = seconds / alone
        missed = most[keys[i]] != "" && times_eigen > most[keys[i]] + 0
        printf "%-40s %10.2f %8.2f %8s %8s%s\n", part[2], seconds, times_eigen, wanted[keys[i]], \
            most[keys[i]], missed ? "  TOO MUCH" : ""
        if (missed) too_much = 1
    }
    exit too_much
}
