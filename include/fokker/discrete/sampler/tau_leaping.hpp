/// Jumps at the rates of the reverse process, which are held over a step.
#pragma once

#include <algorithm>
#include <cmath>

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
/// at alpha > 0.
struct tau_leaping {
    static constexpr bool by_ratios = true;
    static constexpr bool for_one_noise = true;

    jump_law jumps = jump_law::exponential;

    void check(const grid& walk) const {
        detail::require_ratios_from_the_start(walk, "tau_leaping");
    }

    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        const double width = (clean.alpha - noisy.alpha) / noisy.alpha;
        run.each([&](auto& at) {
            const int token = at.token();
            if (run.process().is_settled(token)) return;
            if (clean.alpha == 1) return detail::step_by_tweedie(at, run.process(), noisy, clean);
            const double each = width * run.process().noise(token, at.classes());
            at.set(at.pick_state([&](int y, double ratio, double whole) {
                const double all = each * (whole - 1.0), jump = probability(all);
                if (y == token) return 1.0 - jump;
                return all > 0 ? jump * each * ratio / all : 0.0;
            }));
        });
    }

private:
    double probability(double h) const {
        return jumps == jump_law::linear ? std::clamp(h, 0.0, 1.0) : -std::expm1(-std::max(0.0, h));
    }
};

}  // namespace fokker::discrete
