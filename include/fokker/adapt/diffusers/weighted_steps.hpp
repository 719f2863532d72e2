/// Multistep steps whose coefficients a scheduler's plan has computed beforehand: for what its
/// steps do otherwise than every solver of the library.
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

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// x becomes state v + sum weight P + std z, where v is x or the state that an earlier step kept,
/// and P are predictions of this step and of earlier ones.
struct weighted_step {
    struct term {
        double weight;
        int back = 0;  ///< of the step so many before this one
    };

    double state = 0.0;
    bool keeps = false;      ///< whether later steps may go on from x as it is before this one
    bool from_kept = false;  ///< whether this one goes on from what was kept
    std::vector<term> terms = {};  ///< at most four; the first is this step's own
    double std = 0.0;
    bool draws = false;  ///< whether z is drawn, if only times 0

    /// How many steps back the oldest prediction is.
    int furthest() const {
        int most = 0;
        for (const term& each : terms) most = (std::max)(most, each.back);
        return most;
    }
};

/// Whether steps of a walk go on from a state that an earlier one kept.
enum class keeps_states { no, yes };

/// A walk of them: step i of the whole walk has coefficients i. The predictions are those of the
/// Form, data_form or noise_form. One evaluation a step.
template <class Form, int History, keeps_states Keeps = keeps_states::no>
struct weighted_steps {
    static constexpr int history = History;
    static constexpr int evaluations = 1;
    static constexpr int memories = Keeps == keeps_states::yes ? 1 : 0;

    std::shared_ptr<const std::vector<weighted_step>> steps;
    int first = 0;  ///< the first step of the walk's part, counted in the whole

    explicit weighted_steps(std::vector<weighted_step> all, int from = 0)
        : steps(std::make_shared<const std::vector<weighted_step>>(std::move(all))), first(from) {}

    bool stochastic() const {
        return std::any_of(steps->begin(), steps->end(), [](const auto& s) { return s.draws; });
    }
    void check(const grid& walk) const { check_length(steps->size(), first, walk); }

    void step(auto& run) const {
        const weighted_step& c = (*steps)[static_cast<std::size_t>(first + run.index())];
        auto x = run.x();
        if constexpr (Keeps == keeps_states::no) {
            detail::require_made(run, c.furthest());
            go_on(run, c, x);
        } else {
            // What was kept is of the step before it, or of one from which that one went on.
            detail::require_made(run, c.from_kept ? (std::max)(c.furthest(), 1) : c.furthest());
            auto kept = run.memory(0);
            if (c.keeps) kept = 1.0 * x;
            go_on(run, c, c.from_kept ? kept : x);
        }
    }

private:
    static void go_on(auto& run, const weighted_step& c, const auto& v) {
        auto x = run.x();
        const auto P = Form::prediction(run, x, run.interval().first);
        detail::at_order<4>(static_cast<int>(c.terms.size()), [&](auto count) {
            std::array<double, count> weights;
            for (std::size_t i = 0; i < count; ++i) weights[i] = c.terms[i].weight;
            const auto mean = c.state * v + sum(run, weights, c.terms, P);
            if (c.draws)
                x = mean + c.std * run.gaussian();
            else
                x = 1.0 * mean;
        });
    }

    template <std::size_t N>
    static auto sum(auto& run, const std::array<double, N>& weights,
                    const std::vector<weighted_step::term>& terms, const auto& newest) {
        return [&]<std::size_t... K>(std::index_sequence<K...>) {
            return ((weights[0] * newest) + ... + (weights[K + 1] * run.past(terms[K + 1].back)));
        }(std::make_index_sequence<N - 1>{});
    }
};

}  // namespace fokker::diffusers::detail

FOKKER_END_MAY_SHADOW
