/// ConsistencyDecoderScheduler.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include <fokker/adapt/diffusers/convention.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/spacing.hpp>
#include <fokker/adapt/diffusers/step_rules.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/adapt/diffusers/walk.hpp>
#include <fokker/solver/consistency.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

inline constexpr std::array consistency_decoder_keys{whole("num_train_timesteps", 1024),
                                                     number("sigma_data", 0.5)};

/// Consistency sampling with EDM's preconditioning at two fixed times.
inline plan plan_of_consistency_decoder(const settings& s, const timesteps& asked) {
    refuse_timesteps(s, asked);
    refuse_sigmas(s, asked);
    refuse_mu(s, asked);
    refuse_step_options(s, asked);
    const int trained = s.whole("num_train_timesteps");
    s.require_of("num_train_timesteps", trained > 1008, "the walk begins at time 1008");
    s.require_of("sigma_data", s.number("sigma_data") > 0, "it must be positive");
    s.require(asked.steps == 2, "steps is ", asked.steps, "; the class walks in two steps alone");
    const std::vector<double> bars = alpha_bars(cosine_betas(trained));
    std::vector<knot> knots;
    for (const std::size_t t : {std::size_t{1008}, std::size_t{512}})
        knots.push_back(knot_of_alpha_bar(static_cast<double>(t), bars[t]));
    knots.push_back(knot_of_alpha_bar(0.0, 1.0));
    return {.knots = grid(std::move(knots)).from(first_step(s, asked, 2)).with_prior(prior::sigma),
            .solver = consistency_sampler{},
            .reads = {.predicts = output::preconditioned, .sigma_data = s.number("sigma_data")}};
}

}  // namespace fokker::diffusers::detail
