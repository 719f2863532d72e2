# Writes a table of examples/fashion_quality/results.csv:
#   awk -F, -v of=distance|bits -v row=FIELD -v column=FIELD -v only=VALUE -f quality.awk results.csv
# FIELD is method, grid or steps; the third field must have the value `only`. Rows and columns are in the
# order in which they are found; rows with fewer than `row_least` values and columns
# with fewer than `column_least` are left out.

NR == 1 { next }

{
    field["method"] = $1; field["grid"] = $2; field["steps"] = $3
    for (name in field)
        if (name != row && name != column) rest = field[name]
    count = of == "bits" ? $8 : $5
    if (rest != only || count == 0) next
    r = field[row]; c = field[column]
    if (!(r in known_row)) rows[++row_count] = r
    if (!(c in known_column)) columns[++column_count] = c
    known_row[r] = known_column[c] = 1
    made = of == "bits" ? $8 : $5 " x " $4
    if (!(c in size)) size[c] = made
    else if (size[c] != made) size[c] = "mixed"
    ++in_row[r]; ++in_column[c]
    cell[r, c] = of == "bits" ? sprintf("%.2f +- %.2f", $9, $10) : written($6, $7)
}

# To three digits; with one seed there is no spread.
function written(mean, spread,    digits) {
    digits = mean < 10 ? 2 : mean < 100 ? 1 : 0
    return sprintf("%.*f", digits, mean) (spread > 0 ? sprintf(" +- %.*f", digits, spread) : "")
}

function title(name, kind) { return kind == "steps" ? name " steps" : "`" name "`" }

END {
    line = "| " row " |"
    rule = "| --- |"
    sizes = of == "bits" ? "| *test pictures* |" : "| *seeds x pictures* |"
    for (i = 1; i <= column_count; ++i) {
        if (in_column[columns[i]] < column_least) continue
        line = line " " title(columns[i], column) " |"
        rule = rule " ---: |"
        sizes = sizes " *" size[columns[i]] "* |"
    }
    print line; print rule; print sizes
    for (r = 1; r <= row_count; ++r) {
        if (in_row[rows[r]] < row_least) continue
        line = "| " title(rows[r], row) " |"
        for (i = 1; i <= column_count; ++i)
            if (in_column[columns[i]] >= column_least)
                line = line " " ((rows[r], columns[i]) in cell ? cell[rows[r], columns[i]] : "-") " |"
        print line
    }
}
