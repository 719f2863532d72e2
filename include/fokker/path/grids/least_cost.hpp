/// The cheapest walk of so many steps over nodes in a row, by dynamic programming.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

/// Nodes in order, from the first one to the last, and the sum of the costs of its steps.
struct least_cost_walk {
    std::vector<std::size_t> nodes;
    double cost;
};

/// The cheapest walk of `steps` steps, 1 <= steps < nodes, from node 0 to the last, where a step
/// from i to j > i costs cost(i, j). Asks for each cost once, and for steps * nodes of them again
/// to find the walk; steps * nodes^2 additions. Memory: nodes * (steps + 1) doubles, and no table
/// of costs.
template <class Cost>
least_cost_walk least_cost(std::size_t nodes, std::size_t steps, const Cost& cost) {
    constexpr double unreachable = 1e300;
    const std::size_t row = steps + 1;
    std::vector<double> least(nodes * row, unreachable);  // of a node, by the steps to it
    least[0] = 0.0;
    for (std::size_t j = 1; j < nodes; ++j) {
        double* const to = &least[j * row];
        for (std::size_t i = 0; i < j; ++i) {
            const double* const from = &least[i * row];
            const double of_step = cost(i, j);
            const std::size_t most = (std::min)(i, steps - 1);
            for (std::size_t k = 0; k <= most; ++k)
                to[k + 1] = (std::min)(to[k + 1], from[k] + of_step);
        }
    }
    least_cost_walk walk{std::vector<std::size_t>(row, nodes - 1), least.back()};
    for (std::size_t k = steps; k > 0; --k) {
        const std::size_t j = walk.nodes[k];
        std::size_t& best = walk.nodes[k - 1] = k - 1;
        const auto through = [&](std::size_t i) { return least[i * row + k - 1] + cost(i, j); };
        double of_best = through(best);
        for (std::size_t i = k; i < j; ++i)
            if (const double of_it = through(i); of_it < of_best) best = i, of_best = of_it;
    }
    return walk;
}

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
