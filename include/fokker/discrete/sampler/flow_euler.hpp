/// Steps of discrete flow matching.
#pragma once

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// How likely a position takes the class that was drawn for it.
enum class flow_jump {
    exact,      ///< (alpha_s - alpha_t) / (1 - alpha_t), which keeps the law of one position
    published,  ///< 1 - exp(-(alpha_s - alpha_t) / (1 - alpha_t)): first order
};

/// A class is drawn from the network, and the position jumps to it: discrete flow matching (Gat et
/// al. 2024). With `detour` it also jumps to values of the noise, and to the class that much more
/// often, so that the flows cancel: their divergence-free part, there div_free. Then jumps have the
/// published law. One call a step. The last step takes the class. A detour is for walks that begin
/// at alpha > 0.
struct flow_euler {
    static constexpr bool for_one_noise = true;

    double detour = 0.0;
    flow_jump jumps = flow_jump::exact;

    void check(const grid& walk) const {
        fokker::detail::require(fokker::detail::is_finite(detour) && detour >= 0, "detour is ",
                                detour, "; it must not be negative");
        fokker::detail::require(detour == 0 || walk[0].alpha > 0,
                                "the walk begins at alpha = 0, where the detour is infinitely "
                                "fast; let it begin a little below, such as flow(n)"
                                ".from_strength(0.99)");
    }

    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        const double h = clean.alpha - noisy.alpha, open = 1.0 - noisy.alpha;
        run.each([&](auto& at) {
            const int token = at.token();
            const bool settled = run.process().is_settled(token);
            if (settled && (detour == 0 || clean.alpha == 1)) return;
            const int x0 = settled ? token : at.draw();
            if (clean.alpha == 1) return at.set(x0);
            if (detour == 0) {
                if (x0 != token && at.happens(probability(h / open))) at.set(x0);
                return;
            }
            const double other = 1.0 - run.process().noise(token, at.classes());
            const double to_clean = x0 == token ? 0.0 : (1.0 + detour) / open,
                         to_noise = detour / noisy.alpha * other, all = to_clean + to_noise;
            if (all == 0) return;
            const double jump = -std::expm1(-h * all);
            const int way = at.pick({1.0 - jump, jump * to_clean / all, jump * to_noise / all});
            if (way == 1) at.set(x0);
            if (way == 2) at.set(at.fresh_other());
        });
    }

private:
    double probability(double share) const {
        return jumps == flow_jump::exact ? share : -std::expm1(-share);
    }
};

}  // namespace fokker::discrete
