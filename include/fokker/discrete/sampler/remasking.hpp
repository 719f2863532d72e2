/// Ancestral steps that close positions again, so that what was drawn early can be drawn anew.
#pragma once

#include <algorithm>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// How likely a position that is open becomes a mask again, in terms of the largest probability
/// that keeps the law of the process, min(1, (1 - alpha_s) / alpha_t).
enum class remasking_rule {
    capped,            ///< eta, or the largest if that is less
    rescaled,          ///< eta times the largest
    forward_backward,  ///< as a step forwards from s to t would do: (alpha_s - alpha_t) / alpha_t
};

/// A mask opens with the class that was drawn, an open position closes, so that each state has the
/// law of the process at its knot if the network is exact and positions are independent: ReMDM
/// (Wang et al. 2025). For masks alone. One call a step; with eta = 0 it is `ancestral`.
struct remasking {
    static constexpr bool for_masks = true;

    remasking_rule rule = remasking_rule::rescaled;
    double eta = 0.015;

    void check(const grid&) const {
        fokker::detail::require(fokker::detail::is_finite(eta) && eta >= 0 && eta <= 1, "eta is ",
                                eta, "; it must lie in [0, 1]");
    }

    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        const int mask = run.process().mask;
        const double closes = closing(noisy, clean),
                     opens = (clean.alpha - (1.0 - closes) * noisy.alpha) / (1.0 - noisy.alpha);
        run.each([&](auto& at) {
            if (at.token() != mask) {
                if (at.happens(closes)) at.set(mask);
            } else if (at.happens(opens)) {
                at.set(at.draw());
            }
        });
    }

private:
    double closing(const knot& noisy, const knot& clean) const {
        if (noisy.alpha == 0) return 0.0;  // nothing is open
        const double most = std::min(1.0, (1.0 - clean.alpha) / noisy.alpha);
        if (rule == remasking_rule::capped) return std::min(eta, most);
        if (rule == remasking_rule::rescaled) return eta * most;
        return std::min(most, (clean.alpha - noisy.alpha) / noisy.alpha);
    }
};

}  // namespace fokker::discrete
