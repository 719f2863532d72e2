/// Steps by ratios: the analytic sampler of score-entropy discrete diffusion.
#pragma once

#include <algorithm>
#include <type_traits>

#include <fokker/discrete/position.hpp>
#include <fokker/discrete/process.hpp>
#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

namespace detail {

inline void require_ratios_from_the_start(const grid& walk, const char* name) {
    fokker::detail::require(walk[0].alpha > 0,
                            "the walk begins at alpha = 0, where the ratios that ", name,
                            " steps by say nothing; let it begin a little below, such as flow(n)"
                            ".from_strength(0.999), or take fokker::discrete::ancestral{}");
}

/// Takes the forward process back from p_t to p_s, position by position, and multiplies by the
/// probability of x_t.
void step_by_tweedie(auto& at, const auto& process, const knot& noisy, const knot& clean) {
    const double kept = noisy.alpha / clean.alpha;
    const int token = at.token(), classes = at.classes();
    const auto weight = [&](int y, double ratio, double whole) {
        // Ratios of a network need not be those of a distribution of clean classes.
        if (clean.alpha == 1 && y == process.excluded()) return 0.0;
        const double before = ratio - (1.0 - kept) * process.noise(y, classes) * whole;
        return (std::max)(0.0, before) * process.transition(y, token, clean, noisy, classes);
    };
    if constexpr (noise_is_mask<std::remove_cvref_t<decltype(process)>>) {
        // No class is noise, and each becomes a mask as likely.
        const auto own = [&](double whole) { return weight(token, 1.0, whole); };
        at.set(at.pick_state(ratio_times_beside<decltype(own)>{1.0 - kept, token, own}));
    } else {
        at.set(at.pick_state(weight));
    }
}

}  // namespace detail

/// x_s by the ratios of p_t: Lou et al. 2023 (SEDD), its analytic sampler, there called Tweedie's.
/// One call a step. With a network whose ratios are those of distributions the law is that of
/// `ancestral`; of other ratios it keeps the sum, and what would be a negative probability is 0. Of
/// a walk that begins at alpha > 0.
struct tweedie {
    static constexpr bool by_ratios = true;
    static constexpr bool for_one_noise = true;

    void check(const grid& walk) const { detail::require_ratios_from_the_start(walk, "tweedie"); }

    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        run.each([&](auto& at) {
            if (!run.process().is_settled(at.token()))
                detail::step_by_tweedie(at, run.process(), noisy, clean);
        });
    }
};

}  // namespace fokker::discrete
