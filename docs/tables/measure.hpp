// Errors of the catalogue's solvers on an exact mixture, against network calls.
#pragma once

#include <fokker/fokker.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "support/mixture.hpp"

namespace tables {

using state = Eigen::ArrayXd;
// Each solver is compiled once for it.
using network = std::function<void(const state&, const fokker::knot&, state&)>;

// Two narrow modes, as pictures lie close together where they are alike.
inline const fokker_test::mixture modes{.std = {0.1, 0.2}};

// The mixture with its second mode as the condition, and classifier-free guidance towards it.
struct guided_modes {
    double weight;

    double data(double x, const fokker::knot& k) const {
        const fokker_test::mixture second{.weight = {0.0, 1.0}, .std = modes.std};
        const double without = modes.data(x, k);
        return without + weight * (second.data(x, k) - without);
    }
};

// Predicts the data: that can be read at alpha = 0, too, where a flow begins.
template <class Target>
network network_of(const Target& target) {
    return [target](const state& x, const fokker::knot& k, state& out) {
        for (Eigen::Index i = 0; i < x.size(); ++i) out[i] = target.data(x[i], k);
    };
}

// What is measured on: the network, and the grids of so many steps: the usual one, and one even in
// lambda down to the least noise for the solvers that want that.
struct setting {
    network calls;
    std::function<fokker::grid(int)> grid, even_grid;
    std::function<double(double, const fokker::knot&, const fokker::knot&)> flow = {};
};

template <class Path, class Target>
setting setting_on(const Path& path, const Target& target, std::function<fokker::grid(int)> grid) {
    // At alpha = 0 lambda is infinite.
    const double most = std::min(1e3, path.at(path.last_time()).noise_to_signal());
    return {network_of(target), std::move(grid),
            [=](int steps) {
                return fokker::exponential(
                    path, steps, {.sigma_max = most, .end = fokker::grid_end::least_noise});
            },
            [target](double x, fokker::knot from, fokker::knot to) {
                if (from.alpha == 0) from = {from.t, 1e-6, 1 - 1e-6};
                if (to.sigma == 0) to.sigma = 1e-5;
                return fokker_test::exact_flow(target, x, from, to, 4000);
            }};
}

// The (i + 1/2) / n-quantiles.
inline state quantiles(const fokker_test::mixture& m, Eigen::Index n) {
    const auto below = [&](double x) {
        double sum = 0;
        for (std::size_t i = 0; i < 2; ++i)
            sum += m.weight[i] * 0.5 * std::erfc((m.mean[i] - x) / (m.std[i] * std::sqrt(2.0)));
        return sum;
    };
    state result(n);
    for (Eigen::Index i = 0; i < n; ++i) {
        double low = -10, high = 10;
        while (high - low > 1e-12) {
            const double middle = 0.5 * (low + high);
            (below(middle) < (static_cast<double>(i) + 0.5) / static_cast<double>(n) ? low : high) =
                middle;
        }
        result[i] = low;
    }
    return result;
}

inline state normal_quantiles(Eigen::Index n) {
    return quantiles({.weight = {1.0, 0.0}, .mean = {0.0, 0.0}, .std = {1.0, 1.0}}, n);
}

struct end {
    state x;
    fokker::knot from, to;
    int calls = 0;
};

// Walks from `noise`, scaled to the first knot.
template <class Solver>
end walked(const setting& on, const fokker::grid& grid, const Solver& solver, const state& noise) {
    end result{grid.front().sigma * noise, grid.front(), grid.back()};
    const fokker::philox source{.seed = 5};
    const auto done =
        fokker::denoise(result.x, fokker::predicts_data(on.calls), grid, solver, source);
    result.calls = static_cast<int>(done.evaluations);
    return result;
}

// The walk with the most steps (or the least tolerance) that makes no more than so many calls.
template <class Solver>
std::optional<end> walked_within(int calls, const setting& on, Solver solver, const state& noise) {
    if constexpr (requires { solver.calls; }) {
        solver.calls = calls;
        return walked(on, on.even_grid(Solver::fast_steps(calls)), solver, noise);
    } else if constexpr (requires { solver.control; }) {
        std::optional<end> best;
        for (double tolerance = 1.0; tolerance > 1e-9; tolerance *= 0.7) {
            solver.control.tolerated = {tolerance, tolerance, fokker::error_over::batch};
            end next = walked(on, on.even_grid(1), solver, noise);
            if (next.calls > calls) break;
            best = std::move(next);
        }
        return best;
    } else {
        int steps = 0;
        const state one = state::Ones(1);
        while (walked(on, on.grid(steps + 1), solver, one).calls <= calls) ++steps;
        if (steps == 0) return std::nullopt;
        return walked(on, on.grid(steps), solver, noise);
    }
}

// The root mean square distance from where the probability-flow ODE leads.
inline double flow_error(const setting& on, const end& reached, const state& noise) {
    static std::vector<std::pair<const setting*, std::pair<fokker::knot, state>>> known;
    const auto found = std::ranges::find_if(known, [&](const auto& each) {
        return each.first == &on && each.second.first == reached.to;
    });
    if (found != known.end()) return std::sqrt((reached.x - found->second.second).square().mean());
    state exact = noise;
    for (double& x : exact) x = on.flow(reached.from.sigma * x, reached.from, reached.to);
    known.push_back({&on, {reached.to, exact}});
    return std::sqrt((reached.x - exact).square().mean());
}

// The Wasserstein-1 distance of samples from the quantiles.
inline double distance(state samples, const state& exact) {
    std::sort(samples.begin(), samples.end());
    return (samples - exact).abs().mean();
}

}  // namespace tables
