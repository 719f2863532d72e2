/// A verdict is one statistic, judged by its law. All verdicts of a run are one family:
/// Bonferroni's rule refuses a good generator, through any of them, with a probability of at most
/// 1e-6.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "laws.hpp"

namespace fokker_test {

/// The probability with which a family refuses a good generator.
inline constexpr double family_level = 1e-6;

struct verdict {
    std::string group, name;
    double statistic, p_value;
    std::function<range(double level)> accepted;
};

template <class Law>
verdict judge(std::string group, std::string name, double statistic, const Law& law) {
    return {std::move(group), std::move(name), statistic, law.p_value(statistic),
            [law](double level) { return law.accepted(level); }};
}

using verdicts = std::vector<verdict>;

/// Bonferroni's rule for a family of `tests`.
struct family {
    std::size_t tests;

    double level() const { return family_level / static_cast<double>(tests); }
    bool accepts(const verdict& each) const { return each.p_value >= level(); }
};

inline const verdict& least(const verdicts& all) {
    return *std::min_element(all.begin(), all.end(), [](const verdict& a, const verdict& b) {
        return a.p_value < b.p_value;
    });
}

void least(verdicts&&) = delete;  // the result would dangle

/// The verdicts of one group, in their order.
inline verdicts of_group(const verdicts& all, const std::string& group) {
    verdicts some;
    for (const verdict& each : all)
        if (each.group == group) some.push_back(each);
    return some;
}

}  // namespace fokker_test
