// What docs/tables/errors.cpp prints: tables for a page, curves for a picture.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tables {

struct line {
    std::string name;
    std::vector<std::pair<int, double>> errors;  // calls, error
};
using lines = std::vector<line>;

inline double error_at(const line& one, int calls) {
    for (const auto& [at, error] : one.errors)
        if (at == calls) return error;
    return std::numeric_limits<double>::infinity();
}

// Bold is what is within a factor of 1.5 of a column's best.
inline void print_table(const lines& all, const std::vector<int>& budgets) {
    std::printf("| calls |");
    for (const int calls : budgets) std::printf(" %d |", calls);
    std::printf("\n| --- |");
    for (std::size_t i = 0; i < budgets.size(); ++i) std::printf(" --- |");
    for (const line& one : all) {
        std::printf("\n| `%s` |", one.name.c_str());
        for (const int calls : budgets) {
            double best = std::numeric_limits<double>::infinity();
            for (const line& other : all) best = std::min(best, error_at(other, calls));
            const double error = error_at(one, calls);
            if (!std::isfinite(error))
                std::printf(" |");
            else
                std::printf(error < 1.5 * best ? " **%.2g** |" : " %.2g |", error);
        }
    }
    std::printf("\n");
}

inline void print_curves(const char* panel, const lines& all) {
    for (const line& one : all) {
        std::printf("%s|%s|", panel, one.name.c_str());
        for (const auto& [calls, error] : one.errors) std::printf("%d %.4g ", calls, error);
        std::printf("\n");
    }
}

}  // namespace tables
