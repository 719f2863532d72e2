/// Step-size control: what adaptive solvers share.
#pragma once

#include <algorithm>
#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Whether an adaptive step is accepted, and how long the next one is. Let e be its error (1: as
/// large as is tolerated) and g = e^(-1 / order).
/// `clamped`: accepted if e <= 1; the next is safety g times as long, limited to [least_growth,
/// most_growth]. Lu et al. 2022 (DPM-Solver), appendix C.
/// `arctangent`: the next is f = 1 + atan(g - 1) times as long; accepted if f >= safety (0.81
/// there). k-diffusion's sample_dpm_adaptive with its default gains, after Soederlind's step
/// filters.
enum class step_rule { clamped, arctangent };

/// Options of the adaptive solvers. Errors are in units of absolute + relative |x|.
struct step_control {
    tolerance tolerated{};
    double first_step = 0.05;  ///< in lambda
    double safety = 0.9;
    double most_growth = 5.0;   ///< of a clamped step
    double least_growth = 0.2;  ///< of a clamped step
    int most_parts = 10000;     ///< in a step of the grid; more are an error
    step_rule rule = step_rule::clamped;

    /// Throws fokker::error on bad options.
    void check() const {
        using detail::is_finite, detail::require;
        require(tolerated.absolute >= 0 && tolerated.relative >= 0 &&
                    tolerated.absolute + tolerated.relative > 0 &&
                    is_finite(tolerated.absolute + tolerated.relative),
                "the tolerances are absolute = ", tolerated.absolute,
                ", relative = ", tolerated.relative,
                "; neither may be negative, and one must be positive");
        require(is_finite(first_step) && first_step > 0, "first_step is ", first_step,
                "; it must be positive");
        require(safety > 0 && safety < 1, "safety is ", safety, "; it must lie between 0 and 1");
        require(least_growth > 0 && least_growth < 1 && most_growth > 1, "growth is bounded by ",
                least_growth, " and ", most_growth, "; 1 must lie between them");
        require(most_parts > 0, "most_parts is ", most_parts, "; it must be positive");
    }

    /// How many times as long the next step is.
    double growth(double error, double order) const {
        if (rule == step_rule::arctangent)
            return 1.0 + std::atan(std::pow(error + 1e-8, -1.0 / order) - 1.0);
        if (error == 0) return most_growth;
        return std::clamp(safety * std::pow(error, -1.0 / order), least_growth, most_growth);
    }

    /// Whether a step of this error is accepted.
    bool accepts(double error, double order) const {
        return rule == step_rule::clamped ? error <= 1.0 : growth(error, order) >= safety;
    }

    /// Walks from lambda = from to `to`, up or down, in parts of the run's step: attempt(a, b)
    /// makes the part from a to b and returns its error; accept() keeps it, or run.reject_part()
    /// undoes it. `order` is that of the error.
    void walk(auto& run, double from, double to, double order, const auto& attempt,
              const auto& accept) const {
        const double way = to < from ? -1.0 : 1.0;
        double at = from, h = std::min(first_step, way * (to - from));
        for (int parts = 0; way * at < way * to; ++parts) {
            detail::require(parts < most_parts, "the step control made ", parts,
                            " parts of one step of the grid and is at lambda = ", at, " of ", to,
                            "; loosen the tolerance, or raise most_parts");
            const bool last = way * at + h * (1.0 + 1e-9) >= way * to;
            const double next = last ? to : at + way * h;
            run.try_part();
            const double error = attempt(at, next);
            run.require_output(!detail::is_nan(error),
                               "the error of an adaptive step is not a number",
                               "the network returned NaN, or overflowed");
            if (accepts(error, order)) {
                accept();
                at = next;
            } else {
                run.reject_part();
            }
            h = std::min(h * growth(error, order), way * (to - at));
        }
    }

    /// The same, where a rejected attempt leaves nothing to undo but stages: no memory is assigned
    /// in it and no Gaussian drawn. Each attempt begins its own part.
    void walk(double from, double to, double order, const auto& attempt, const auto& accept) const {
        struct {
            void try_part() const {}
            void reject_part() const {}
            void require_output(bool is_good, const char* what, const char* remedy) const {
                if (!is_good)
                    throw network_error(detail::sentence({"fokker: ", what, "; ", remedy}));
            }
        } nothing;
        walk(nothing, from, to, order, attempt, accept);
    }
};

}  // namespace fokker
