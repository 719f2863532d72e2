/// Jumps at the rates of the reverse process, which are held over a step.
#pragma once

#include <algorithm>
#include <cmath>

#include <fokker/discrete/position.hpp>
#include <fokker/discrete/process.hpp>
#include <fokker/discrete/sampler/tweedie.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// How likely a position jumps in a step, of rates whose sum times the step is h.
enum class jump_law {
    exponential,  ///< 1 - exp(-h): at those rates, the first jump of a step is made
    linear,       ///< h, at most 1: Euler's step, as SEDD's
};

/// A position jumps to y at the rate pi(x) s_y / alpha, for a unit of alpha, where s are the ratios
/// of p_t: tau-leaping of Campbell et al. 2022, with at most one jump a step and position, and the
/// Euler step of Lou et al. 2023 (SEDD). One call a step. First order, also for a single position;
/// `tweedie` costs the same and is exact there. The last step is tweedie's. Of a walk that begins
/// at alpha > 0. Where the noise has no one law, a jump to y is as likely as a step forwards from y
/// to x, times s_y, which Bayes' rule says of p_t in place of p_s; there the last step is
/// ancestral's, and the walk may begin at alpha = 0.
struct tau_leaping {
    static constexpr bool by_ratios = true;

    jump_law jumps = jump_law::exponential;

    template <class Process>
    void check(const grid& walk, const Process&) const {
        if constexpr (detail::has_one_noise<Process>)
            detail::require_ratios_from_the_start(walk, "tau_leaping");
    }

    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        const auto& process = run.process();
        run.each([&](auto& at) {
            const int token = at.token(), classes = at.classes();
            if (process.is_settled(token)) return;
            const auto chance = [&](double h) { return probability(h); };
            if constexpr (requires { process.noise(token, classes); }) {
                if (clean.alpha == 1) return detail::step_by_tweedie(at, process, noisy, clean);
                const double each =
                    (clean.alpha - noisy.alpha) / noisy.alpha * process.noise(token, classes);
                at.set(at.jump(detail::ratio_times{each}, chance));
            } else {
                if (clean.alpha == 1) return process.back(at, noisy, clean);
                at.set(at.jump(
                    [&](int y, double ratio) {
                        return process.transition(y, token, clean, noisy, classes) * ratio;
                    },
                    chance));
            }
        });
    }

private:
    double probability(double h) const {
        return jumps == jump_law::linear ? std::clamp(h, 0.0, 1.0)
                                         : -std::expm1(-(std::max)(0.0, h));
    }
};

}  // namespace fokker::discrete
