/// What a fit is asked for, and what it gives.
#pragma once

#include <cstdint>
#include <functional>

#include <fokker/fitting/fit_error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/fitted_solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// How far a fit has come.
struct fit_progress {
    /// Rounds done, and at most to be done. Where the first of two ways ends early, the second
    /// begins at half of them.
    int round = 0, rounds = 0;
    /// Network calls of this fit so far, each of a batch.
    std::int64_t calls = 0;
    fit_error error;
};

/// Options of `solver_fit::on`.
struct fit_options {
    /// Predictions that a step reads, 1 to 4.
    int predictions = static_cast<int>(fitted_step::most_predictions);
    /// Whether the knots between the grid's ends are moved along its path, too, within the lambdas
    /// of the fine grid and their own. Their labels are then fractions, unless the schedule rounds
    /// them.
    bool move_knots = false;
    /// Rounds of Levenberg and Marquardt's method, at most; if knots move, twice so many. The fit
    /// ends earlier once its error falls no more.
    int rounds = 10;
    /// Called at the beginning and after each round; what it throws ends the fit.
    std::function<void(const fit_progress&)> progress = {};
};

/// What a fit gives.
struct fitted_walk {
    fitted_solver solver;
    /// The grid that it belongs to: the one that was asked for, or one with moved knots.
    fokker::grid grid;
    /// The error of this solver. Its held_out also chose the round, which makes it a little too
    /// small; a solver_fit with other noise measures it without that, by error_of.
    fit_error error;
    /// That of the weights that the fit began with: DDIM's, or those of order 2.
    fit_error unfitted;
    /// Network calls that it cost, each of a batch.
    std::int64_t calls = 0;
    /// Rounds that led to it.
    int rounds = 0;
};

}  // namespace fokker
