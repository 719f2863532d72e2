/// As many masks as are nearly independent.
#pragma once

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// Draws a class for every mask, and opens those of the least entropy, as long as the entropies of
/// all but the last of them sum to the bound or less: how far their joint law may be from that of
/// independent positions. Ben-Hamu et al. 2025. At least one opens, and in the last step all. With
/// a bound of 0 and as many steps as masks the law is exactly that of the network. For masks alone;
/// one call a step.
struct entropy_bound {
    static constexpr bool for_masks = true;

    double bound = 0.1;  // in nats

    void check(const grid&) const {
        fokker::detail::require(fokker::detail::is_finite(bound) && bound >= 0, "the bound is ",
                                bound, " nats; it must not be negative");
    }

    void step(auto& run) const {
        const int mask = run.process().mask;
        run.each([&](auto& at) {
            if (at.token() == mask) at.propose(at.draw(), -at.entropy());
        });
        const bool last = run.last();
        run.accept([&](int, int now, const auto& sureness) {
            if (last) return now;
            double sum = 0.0;
            int count = 0;
            while (count < now && sum <= bound) sum -= sureness(count++);
            return count;
        });
    }
};

}  // namespace fokker::discrete
