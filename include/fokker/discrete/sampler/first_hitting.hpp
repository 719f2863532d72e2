/// One mask a step, in a random order.
#pragma once

#include <fokker/error.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// Opens one mask of each sample a step, any with the same probability: first hitting (Zheng et al.
/// 2024). The law is exactly that of the network, on a walk of as many steps as there are masks. In
/// the process each sample has times of its own at which the next of its n masks opens,
/// sigma u^(1/n); so this is for networks that take no time, of which the model says timeless(). A
/// sample without masks stays. One call a step.
struct first_hitting {
    static constexpr bool for_masks = true;
    static constexpr bool without_time = true;

    void step(auto& run) const {
        const int mask = run.process().mask, left = run.steps() - run.index();
        run.each([&](auto& at) {
            if (at.token() == mask) at.propose_surest([&] { return at.draw(); }, at.chance());
        });
        run.accept([&](int, int now) {
            fokker::detail::require(now <= left, "a sample has ", now, " masks, and the walk ",
                                    left,
                                    " steps left; first_hitting opens one a step, so take a grid "
                                    "of as many steps as masks");
            return now > 0 ? 1 : 0;
        });
    }
};

}  // namespace fokker::discrete
