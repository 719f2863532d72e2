/// Multistep steps whose coefficients a scheduler's plan has computed beforehand.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/steps.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/target.hpp>

#if defined(__GNUC__)  // a global of the program's is not what a parameter of its name hides here
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// x becomes state x + of[0] P + of[1] P_1 + .. + std z, with the prediction P of this step and
/// those of the steps before it.
template <std::size_t Most>
struct multistep_step {
    double state = 0.0;
    std::array<double, Most> of = {};
    int order = 1;  ///< how many predictions it takes
    double std = 0.0;
    bool draws = false;  ///< whether z is drawn, if only times 0
};

/// A walk of them, of predictions in this form (of the data or of the noise): step i of the whole
/// walk has coefficients i. One evaluation a step.
template <class Form, int Most>
struct multistep_steps {
    static constexpr int history = Most - 1;
    static constexpr int evaluations = 1;
    using step_type = multistep_step<static_cast<std::size_t>(Most)>;

    std::shared_ptr<const std::vector<step_type>> steps;
    int first = 0;  ///< the first step of the walk's part, counted in the whole

    explicit multistep_steps(std::vector<step_type> all, int from = 0)
        : steps(std::make_shared<const std::vector<step_type>>(std::move(all))), first(from) {}

    bool stochastic() const {
        return std::any_of(steps->begin(), steps->end(), [](const auto& s) { return s.draws; });
    }
    void check(const grid& walk) const { check_length(steps->size(), first, walk); }

    void step(auto& run) const {
        const step_type& c = (*steps)[static_cast<std::size_t>(first + run.index())];
        // After a seek the history begins anew: then the oldest predictions are left out.
        detail::require_made(run, c.order - 1);
        auto x = run.x();
        const auto newest = Form::prediction(run, x, run.interval().first);
        detail::at_order<Most>(c.order, [&](auto order) {
            std::array<double, order> weights;
            std::copy_n(c.of.begin(), weights.size(), weights.begin());
            const auto mean = c.state * x + detail::with_past(run, weights, newest);
            if (c.draws)
                x = mean + c.std * run.gaussian();
            else
                x = mean;
        });
    }
};

}  // namespace fokker::diffusers::detail

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
