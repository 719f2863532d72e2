/// Masks that open in the order of the network's confidence.
#pragma once

#include <algorithm>
#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// What sureness of a position is.
enum class confidence {
    probability,  ///< of the class that was drawn: MaskGIT, LLaDA
    margin,       ///< between the two likeliest classes: Dream
    entropy,      ///< of the distribution, the less the surer: Dream
    chance,       ///< a uniform number: a random order, which keeps the law
};

/// How many masks a step leaves; the last one leaves none.
enum class quota {
    by_beginning,  ///< floor(n sigma) at the step's end, of n that the walk began with; but at
                   ///< least one opens, and the last one in the last step: MaskGIT, aMUSEd
    evenly,        ///< as many open in each step, and one more in each of the first ones where the
                   ///< number does not divide by the steps: LLaDA
    by_step,       ///< of m now, m - floor(m w), w = (alpha_s - alpha_t) / (1 - alpha_t): Dream
};

/// Draws a class for every mask, and opens the surest of them: MaskGIT (Chang et al. 2022), LLaDA
/// (Nie et al. 2025), Dream (Ye et al. 2025). One call a step; every open position stays. It trades
/// the law of the model for quality, but for confidence::chance one position a step. Of equally
/// sure positions the first opens. For masks alone.
struct surest_first {
    static constexpr bool for_masks = true;

    confidence by = confidence::probability;
    quota leaves = quota::by_beginning;
    /// Of Gumbel noise that is added to the logarithm of the sureness (to minus the entropy), times
    /// the share of the walk's steps that are left: MaskGIT's choice temperature (4.5 there). That
    /// of aMUSEd falls from T in the first step: it is T n / (n - 1) here, in n steps. 0: none.
    double noise = 0.0;

    void check(const grid&) const {
        fokker::detail::require(fokker::detail::is_finite(noise) && noise >= 0, "noise is ", noise,
                                "; it must not be negative");
    }

    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        const int mask = run.process().mask, left = run.steps() - run.index() - 1;
        const double heat = noise * left / run.steps();
        run.each([&](auto& at) {
            if (at.token() == mask) at.propose(at.draw(), sureness(at) + wobble(at, heat));
        });
        const double share = (clean.alpha - noisy.alpha) / (1.0 - noisy.alpha);
        run.accept([&](int begun, int now) {
            if (clean.alpha == 1) return now;
            if (leaves == quota::by_step) return whole(now * share);
            if (leaves == quota::evenly) return (now + left) / (left + 1);
            // As published: a single mask waits for the last step.
            return now - (std::max)(1, (std::min)(whole(begun * clean.sigma), now - 1));
        });
    }

private:
    /// Rounded down, but for the rounding of a knot's sigma.
    static int whole(double x) { return static_cast<int>(std::floor(x * (1.0 + 1e-12) + 1e-12)); }

    double sureness(auto& at) const {
        switch (by) {
            case confidence::probability:
                return std::log(at.probability());
            case confidence::margin:
                return std::log(at.margin());
            case confidence::entropy:
                return -at.entropy();
            case confidence::chance:
                return at.chance();
        }
        return 0.0;
    }
    static double wobble(auto& at, double heat) { return heat == 0 ? 0.0 : heat * at.gumbel(); }
};

}  // namespace fokker::discrete
