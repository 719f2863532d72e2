/// DDIM inversion: from data to the noise that DDIM makes them from. Song et al. 2021 (DDIM), 4.3;
/// Pan et al. 2023 (Accelerated Iterative Diffusion Inversion); Garibi et al. 2024 (ReNoise).
#pragma once

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Walks a reversed grid from data to noise. A step from s to the noisier t solves DDIM's step from
/// t to s for its beginning,
///   x_t = alpha_t / alpha_s x_s + (sigma_t - alpha_t / alpha_s sigma_s) eps_hat(x_t, t),
/// by `iterations` rounds of fixed-point iteration from x_t = x_s. One is the inversion that is
/// common (diffusers' DDIMInverseScheduler, for networks that predict noise): order 1, and
/// ddim{} leads back with an error of order 1. With enough of them ddim{} on the grid itself leads
/// back to rounding (Pan et al. 2023, Algorithm 1; Garibi et al. 2024). `iterations` evaluations a
/// step; deterministic; it goes by the noise, so that bounds with clipped_noise::as_predicted
/// change only what prediction() shows; any path, from sigma = 0 and to alpha = 0, where the same
/// equation is solved with the data prediction. Throws fokker::error on a grid that is not
/// reversed, on iterations < 1, and on one step from sigma = 0 to alpha = 0, which ddim{} takes to
/// the mean of the data whatever the noise.
struct ddim_inversion {
    static constexpr int history = 0;
    static constexpr int evaluations =
        1;  // predictions at a time: each iteration discards the one before
    static constexpr int stages = 1;
    static constexpr bool inverts = true;

    int iterations = 1;

    int evaluations_in_step() const { return iterations; }
    void check(const grid& walk) const {
        detail::require(iterations >= 1, "ddim_inversion{.iterations = ", iterations,
                        "}: it takes at least one");
        detail::require(walk.is_reversed(),
                        "ddim_inversion walks from data to noise, and the grid goes from noise to "
                        "data; hand it grid.reversed()");
        detail::require(walk.front().sigma > 0 || walk[1].alpha > 0,
                        "a step from sigma = 0 to alpha = 0 cannot be inverted: all noise leads to "
                        "the same data; take a grid of more steps");
    }

    void step(auto& run) const {
        if (run.interval().second.alpha > 0)
            invert<detail::noise_form>(run);
        else
            invert<detail::data_form>(run);
    }

private:
    template <class Form>
    void invert(auto& run) const {
        const auto [s, t] = run.interval();
        const double ratio = Form::ratio(s, t), constant = Form::constant(s, t);
        auto x = run.x();
        if (iterations == 1) {
            x = ratio * x + constant * Form::prediction(run, x, t);
            return;
        }
        auto u = run.stage(0);
        u = ratio * x + constant * Form::prediction(run, x, t);
        for (int i = 2; i < iterations; ++i) {
            run.begin_part();
            u = ratio * x + constant * Form::prediction(run, u, t);
        }
        run.begin_part();
        x = ratio * x + constant * Form::prediction(run, u, t);
    }
};

}  // namespace fokker
