/// The distribution: 2^16 bins of width 2^-12 from -8 to 8, whose edges are exact in float, too.
/// Counting z * 2^12, rounded down, is exact; the outermost bins take what lies beyond.
///
/// - Kolmogorov-Smirnov: at an edge the empirical distribution function is known exactly. The
///   largest distance at the edges is at most the true statistic, so judging it by the law of the
///   true one refuses no good generator too often; what the true one can be at most is printed.
/// - Chi-square: neighbouring bins are joined until 100 draws are expected in each.
/// - Tails: the counts beyond 3 .. 6 on either side, which are edges.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "verdict.hpp"

namespace fokker_test {

class histogram {
public:
    static constexpr int reach = 8, bins_per_unit = 4096, bins = 2 * reach * bins_per_unit;
    static constexpr double least_expected = 100;

    /// `count` is at most `most`. Every |z| is below 2^16.
    template <class T>
    void add(const T* z, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const T scaled = z[i] * T(bins_per_unit);
            const auto towards_zero = static_cast<std::int32_t>(scaled);
            const std::int32_t down = towards_zero - (scaled < static_cast<T>(towards_zero));
            index_[i] = std::clamp(down + bins / 2, 0, bins - 1);
        }
        for (std::size_t i = 0; i < count; ++i) ++counts_[static_cast<std::size_t>(index_[i])];
        draws_ += static_cast<double>(count);
    }
    static constexpr std::size_t most = 8192;

    histogram& operator+=(const histogram& other) {
        for (std::size_t k = 0; k < counts_.size(); ++k) counts_[k] += other.counts_[k];
        draws_ += other.draws_;
        return *this;
    }

    void judge_into(verdicts& all) const {
        judge_distance(all);
        judge_cells(all);
        judge_tails(all);
    }

private:
    static double edge(int k) { return static_cast<double>(k) / bins_per_unit - reach; }
    static double below(int k) { return k == 0 ? 0 : k == bins ? 1 : normal_tail(-edge(k)); }
    /// Of bin k, without cancellation in the tails.
    static double probability(int k) {
        if (k >= bins / 2) k = bins - 1 - k;  // they are symmetric
        return below(k + 1) - below(k);
    }
    double count(int k) const { return static_cast<double>(counts_[static_cast<std::size_t>(k)]); }

    void judge_distance(verdicts& all) const {
        double at_edges = 0, at_most = 0, before = 0;
        for (int k = 0; k < bins; ++k) {
            const double after = before + count(k) / draws_, low = below(k), high = below(k + 1);
            at_edges = std::max(at_edges, std::abs(after - high));
            at_most = std::max({at_most, after - low, high - before});
            before = after;
        }
        std::array<char, 80> name;
        std::snprintf(name.data(), name.size(), "Kolmogorov-Smirnov, at edges (all: < %.2e)",
                      at_most);
        all.push_back(judge("distribution", name.data(), at_edges, distance_law{draws_}));
    }

    void judge_cells(verdicts& all) const {
        std::vector<double> seen, expected;
        double waiting_seen = 0, waiting_expected = 0;
        for (int k = 0; k < bins; ++k) {
            waiting_seen += count(k);
            waiting_expected += draws_ * probability(k);
            if (waiting_expected < least_expected) continue;
            seen.push_back(waiting_seen);
            expected.push_back(waiting_expected);
            waiting_seen = waiting_expected = 0;
        }
        seen.back() += waiting_seen;
        expected.back() += waiting_expected;
        double sum = 0;
        for (std::size_t i = 0; i < seen.size(); ++i)
            sum += (seen[i] - expected[i]) * (seen[i] - expected[i]) / expected[i];
        all.push_back(judge("distribution",
                            "chi-square of " + std::to_string(seen.size()) + " bins", sum,
                            chi_square_law{static_cast<double>(seen.size() - 1)}));
    }

    void judge_tails(verdicts& all) const {
        for (double sigmas : {3.0, 4.0, 4.5, 5.0, 5.5, 6.0}) {
            const int first = static_cast<int>((reach - sigmas) * bins_per_unit);
            double left = 0, right = 0;
            for (int k = 0; k < first; ++k) {
                left += count(k);
                right += count(bins - 1 - k);
            }
            const binomial_law law{draws_, normal_tail(sigmas)};
            std::array<char, 40> text;
            std::snprintf(text.data(), text.size(), "%.1f sigma", sigmas);
            all.push_back(judge("tails", std::string("count below -") + text.data(), left, law));
            all.push_back(judge("tails", std::string("count above +") + text.data(), right, law));
        }
    }

    std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(bins);
    std::array<std::int32_t, most> index_;
    double draws_ = 0;
};

}  // namespace fokker_test
