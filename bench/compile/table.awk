# Prints the medians of lines "<group>\t<name>\t<seconds>" as a table, each beside the first name's,
# and exits with 1 if a call that has the bar `bar` costs more.

BEGIN { FS = "\t" }

{
    if (!($2 in times)) { names[++count] = $2; group[$2] = $1 }
    times[$2] = times[$2] " " $3
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
    alone = median(times[names[1]])
    for (i = 1; i <= count; ++i) {
        name = names[i]
        if (group[name] != last)
            printf "\n%-40s %10s %17s\n", group[name], "seconds", "over Eigen/Core"
        last = group[name]
        over = median(times[name]) - alone
        printf "%-40s %10.2f%s\n", name, alone + over, i == 1 ? "" : sprintf(" %+17.2f", over)
        if ((name == "ddim" || name == "ddpm") && over > most) { most = over; dearest = name }
    }
    missed = most > bar
    printf "\nthe bar: a call of %s costs %.2f s over Eigen/Core, %s %.2f s\n", dearest, most, \
        missed ? "MISSED: more than the" : "within the", bar
    exit missed
}
