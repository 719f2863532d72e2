/// A solver whose weights were fitted to one network and one grid.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/path/on_path.hpp>
#include <fokker/path/path.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// What one step of a `fitted_solver` makes the next state of.
struct fitted_step {
    /// Predictions that a step can read: its own and those of three steps before.
    static constexpr std::size_t most_predictions = 4;

    /// The weight of the state.
    double state = 0.0;
    /// The weights of the data predictions, this step's first, then those of the steps before.
    std::array<double, most_predictions> data{};
    /// How many of these are read: at most one more than there were steps before.
    int predictions = 1;

    friend bool operator==(const fitted_step&, const fitted_step&) = default;
};

/// A linear multistep method with weights of their own in each step,
///   x = state x + data[0] D + data[1] D before that + ..,
/// fitted by `solver_fit` so that few steps end where the network's own flow ends. It belongs to
/// the grid that it was fitted on, and to the network. One evaluation a step; deterministic; any
/// path. It has no order: it is for these steps alone. Throws fokker::error on another grid, and
/// where it begins in the middle of one. Its form is near to that of bespoke non-stationary
/// solvers (Shaul et al. 2024), which are trained by gradients.
struct fitted_solver {
    static constexpr int history = static_cast<int>(fitted_step::most_predictions) - 1;
    static constexpr int evaluations = 1;

    /// One for each step of the grid.
    std::vector<fitted_step> steps;
    /// The grid that they belong to.
    std::vector<knot> knots;
    /// What the network predicts that they were fitted to, as errors name it, such as "noise
    /// prediction"; empty: it is not checked.
    std::string prediction = {};
    /// Elements of the samples that they were fitted on; 0: it is not checked.
    std::size_t elements = 0;

    /// Its grid over the path that the network was trained on. Throws fokker::error if the path
    /// does not go through its knots: it is of another schedule.
    template <diffusion_path Path>
    grid grid_on(const Path& path) const {
        check();
        for (const knot& k : knots)
            detail::require(
                k.alpha == 0 || k.sigma == 0 || detail::is_on_path(k, path),
                "this solver was fitted at {t = ", k.t, ", alpha = ", k.alpha,
                ", sigma = ", k.sigma,
                "}, and this path does not go there: it is of another schedule; fit the "
                "solver anew");
        return grid(knots, path);
    }

    /// Throws fokker::error unless it holds as many finite weights as its grid needs, and knots
    /// that are a grid.
    void check() const {
        using detail::require;
        require(!steps.empty() && knots.size() == steps.size() + 1, "a fitted solver holds ",
                steps.size(), " steps and ", knots.size(),
                " knots; make it with fokker::solver_fit, or read it with "
                "fokker::load_fitted_solver");
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const fitted_step& each = steps[i];
            require(each.predictions >= 1 &&
                        each.predictions <=
                            static_cast<int>((std::min)(i + 1, fitted_step::most_predictions)),
                    "step ", i, " of a fitted solver reads ", each.predictions,
                    " predictions, and there are 1 to ",
                    (std::min)(i + 1, fitted_step::most_predictions));
            bool finite = detail::is_finite(each.state);
            for (const double weight : each.data) finite = finite && detail::is_finite(weight);
            require(finite, "step ", i,
                    " of a fitted solver has a weight that is not finite; fit it anew");
        }
        detail::check_knots(knots, {});
    }

    void check(const grid& walk) const {
        check();
        walk.require_one_path("fitted_solver");
        const auto same = [](const knot& a, const knot& b) {
            const auto is_near = [](double p, double q) {
                return std::abs(p - q) <= 1e-9 * (std::max)(std::abs(p), std::abs(q));
            };
            return is_near(a.t, b.t) && is_near(a.alpha, b.alpha) && is_near(a.sigma, b.sigma);
        };
        detail::require(walk.jumps() == 0 && walk.size() == knots.size() &&
                            std::equal(walk.begin(), walk.end(), knots.begin(), same),
                        "this solver was fitted on another grid, of ", steps.size(),
                        " steps from {t = ", knots.front().t, "} to {t = ", knots.back().t,
                        "}; sample on that one, or fit it anew");
    }

    void check_network(std::string_view predicts, std::size_t size) const {
        detail::require(prediction.empty() || prediction == predicts,
                        "this solver was fitted to a network of another kind: ", prediction,
                        " there, ", predicts, " here; fit it anew");
        detail::require(elements == 0 || elements == size, "this solver was fitted on samples of ",
                        elements, " elements, and the state has samples of ", size,
                        "; fit it anew");
    }

    void step(auto& run) const {
        const fitted_step& of = steps[static_cast<std::size_t>(run.index())];
        detail::require(run.past_steps() + 1 >= of.predictions,
                        "a fitted solver reads what the network said in the steps before, and "
                        "this walk began in the middle of its grid; begin at the first knot, or "
                        "resume from a checkpoint");
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        constexpr int most = static_cast<int>(fitted_step::most_predictions);
        detail::at_order<most>(of.predictions, [&](auto count) {
            std::array<double, count> weights;
            std::copy_n(of.data.begin(), count, weights.begin());
            x = of.state * x + detail::with_past(run, weights, D);
        });
    }
};

/// The linear interpolation of two solvers that were fitted on the same grid, such as to a network
/// at two scales of guidance: a at weight 0, b at weight 1. Throws fokker::error on solvers of
/// different grids or networks, and on a weight outside of [0, 1].
inline fitted_solver interpolated(const fitted_solver& a, const fitted_solver& b, double weight) {
    a.check();
    b.check();
    detail::require(a.knots == b.knots && a.prediction == b.prediction && a.elements == b.elements,
                    "these solvers were fitted on different grids, or to networks of different "
                    "kinds; fit the second on the grid of the first");
    detail::require(detail::is_finite(weight) && weight >= 0 && weight <= 1,
                    "the weight between two fitted solvers is ", weight, "; it must lie in [0, 1]");
    const auto at = [weight](double p, double q) { return (1 - weight) * p + weight * q; };
    fitted_solver result = a;
    for (std::size_t i = 0; i < a.steps.size(); ++i) {
        fitted_step& of = result.steps[i];
        const fitted_step& other = b.steps[i];
        of.state = at(of.state, other.state);
        const auto read = [](const fitted_step& by, std::size_t j) {
            return j < static_cast<std::size_t>(by.predictions) ? by.data[j] : 0.0;
        };
        for (std::size_t j = 0; j < of.data.size(); ++j)
            of.data[j] = at(read(a.steps[i], j), read(other, j));
        of.predictions = (std::max)(of.predictions, other.predictions);
    }
    return result;
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
