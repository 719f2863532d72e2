// That its differences are those of the variational bound: tests/path/grids/optimal_test.cpp.
#include <fokker/path/grids/bound_cost.hpp>

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr double s2 = 0.3;  // the variance of Gaussian data

double variance_at(const knot& k) { return k.alpha * k.alpha * s2 + k.sigma * k.sigma; }
double gamma_at(const knot& k) { return 1 / (1 + s2 * k.signal_to_noise_squared()); }

/// Var(x_clean | x_noisy) of Gaussian data: both are jointly Gaussian, x_noisy = scale x_clean +
/// noise.
double exact_variance(const knot& noisy, const knot& clean) {
    const double scale = noisy.alpha / clean.alpha, v = variance_at(clean);
    return v - scale * v * scale * v / variance_at(noisy);
}

const vp_path path;
const knot noisy = path.at(0.7), clean = path.at(0.45);

}  // namespace

TEST_CASE("of Gaussian data a step's cost is the closed form, and that of a wrong variance more") {
    const auto end = [](const knot& k) { return std::log(k.alpha * k.alpha / variance_at(k)); };
    const double best = detail::step_cost(noisy, clean, gamma_at(noisy));
    CHECK(best == Approx(end(noisy) - end(clean)).epsilon(1e-12));
    const double exact = exact_variance(noisy, clean);
    for (const double v : {0.1 * exact, exact, 1.5 * exact}) {
        const auto wrong = [=](const knot&, const knot&) { return v; };
        // Twice the divergence of N(m, exact) from N(m, v).
        CHECK(detail::step_cost(noisy, clean, gamma_at(noisy), wrong) - best ==
              Approx(std::log(v / exact) + exact / v - 1).margin(1e-12));
    }
}

TEST_CASE("a Gamma above 1, which no exact network has, counts as 1") {
    CHECK(detail::step_cost(noisy, clean, 1.05) == detail::step_cost(noisy, clean, 1.0));
    CHECK(detail::step_cost(noisy, clean, 1.05, posterior_variance{}) ==
          detail::step_cost(noisy, clean, 1.0, posterior_variance{}));
}

TEST_CASE("the cost of a walk is the sum over its steps, but for one to the clean data") {
    const knot last = path.at(0.1);
    const moments gamma{{noisy, clean, last}, {gamma_at(noisy), gamma_at(clean), gamma_at(last)}};
    const double sum = detail::step_cost(noisy, clean, gamma_at(noisy)) +
                       detail::step_cost(clean, last, gamma_at(clean));
    CHECK(bound_cost(grid{noisy, clean, last}, gamma) == Approx(sum).epsilon(1e-14));
    CHECK(bound_cost(grid{noisy, clean, last, {0, 1, 0}}, gamma) == Approx(sum).epsilon(1e-14));
}

TEST_CASE("a walk beyond the moments and a variance that is none are refused") {
    const moments gamma{{noisy, clean}, {0.5, 0.9}};
    CHECK_THROWS_WITH(bound_cost(grid{path.at(0.9), clean}, gamma),
                      ContainsSubstring("the grid needs"));
    CHECK_THROWS_WITH(
        detail::step_cost(noisy, clean, 0.5, [](const knot&, const knot&) { return 0.0; }),
        ContainsSubstring("must be positive and finite"));
}
