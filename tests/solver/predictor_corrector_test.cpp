// Langevin steps and the reverse step after them: Song et al. 2021, Algorithms 2 to 5.
#include <fokker/solver/predictor_corrector.hpp>

#include <cmath>
#include <cstddef>

#include <fokker/path/continuous.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

namespace {

void check_steps(const predictor_corrector& solver) {
    const grid walk = uneven_grid(vp_path{}, 2);
    const auto in_step = std::size_t(solver.corrections + (solver.predictor ? 1 : 0));
    const auto states = states_of(solver, walk, 1.2, curved, 2 * in_step);
    auto z = some_draws.begin();
    for (std::size_t i = 0; i < 2; ++i) {
        const knot &s = walk[i], &t = walk[i + 1];
        double x = states[i];
        for (int k = 0; k < solver.corrections; ++k, ++z) {
            const double score = -noise_of(x, curved(x, s), s) / s.sigma;
            const double root = solver.length == langevin_step::measured
                                    ? solver.snr * std::abs(*z) / std::abs(score)
                                    : solver.snr * s.sigma;
            const double step = 2 * root * root;
            x += step * score + std::sqrt(2 * step) * *z;
        }
        if (solver.predictor) {
            // q(x_t | x_s, x_0 = D): Ho et al. 2020, eq. 6-7, where s is the noisier one.
            const double a = s.alpha / t.alpha, b2 = s.sigma * s.sigma - a * a * t.sigma * t.sigma;
            const double D = curved(x, s);
            // The transition's noise is that of q(x_s | x_t), and none to the data.
            const bool more = solver.noise == predictor_noise::transition && t.sigma > 0;
            const double std = std::sqrt(b2) * (more ? 1.0 : t.sigma / s.sigma);
            x = a * std::pow(t.sigma / s.sigma, 2) * x + t.alpha * b2 / (s.sigma * s.sigma) * D +
                std * *z++;
        } else {
            x *= t.alpha / s.alpha;
        }
        CHECK(states[i + 1] == Approx(x).epsilon(1e-10));
    }
}

}  // namespace

TEST_CASE("every step is so many Langevin steps, and one of the predictor") {
    for (const auto length : {langevin_step::noise_level, langevin_step::measured})
        for (const double snr : {0.16, 0.3}) {
            check_steps({.corrections = 1, .snr = snr, .length = length});
            check_steps({.corrections = 2, .snr = snr, .length = length});
            check_steps({.corrections = 2, .snr = snr, .predictor = false, .length = length});
        }
    check_steps({.corrections = 0});
    check_steps({.corrections = 0, .noise = predictor_noise::transition});
    check_steps({.corrections = 1, .noise = predictor_noise::transition});
}

TEST_CASE("without predictor the last step, to sigma = 0, is the data prediction all the same") {
    const knot noisy{0.5, 0.8, 0.6};
    const grid walk{noisy, knot{}};
    const predictor_corrector solver{.snr = 0.1, .predictor = false};
    const auto states = states_of(solver, walk, 0.7, curved, 1);
    const double E = noise_of(0.7, curved(0.7, noisy), noisy), root = 0.1 * 0.6;
    const double x = 0.7 - 2 * root * root * E / 0.6 + 2 * root * some_draws[0];
    CHECK(states[1] == Approx(curved(x, noisy)).epsilon(1e-12));
}
