/// Ancestral steps that close positions again, so that what was drawn early can be drawn anew.
#pragma once

#include <algorithm>
#include <cmath>

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
        const double most = (std::min)(1.0, (1.0 - clean.alpha) / noisy.alpha);
        if (rule == remasking_rule::capped) return (std::min)(eta, most);
        if (rule == remasking_rule::rescaled) return eta * most;
        return (std::min)(most, (clean.alpha - noisy.alpha) / noisy.alpha);
    }
};

/// The same where a position is closed the likelier, the less probable its class was when it was
/// drawn: ReMDM-conf. The largest probability that keeps the law is shared out in each sample by
/// the softmax of minus those probabilities, so about one position of a sample closes where that is
/// 1, however long the sample; open positions that the walk began with stay. It opens masks as
/// `ancestral` does, so that there are fewer open positions than alpha says. One call a step.
struct confident_remasking {
    static constexpr bool for_masks = true;
    static constexpr bool keeps_numbers = true;

    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        const int mask = run.process().mask;
        const double most =
            noisy.alpha == 0 ? 1.0 : (std::min)(1.0, (1.0 - clean.alpha) / noisy.alpha);
        const double opens = (clean.alpha - noisy.alpha) / (1.0 - noisy.alpha);
        const auto weight = [=](int token, double kept) {
            return token == mask || kept < 0 ? 0.0 : std::exp(-kept);
        };
        run.add_up(weight);
        run.each([&](auto& at) {
            if (at.token() != mask) {
                const double own = weight(at.token(), at.kept());
                if (own > 0 && at.happens(most * own / at.sum())) at.set(mask);
            } else if (at.happens(opens)) {
                at.set(at.draw());
                at.keep(at.probability());
            }
        });
    }
};

/// Masks open until a share `alpha` of the positions is open, are closed and drawn anew for a while
/// at that share, and the rest opens: ReMDM-loop. The walk's sigma is the clock, so it is for
/// flow(n): from 1 to `from` the first part, to `to` the second. One call a step.
struct looped_remasking {
    static constexpr bool for_masks = true;

    double from = 0.55;
    double to = 0.05;
    double alpha = 0.9;
    /// The probability that an open position is closed in a step of the second part; at most
    /// (1 - alpha) / alpha.
    double eta = 0.02;

    void check(const grid&) const {
        fokker::detail::require(0 < to && to < from && from < 1, "the loop is from ", from, " to ",
                                to, "; let 0 < to < from < 1");
        fokker::detail::require(alpha > 0 && alpha < 1, "alpha is ", alpha,
                                "; it must lie between 0 and 1");
        fokker::detail::require(eta >= 0 && eta <= (1.0 - alpha) / alpha, "eta is ", eta,
                                "; it must lie in [0, ", (1.0 - alpha) / alpha,
                                "], so that masks can open as often as they close");
    }

    void step(auto& run) const {
        const auto [noisy, clean] = run.interval();
        const int mask = run.process().mask;
        const double before = open_at(noisy.sigma), after = open_at(clean.sigma),
                     closes = before == after ? eta : 0.0,
                     opens = (after - (1.0 - closes) * before) / (1.0 - before);
        run.each([&](auto& at) {
            if (at.token() != mask) {
                if (closes > 0 && at.happens(closes)) at.set(mask);
            } else if (at.happens(opens)) {
                at.set(at.draw());
            }
        });
    }

private:
    double open_at(double time) const {
        if (time >= from) return alpha * (1.0 - time) / (1.0 - from);
        return time > to ? alpha : 1.0 - (1.0 - alpha) * time / to;
    }
};

}  // namespace fokker::discrete
