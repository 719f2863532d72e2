/// The weights of a fitted solver while they are fitted: those of a known method, and how far they
/// are from it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/fitted_solver.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

/// What becomes of a change by which knots would change places.
enum class crossing_knots {
    refused,  ///< there is none, so that the fit makes the whole change smaller
    limited,  ///< each moves at most a part of the way to the next one
};

/// The method is exponential Adams-Bashforth of order 1 (DDIM) or 2 in the data form. The
/// parameters are the deviations from its weights, step after step: of the state and of each
/// prediction; and then, if the knots move, the lambdas of those between the ends.
class weight_table {
public:
    /// Knots move within the lambdas of the fine grid, beyond which nothing is known of the
    /// network, and of this one.
    weight_table(grid walk, int order, int predictions, bool move_knots, const grid& fine)
        : walk_(std::move(walk)), order_(order), moves_knots_(move_knots) {
        const auto may_reach = [&](const grid& knots) {
            for (const knot& k : knots) {
                if (!(k.alpha > 0 && k.sigma > 0)) continue;
                least_ = (std::min)(least_, k.lambda());
                most_ = (std::max)(most_, k.lambda());
            }
        };
        may_reach(fine);
        may_reach(walk_);
        for (int i = 0; i < walk_.steps(); ++i) {
            fitted_step none;
            none.predictions = (std::min)(i + 1, predictions);
            deviations_.push_back(none);
        }
    }

    int steps() const { return walk_.steps(); }
    const grid& walk() const { return walk_; }
    bool moves_knots() const { return moves_knots_; }

    Eigen::Index parameters() const { return weights() + (moves_knots_ ? walk_.steps() - 1 : 0); }
    /// Those of the parameters that are no knots, which come first.
    Eigen::Index weights() const {
        Eigen::Index count = 0;
        for (const fitted_step& each : deviations_) count += 1 + each.predictions;
        return count;
    }

    /// The weights of step i.
    fitted_step step(int i) const {
        const knot &s = walk_[static_cast<std::size_t>(i)],
                   &t = walk_[static_cast<std::size_t>(i) + 1];
        fitted_step result = deviations_[static_cast<std::size_t>(i)];
        result.state += data_form::ratio(s, t);
        const bool second = order_ > 1 && result.predictions > 1 && t.sigma > 0 &&
                            walk_[static_cast<std::size_t>(i) - 1].alpha > 0;
        if (!second) {
            result.data[0] += data_form::constant(s, t);
            return result;
        }
        const double h = t.lambda() - s.lambda();
        const double before = s.lambda() - walk_[static_cast<std::size_t>(i) - 1].lambda();
        // As in a solver, no step extrapolates further than usual_growth.
        const double node = -(std::max)(before, h / usual_growth) / h;
        const auto weights = exponential_weights<data_form>(std::array{0.0, node}, t, h);
        result.data[0] += weights[0];
        result.data[1] += weights[1];
        return result;
    }

    /// After a change of all parameters; none if it is not finite.
    std::optional<weight_table> moved(const Eigen::VectorXd& by, crossing_knots crossing) const {
        if (!std::all_of(by.begin(), by.end(), [](double v) { return detail::is_finite(v); }))
            return std::nullopt;
        weight_table other = *this;
        Eigen::Index at = 0;
        for (fitted_step& each : other.deviations_) {
            each.state += by[at++];
            for (int j = 0; j < each.predictions; ++j)
                each.data[static_cast<std::size_t>(j)] += by[at++];
        }
        if (!moves_knots_) return other;
        std::vector<knot> knots(walk_.begin(), walk_.end());
        for (std::size_t i = 1; i + 1 < knots.size(); ++i) {
            const double here = walk_[i].lambda();
            double low = least_, high = most_;
            if (crossing == crossing_knots::limited) {
                low = (std::max)(low, here - most_of_gap * (here - walk_[i - 1].lambda()));
                high = (std::min)(high, here + most_of_gap * (walk_[i + 1].lambda() - here));
            }
            const double lambda = std::clamp(here + by[at++], low, high);
            if (crossing == crossing_knots::refused &&
                !(lambda > knots[i - 1].lambda() + least_gap))
                return std::nullopt;
            knots[i] = walk_.knot_at(lambda);
        }
        if (crossing == crossing_knots::refused &&
            !(knots.back().lambda() > knots[knots.size() - 2].lambda() + least_gap))
            return std::nullopt;
        other.walk_ = walk_.with_knots(std::move(knots));
        return other;
    }

    /// With knot i a little further on, by so much in lambda, or back where it is the last
    /// possible.
    std::pair<weight_table, double> with_knot_moved(int i) const {
        const auto at = static_cast<std::size_t>(i);
        const double lambda = walk_[at].lambda();
        const double room =
            (std::min)(lambda - walk_[at - 1].lambda(), walk_[at + 1].lambda() - lambda);
        double h = (std::min)(0.05, 0.05 * room);
        if (lambda + h > most_) h = -h;
        std::vector<knot> knots(walk_.begin(), walk_.end());
        knots[at] = walk_.knot_at(lambda + h);
        weight_table other = *this;
        other.walk_ = walk_.with_knots(std::move(knots));
        return {std::move(other), h};
    }

    fitted_solver solver() const {
        fitted_solver result;
        for (int i = 0; i < steps(); ++i) result.steps.push_back(step(i));
        result.knots.assign(walk_.begin(), walk_.end());
        return result;
    }

private:
    static constexpr double least_gap = 1e-3;
    /// What a limited change moves a knot at most, as a part of the way to the next one.
    static constexpr double most_of_gap = 0.4;

    grid walk_;
    int order_;
    bool moves_knots_;
    double least_ = (std::numeric_limits<double>::max)();
    double most_ = std::numeric_limits<double>::lowest();
    std::vector<fitted_step> deviations_;
};

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
