# Writes a table of examples/fashion_quality/results.csv:
#   awk -F, -v of=distance|bits -v row=method|grid -v only=VALUE -f quality.awk results.csv
# A row for each method on the grid `only`, or for each grid with the method `only`; a column for each
# number of steps, in the order in which they are found.

NR == 1 { next }

{
    name = row == "method" ? $1 : $2
    other = row == "method" ? $2 : $1
    count = of == "bits" ? $8 : $5
    if (other != only || count == 0) next
    if (!(name in known_row)) rows[++row_count] = name
    if (!($3 in known_step)) steps[++step_count] = $3
    known_row[name] = known_step[$3] = 1
    made = of == "bits" ? $8 " test pictures" : $5 " x " $4
    if (!($3 in size)) size[$3] = made
    else if (size[$3] != made) size[$3] = "mixed"
    cell[name, $3] = of == "bits" ? sprintf("%.2f +- %.2f", $9, $10) : written($6, $7)
}

# To three digits; with one seed there is no spread.
function written(mean, spread,    digits) {
    digits = mean < 10 ? 2 : mean < 100 ? 1 : 0
    return sprintf("%.*f", digits, mean) (spread > 0 ? sprintf(" +- %.*f", digits, spread) : "")
}

END {
    line = "| " row " |"
    rule = "| --- |"
    sizes = of == "bits" ? "| |" : "| *seeds x pictures* |"
    for (i = 1; i <= step_count; ++i) {
        line = line " " steps[i] " steps |"
        rule = rule " ---: |"
        sizes = sizes " *" size[steps[i]] "* |"
    }
    print line; print rule; print sizes
    for (r = 1; r <= row_count; ++r) {
        line = "| `" rows[r] "` |"
        for (i = 1; i <= step_count; ++i)
            line = line " " ((rows[r], steps[i]) in cell ? cell[rows[r], steps[i]] : "-") " |"
        print line
    }
}
