#include <fokker/moments/data_variance.hpp>

#include <cmath>

#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;

TEST_CASE("the variance of the data stays within its bounds") {
    const knot k{0, 0.6, 0.8};
    CHECK(detail::data_variance(k, 0.25) == Approx(0.75 * 0.64 / 0.36));
    CHECK(detail::data_variance(k, 1.1) == 0.0);
    CHECK(detail::data_variance(k, 0.0, 0.5) == 0.25);
    CHECK(detail::data_variance({1, 0, 1}, 1.0, 0.5) == 0.25);  // nothing is known of x_0
}

TEST_CASE("the bounds of the optimal variance hold what Gaussian data have") {
    const vp_path path;
    for (const double eta : {0.0, 0.5, 1.0})
        for (const double s : {0.1, 0.6, 1.0, 5.0}) {
            const knot noisy = path.at(0.6), clean = path.at(0.4);
            const double gamma = 1.0 / (1.0 + s * s * noisy.signal_to_noise_squared());
            const posterior q = posterior_between(clean, noisy, eta);
            const double exact =
                q.std * q.std + q.data * q.data * detail::data_variance(noisy, gamma);
            const detail::variance_bounds any = optimal_variance_bounds(clean, noisy, eta);
            CHECK(any.low < exact);
            CHECK(exact < any.high);
            // Data of this spread do not lie in a narrower range.
            CHECK((exact < optimal_variance_bounds(clean, noisy, eta, s).high));
        }
    // Theorem 2 for DDPM: the transition's variance over the square of its scale.
    const knot noisy = path.at(0.6), clean = path.at(0.4);
    const transition forward = transition_between(clean, noisy);
    CHECK(optimal_variance_bounds(clean, noisy).high ==
          Approx(forward.std * forward.std / (forward.scale * forward.scale)).epsilon(1e-12));
}

TEST_CASE("the bounds are those of the kernel that eta names, and of the data's range") {
    const knot clean{0, 0.8, 0.6}, noisy{1, 0.28, 0.96};
    for (const double eta : {0.0, 0.5, 1.0}) {
        // Song et al. 2021 (DDIM), eq. 16 and 12, in alpha and sigma.
        const double std =
            eta * clean.sigma / noisy.sigma * std::sqrt(1 - std::pow(noisy.alpha / clean.alpha, 2));
        const double direct = std::sqrt(clean.sigma * clean.sigma - std * std);
        const double weight = clean.alpha - noisy.alpha * direct / noisy.sigma;
        const detail::variance_bounds b = optimal_variance_bounds(clean, noisy, eta, 1.5);
        CHECK(b.low == Approx(std * std).epsilon(1e-12));
        CHECK(b.high == Approx(std * std + weight * weight * 2.25).epsilon(1e-12));
    }
}

TEST_CASE("in the paper's words the optimal variance is beta / alpha (1 - beta Gamma)") {
    const auto schedule = linear_schedule();
    const knot t = schedule.at(700), s = schedule.at(500);
    const double gamma = 0.7, of_score = score_moment(t, gamma);
    CHECK(noise_moment(t, of_score) == Approx(gamma).epsilon(1e-15));
    const transition forward = transition_between(s, t);
    const double beta = forward.std * forward.std, alpha = forward.scale * forward.scale;
    const posterior q = posterior_between(s, t);
    CHECK(q.std * q.std + q.data * q.data * detail::data_variance(t, gamma) ==
          Approx(beta / alpha * (1 - beta * of_score)).epsilon(1e-12));
}
