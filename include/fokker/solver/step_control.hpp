/// Step-size control: what adaptive solvers share.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Whether an adaptive step is accepted, and how long the next one is. Let e be its error (1: as
/// large as is tolerated) and g = e^(-1 / order).
/// `clamped`: accepted if e <= 1; the next is safety g times as long, limited to [least_factor,
/// most_factor]. Lu et al. 2022 (DPM-Solver), appendix C.
/// `arctangent`: the next is f = 1 + atan(g - 1) times as long; accepted if f >= safety (0.81
/// there). k-diffusion's sample_dpm_adaptive with its default gains, after Soederlind's step
/// filters.
enum class step_rule { clamped, arctangent };

/// Options of the adaptive solvers. Errors are in units of absolute + relative |x|.
struct step_control {
    tolerance tolerated{};
    double first_step = 0.05;  ///< in lambda, at most
    double safety = 0.9;
    double most_factor = 5.0;   ///< of a clamped step to the one before it
    double least_factor = 0.2;  ///< of a clamped step to the one before it
    int most_parts = 10000;     ///< of a sample in a step of the grid; more are an error
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
        require(least_factor > 0 && least_factor < 1 && most_factor > 1,
                "the factor between two steps is bounded by ", least_factor, " and ", most_factor,
                "; 1 must lie between them");
        require(most_parts > 0, "most_parts is ", most_parts, "; it must be positive");
    }

    /// How many times as long the next step is.
    double growth(double error, double order) const {
        if (rule == step_rule::arctangent)
            return 1.0 + std::atan(std::pow(error + 1e-8, -1.0 / order) - 1.0);
        if (error == 0) return most_factor;
        return std::clamp(safety * std::pow(error, -1.0 / order), least_factor, most_factor);
    }

    /// Whether a step of this error is accepted.
    bool accepts(double error, double order) const {
        return rule == step_rule::clamped ? error <= 1.0 : growth(error, order) >= safety;
    }

    /// Walks from lambda = from to `to`, up or down, in parts of the run's step: attempt(a, b)
    /// makes the part from a to b and returns its error, run.error_norm(.., tolerated); accept()
    /// keeps it, or run.reject_part() undoes it. `order` is that of the error. With
    /// error_over::each_sample the samples of a batch take parts of their own: what attempt and
    /// accept assign is assigned in those alone that take the part.
    void walk(auto& run, double from, double to, double order, const auto& attempt,
              const auto& accept) const {
        if constexpr (requires { run.begin_sample_parts(); })
            if (tolerated.over == error_over::each_sample)
                return walk_samples(run, from, to, order, attempt, accept);
        const double way = to < from ? -1.0 : 1.0;
        double at = from, h = (std::min)(first_step, way * (to - from));
        for (int parts = 0; way * at < way * to; ++parts) {
            require_parts_left(parts, at, to);
            const bool last = way * at + h * (1.0 + 1e-9) >= way * to;
            const double next = last ? to : at + way * h;
            run.try_part();
            const double error = attempt(at, next);
            require_number(run, error);
            if (accepts(error, order)) {
                if (last) run.keep_part_prediction();
                accept();
                at = next;
            } else {
                run.reject_part();
            }
            h = (std::min)(h * growth(error, order), way * (to - at));
        }
    }

    /// The same, where a rejected attempt leaves nothing to undo but stages: no memory is assigned
    /// in it and no Gaussian drawn. Each attempt begins its own part. Its error is one for the
    /// whole batch, which error_over::each_sample has not.
    void walk(double from, double to, double order, const auto& attempt, const auto& accept) const {
        struct {
            void try_part() const {}
            void reject_part() const {}
            void keep_part_prediction() const {}
            void require_output(bool is_good, const char* what, const char* remedy) const {
                if (!is_good)
                    throw network_error(detail::sentence({"fokker: ", what, "; ", remedy}));
            }
        } nothing;
        walk(nothing, from, to, order, attempt, accept);
    }

private:
    /// The step in equal fractions, so fine that no part is shorter.
    static constexpr int whole_exponent = 48;
    static constexpr std::uint64_t whole = std::uint64_t{1} << whole_exponent;

    /// Where a part of no more than this length ends, of the step: at a multiple of the power of
    /// two next below the length. So parts of different samples end at the same knots.
    static std::uint64_t part_end(std::uint64_t from, double wanted) {
        const double length = std::ldexp(wanted, whole_exponent);
        if (length * (1.0 + 1e-9) >= static_cast<double>(whole - from)) return whole;
        const auto most = (std::max)(static_cast<std::uint64_t>(length), std::uint64_t{1});
        const std::uint64_t power = std::bit_floor(most);
        return (from + most) / power * power;
    }

    /// The samples that are furthest behind try their longest part together, in one network call
    /// for each that the part has. So a part is tried no more than once in the batch, and what
    /// becomes of a sample depends on its own errors alone.
    void walk_samples(auto& run, double from, double to, double order, const auto& attempt,
                      const auto& accept) const {
        const double length = std::abs(to - from);
        const auto samples = run.begin_sample_parts();
        const auto lambda = [=](std::uint64_t place) {
            return place == whole ? to
                                  : from + (to - from) * std::ldexp(static_cast<double>(place),
                                                                    -whole_exponent);
        };
        for (auto& each : samples) {
            each = {};
            each.wanted = length > 0 ? first_step / length : 1.0;
            each.to = part_end(0, each.wanted);
        }
        while (length > 0) {
            std::uint64_t begin = whole, end = 0;
            for (const auto& each : samples) begin = (std::min)(begin, each.from);
            if (begin == whole) break;
            for (const auto& each : samples)
                if (each.from == begin) end = (std::max)(end, each.to);
            const auto takes = [=](const auto& each) {
                return each.from == begin && each.to == end;
            };
            for (auto& each : samples)
                if (takes(each)) {
                    require_parts_left(each.tried, lambda(begin), to);
                    each.error = -1.0;  // not measured yet
                }
            run.choose_samples(takes);
            run.try_part();
            const double error = attempt(lambda(begin), lambda(end));
            require_number(run, error);
            double largest = samples.size() == 1 ? samples[0].error = error : -1.0;
            bool accepted = false;
            for (const auto& each : samples)
                if (takes(each)) {
                    largest = (std::max)(largest, each.error);
                    accepted = accepted || accepts(each.error, order);
                }
            detail::require(largest == error,
                            "the solver gives its step control an error that is not what "
                            "run.error_norm(..) returned with the control's tolerance, and the "
                            "samples of a batch have errors of their own; return that, or take "
                            "error_over::worst_sample");
            if (accepted) {
                run.choose_samples(
                    [&](const auto& each) { return takes(each) && accepts(each.error, order); });
                if (end == whole) run.keep_part_prediction();
                accept();
                run.end_sample_part();
            } else {
                run.reject_part();
            }
            for (auto& each : samples) {
                if (!takes(each)) continue;
                ++each.tried;
                each.wanted = std::ldexp(static_cast<double>(end - begin), -whole_exponent) *
                              growth(each.error, order);
                if (accepts(each.error, order)) each.from = end;
                each.to = part_end(each.from, each.wanted);
            }
        }
        run.end_sample_parts();
    }

    void require_parts_left(int made, double at, double to) const {
        detail::require(made < most_parts, "the step control made ", made,
                        " parts of one step of the grid and is at lambda = ", at, " of ", to,
                        "; loosen the tolerance, or raise most_parts");
    }
    static void require_number(auto& run, double error) {
        run.require_output(!detail::is_nan(error), "the error of an adaptive step is not a number",
                           "the network returned NaN, or overflowed");
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
