/// The grid with the best variational bound, for a network whose moments are known: Bao, Li, Zhu &
/// Zhang 2022 (An Analytic Estimate of the Optimal Reverse Variance), section 4.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/forward/reverse_variance.hpp>
#include <fokker/moments/data_variance.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids/bound_cost.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/grids/least_cost.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// What is done at the noisy end if a network predicts more noise there than there is (Gamma > 1).
/// `spread`, as Bao et al. published it: the tail is twice as many knots as lie beyond the first
/// such one; K - ceil((1 - 0.8 tail / all) K) of K steps walk it evenly, and the rest is optimal.
/// `monotone`: the variance of x_0 given x_t is raised where it falls as noise grows, which it
/// cannot do for an exact network (Guo, Shamai & Verdu 2005).
enum class bad_tail { spread, monotone };

/// Options of `optimal`.
struct optimal_options {
    grid_end end = grid_end::clean;
    /// Of the sampler whose bound it is; without it the optimal variance.
    reverse_variance variance = nullptr;
    bad_tail tail = bad_tail::spread;
    /// Knots of a path without training times to choose from, even in lambda.
    int candidates = 1000;
};

namespace detail {

/// Throws fokker::error on a table of more than 2 GiB, before memory is taken for it.
inline void require_table(int candidates, int steps) {
    const double numbers = double(candidates) * (double(steps) + 1.0);
    require(numbers <= 0x1p28, "steps is ", steps, " and there are ", candidates,
            " knots to choose from, for which the search would hold a table of ", numbers,
            " numbers; it holds at most 2^28: take fewer of either");
}

/// From how many of the candidates, noisiest first, a tail is made, and how many nodes it gets.
struct tail_split {
    std::size_t knots = 0, nodes = 0;
};

inline tail_split split_tail(const std::vector<double>& gamma, std::size_t nodes) {
    const std::size_t all = gamma.size();
    const auto bad = std::find_if(gamma.rbegin(), gamma.rend(), [](double g) { return g > 1; });
    if (bad == gamma.rend() || nodes < 2) return {};
    const std::size_t tail = (std::min)(2 * static_cast<std::size_t>(gamma.rend() - bad), all - 1),
                      rest = all - tail;
    const double part = 1.0 - 0.8 * static_cast<double>(tail) / static_cast<double>(all);
    auto kept = static_cast<std::size_t>(std::ceil(part * static_cast<double>(nodes)));
    kept = (std::min)({std::max<std::size_t>(kept, 1), rest, nodes - 1});
    kept = (std::max)(kept, nodes > tail ? nodes - tail : 1);
    return {tail, nodes - kept};
}

/// Lowers Gamma where the variance of the data that it implies is less than at a cleaner knot.
inline void raise_data_variance(const std::vector<knot>& knots, std::vector<double>& gamma) {
    double least = 0.0;
    for (std::size_t i = knots.size(); i-- > 0;) {
        least = (std::max)(least, data_variance(knots[i], gamma[i]));
        gamma[i] = 1.0 - least * knots[i].signal_to_noise_squared();
    }
}

/// `nodes` of the candidates, noisiest first, from the first to the last.
inline std::vector<std::size_t> optimal_nodes(const std::vector<knot>& knots,
                                              const std::vector<double>& gamma, std::size_t nodes,
                                              const optimal_options& options) {
    const tail_split tail =
        options.tail == bad_tail::spread ? split_tail(gamma, nodes) : tail_split{};
    std::vector<std::size_t> chosen;
    for (std::size_t k = 0; k < tail.nodes; ++k)
        chosen.push_back(static_cast<std::size_t>(
            std::nearbyint(static_cast<double>(k * tail.knots) / static_cast<double>(tail.nodes))));
    const std::size_t kept = nodes - tail.nodes;
    if (kept == 1) {
        chosen.push_back(tail.nodes > 0 ? knots.size() - 1 : 0);
        return chosen;
    }
    const auto walk =
        least_cost(knots.size() - tail.knots, kept - 1, [&](std::size_t i, std::size_t j) {
            const std::size_t from = tail.knots + i;
            return step_cost(knots[from], knots[tail.knots + j], gamma[from], options.variance);
        });
    for (const std::size_t node : walk.nodes) chosen.push_back(tail.knots + node);
    return chosen;
}

}  // namespace detail

/// The grid of so many steps, from the path's last time to its first, with the least variational
/// bound, by dynamic programming over the training times of a schedule, or `candidates` knots of a
/// continuous path. Bao et al. 2022, section 4, and with `variance` the same for a
/// sampler of other variances (Watson et al. 2021). The moments are those of the network; of a map
/// take its mean(). For T candidates and K steps: O(K T^2) time, a tenth of a second for T = 1000,
/// and T (K + 1) doubles. Throws fokker::error on moments that do not cover the path, a path that
/// ends at alpha = 0, more steps than there are candidates, and where the table would pass 2 GiB.
template <diffusion_path Path>
grid optimal(const Path& path, const moments& gamma, int steps, optimal_options options = {}) {
    using detail::require;
    detail::require_steps(steps);
    gamma.check();
    require(gamma.values() == 1, "the moments are a map of ", gamma.values(),
            " values a knot; a grid is laid by one: moments::mean()");
    std::vector<double> times;
    using detail::require_table;
    if constexpr (discrete_path<Path>) {
        require(options.candidates == optimal_options{}.candidates, "candidates is ",
                options.candidates,
                "; this path has training times to choose from, so leave it out");
        require_table(path.steps(), steps);
        for (int t = path.steps() - 1; t >= 0; --t) times.push_back(t);
    } else {
        require(options.candidates >= 2, "candidates is ", options.candidates, "; give at least 2");
        require_table(options.candidates, steps);
        const double noise = path.at(path.last_time()).lambda(),
                     data = path.at(path.first_time()).lambda();
        require(detail::is_finite(noise) && detail::is_finite(data),
                "the path goes from lambda = ", noise, " to ", data, "; both must be finite");
        for (const double lambda : detail::even_points(noise, data, options.candidates))
            times.push_back(path.time(lambda));
        times.front() = path.last_time();
        times.back() = path.first_time();
    }
    const std::size_t nodes =
        static_cast<std::size_t>(steps) + (options.end == grid_end::clean ? 0 : 1);
    require(nodes <= times.size(), "steps is ", steps, ", and there are ", times.size(),
            " knots to choose from; ask for fewer steps");
    std::vector<knot> knots;
    std::vector<double> values;
    for (const double t : times) {
        knots.push_back(path.at(t));
        require(knots.back().alpha > 0,
                "the path ends at alpha = 0, from where every step has an "
                "infinite bound; leave that knot out");
        gamma.require_measured(knots.back(), "the grid");
        values.push_back(gamma.at(knots.back().lambda()));
    }
    std::vector<double> chosen;
    if (options.tail == bad_tail::monotone) detail::raise_data_variance(knots, values);
    for (const std::size_t node : detail::optimal_nodes(knots, values, nodes, options))
        chosen.push_back(times[node]);
    return detail::grid_at(path, chosen, options.end);
}

}  // namespace fokker
