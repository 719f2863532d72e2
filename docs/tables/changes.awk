# Writes a table of how much distance a change of the sampler takes away, from
# examples/fashion_quality/results.csv:
#   awk -F, -v pairs="a b;b c" -v only=GRID -f changes.awk results.csv
# A row for each pair, a column for each number of steps; the mean over the seeds, which begin from the
# same noise with either sampler, and the standard deviation of the difference over them.

NR == 1 || $2 != only || $5 < 2 { next }

{
    ratios[$1, $3] = $11
    if (!($3 in known)) steps[++step_count] = $3
    known[$3] = 1
}

# The differences of the distances, to three digits.
function difference(a, b,    of_a, of_b, n, i, sum, squares, mean, spread) {
    n = split(a, of_a, " ")
    if (split(b, of_b, " ") != n) return "-"
    for (i = 1; i <= n; ++i) sum += of_a[i] - of_b[i]
    mean = sum / n
    for (i = 1; i <= n; ++i) squares += (of_a[i] - of_b[i] - mean) ^ 2
    spread = sqrt(squares / (n - 1))
    return sprintf(mean < 100 ? "%.2f +- %.2f" : "%.0f +- %.0f", mean, spread)
}

END {
    line = "| from | to |"
    rule = "| --- | --- |"
    count = split(pairs, each, ";")
    for (i = 1; i <= step_count; ++i) {  # those that some pair has
        for (p = 1; p <= count; ++p) {
            split(each[p], name, " ")
            if ((name[1], steps[i]) in ratios && (name[2], steps[i]) in ratios) used[i] = 1
        }
        if (!used[i]) continue
        line = line " " steps[i] " steps |"
        rule = rule " ---: |"
    }
    print line; print rule
    for (p = 1; p <= count; ++p) {
        split(each[p], name, " ")
        line = "| `" name[1] "` | `" name[2] "` |"
        for (i = 1; i <= step_count; ++i) {
            if (!used[i]) continue
            s = steps[i]
            both = (name[1], s) in ratios && (name[2], s) in ratios
            line = line " " (both ? difference(ratios[name[1], s], ratios[name[2], s]) : "-") " |"
        }
        print line
    }
}
