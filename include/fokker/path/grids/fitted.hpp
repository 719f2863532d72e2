/// A grid fitted to a network, by the errors that it makes in small steps.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/grids/sigmas.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/path/path.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Options of `fitted`.
struct fitted_options {
    /// Of the walk on which the network is watched: network calls.
    int fine_steps = 100;
    /// Where the network hardly changes, steps are about so many times as long as even ones.
    double longest = 10.0;
    grid_end end = grid_end::clean;
};

namespace detail {

double root_mean_square(const auto* a, const auto* b, std::size_t size) {
    double sum = 0.0;
    for (std::size_t i = 0; i < size; ++i) {
        const double difference = static_cast<double>(a[i]) - (b ? static_cast<double>(b[i]) : 0.0);
        sum += difference * difference;
    }
    return std::sqrt(sum / static_cast<double>(size));
}

/// Where `count` points from lambdas.front() to lambdas.back() lie, if so much density lies from
/// each lambda to the next, and as much from each point to the next. No density is less than 1 /
/// longest of the mean.
inline std::vector<double> equidistributed(const std::vector<double>& lambdas,
                                           const std::vector<double>& density, int count,
                                           double longest) {
    double mean = 0.0;
    for (std::size_t i = 0; i < density.size(); ++i)
        mean += density[i] * (lambdas[i + 1] - lambdas[i]) / (lambdas.back() - lambdas.front());
    std::vector<double> sum{0.0};
    for (std::size_t i = 0; i < density.size(); ++i)
        sum.push_back(sum.back() + (mean > 0 ? (std::max)(density[i], mean / longest) : 1.0) *
                                       (lambdas[i + 1] - lambdas[i]));
    std::vector<double> points;
    std::size_t below = 0;
    for (int k = 0; k < count; ++k) {
        const double wanted = count > 1 ? sum.back() * k / (count - 1) : 0.0;
        while (below + 2 < sum.size() && sum[below + 1] < wanted) ++below;
        const double part = (wanted - sum[below]) / (sum[below + 1] - sum[below]);
        points.push_back(lambdas[below] + part * (lambdas[below + 1] - lambdas[below]));
    }
    return points;
}

}  // namespace detail

/// The grid on which a step of DDIM makes the same error everywhere. The error is measured on one
/// fine walk from noise with the batch x, which holds samples afterwards; a batch of about 8 is
/// usually enough. It is the difference to a step of order 2: alpha h^2 / 2 times the derivative of
/// the data prediction in lambda, in units of the state. The step length goes as 1 over its root,
/// which also makes the sum of the errors least (de Boor 1973). The grid serves solvers of any
/// order, as it has more steps where the network changes faster. Throws fokker::error on bad
/// options and on a path that ends at alpha = 0.
template <array_like X, class Model, diffusion_path Path, noise_or_engine Noise>
grid fitted(X& x, Model&& model, const Path& path, int steps, Noise&& noise,
            const fitted_options& options = {}) {
    detail::require_steps(steps);
    detail::require(options.fine_steps >= 2, "fine_steps is ", options.fine_steps,
                    "; give at least 2, better 100");
    detail::require_few_enough("fine_steps", static_cast<std::size_t>(options.fine_steps));
    detail::require(detail::is_finite(options.longest) && options.longest >= 1, "longest is ",
                    options.longest, "; it must be at least 1");
    const grid fine = fokker::uniform_lambda(path, options.fine_steps, grid_end::least_noise);
    const std::size_t size = detail::shape_of(x).size();
    std::vector<double> lambdas{fine[0].lambda()}, density;
    detail::owner_of<X> before = array_traits<X>::like(x);
    run watched(x, std::forward<Model>(model), fine, dpm_solver_pp_2m{},
                std::forward<Noise>(noise));
    watched.start_from_prior();
    for (std::size_t i = 0; !watched.done(); ++i) {
        const double spread =
            detail::root_mean_square(detail::data_of(x), decltype(detail::data_of(x))(), size);
        watched.step();
        const auto* const D = detail::data_of(watched.prediction());
        if (i > 0) {
            const double h = fine[i].lambda() - fine[i - 1].lambda();
            const double change = detail::root_mean_square(D, detail::data_of(before), size) / h;
            lambdas.push_back(fine[i].lambda());
            density.push_back(std::sqrt(fine[i].alpha * change / spread));
        }
        std::copy_n(D, size, detail::data_of(before));
    }
    lambdas.back() = fine.back().lambda();
    const int count = options.end == grid_end::clean ? steps : steps + 1;
    std::vector<double> times;
    for (const double lambda : detail::equidistributed(lambdas, density, count, options.longest))
        times.push_back(path.time(lambda));
    times.front() = path.last_time();
    if (count > 1) times.back() = path.first_time();
    return detail::grid_at(path, times, options.end);
}

}  // namespace fokker
