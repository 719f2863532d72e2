/// Steps whose coefficients a scheduler's plan has computed beforehand: for what its steps do
/// otherwise than every solver of the library.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// x becomes state x + data D + epsilon eps_hat + std z, with D bounded and eps_hat as the network
/// predicts it.
struct linear_step {
    double state = 0.0;
    double data = 0.0;
    double epsilon = 0.0;
    double std = 0.0;
    bool draws = false;  ///< whether z is drawn, if only times 0
};

/// Throws fokker::error unless the walk is all of the steps from `first` on: in a part of it they
/// would get the coefficients of others.
inline void check_length(std::size_t steps, int first, const grid& walk) {
    detail::require(static_cast<std::size_t>(first + walk.steps()) == steps,
                    "this solver was made for a walk of ", steps - static_cast<std::size_t>(first),
                    " steps, and the grid has ", walk.steps(),
                    "; give it the plan's knots as they are (a run that you step yourself may end "
                    "earlier)");
}

/// Throws fokker::error in a step that goes on from so many before it, which a walk that was begun
/// by a seek has not made.
void require_made(const auto& run, int before) {
    detail::require(before <= run.past_steps(), "this step needs ", before,
                    " predictions of the steps before it, and a walk that was begun here has ",
                    run.past_steps(), "; begin at the walk's beginning, or resume a checkpoint");
}

/// A walk of them: step i of the whole walk has coefficients i. One evaluation a step.
struct linear_steps {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    std::shared_ptr<const std::vector<linear_step>> steps;
    int first = 0;  ///< the first step of the walk's part, counted in the whole

    explicit linear_steps(std::vector<linear_step> all, int from = 0)
        : steps(std::make_shared<const std::vector<linear_step>>(std::move(all))), first(from) {}

    bool stochastic() const {
        return std::any_of(steps->begin(), steps->end(), [](const auto& s) { return s.draws; });
    }
    void check(const grid& walk) const { check_length(steps->size(), first, walk); }

    void step(auto& run) const {
        const linear_step& c = (*steps)[static_cast<std::size_t>(first + run.index())];
        auto x = run.x();
        const auto D = run.data(x, run.interval().first);
        if (c.epsilon == 0)  // eps_hat may be infinite, as where alpha = 0
            assign(run, c, c.state * x + c.data * D);
        else
            assign(run, c, c.state * x + c.data * D + c.epsilon * run.unbounded_epsilon());
    }

private:
    static void assign(auto& run, const linear_step& c, const auto& mean) {
        auto x = run.x();
        if (c.draws)
            x = mean + c.std * run.gaussian();
        else
            x = 1.0 * mean;
    }
};

}  // namespace fokker::diffusers::detail

FOKKER_END_MAY_SHADOW
