/// A discrete sampler whose type is known at run time alone.
#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <fokker/core/type_name.hpp>
#include <fokker/discrete/sampler.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/discrete/sampler/entropy_bound.hpp>
#include <fokker/discrete/sampler/first_hitting.hpp>
#include <fokker/discrete/sampler/flow_euler.hpp>
#include <fokker/discrete/sampler/gibbs_corrected.hpp>
#include <fokker/discrete/sampler/remasking.hpp>
#include <fokker/discrete/sampler/surest_first.hpp>
#include <fokker/discrete/sampler/tau_leaping.hpp>
#include <fokker/discrete/sampler/tweedie.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// Holds any of the library's samplers, with its options, so that one run serves all of them:
/// `any_sampler method = surest_first{};`. Its steps have the bits of the sampler's own, and its
/// checkpoints are those of the sampler. What a run of the sampler does not compile with is a
/// fokker::error of the run's constructor.
class any_sampler {
    using one_of =
        std::variant<ancestral, tweedie, tau_leaping, flow_euler, first_hitting, entropy_bound,
                     remasking, confident_remasking, looped_remasking, surest_first,
                     gibbs_corrected<ancestral>, gibbs_corrected<tau_leaping>>;

public:
    template <class Sampler>
        requires(!std::same_as<Sampler, any_sampler> && std::constructible_from<one_of, Sampler>)
    any_sampler(Sampler sampler) : held_(std::move(sampler)) {}

    /// Calls of the network in a step.
    int evaluations_in_step() const {
        return std::visit([](const auto& held) { return detail::calls_in_step(held); }, held_);
    }
    sampler_needs needs() const {
        return std::visit([](const auto& held) { return detail::needs_now(held); }, held_);
    }
    std::string type() const {
        return std::visit([](const auto& held) { return detail::type_name_of(held); }, held_);
    }
    template <class Process>
    void check(const grid& walk, const Process& process) const {
        std::visit([&](const auto& held) { detail::check_sampler(held, walk, process); }, held_);
    }
    void step(auto& run) const {
        using process = std::remove_cvref_t<decltype(run.process())>;
        std::visit(
            [&]<class Sampler>(const Sampler& held) {
                // Others were refused.
                if constexpr (sampler_for<Sampler, process>) held.step(run);
            },
            held_);
    }

private:
    one_of held_;
};

}  // namespace fokker::discrete
