// Ancestral samplers against the code that they are known from, number by number.
#include <fokker/solver/euler_ancestral.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fokker/path/continuous.hpp>
#include <fokker/solver/dpm2.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

namespace {

constexpr double s_noise = 1.1;

/// k-diffusion's get_ancestral_step.
struct ancestral_step {
    double down, up;
    ancestral_step(double from, double to, double eta) {
        up = std::min(to, eta * std::sqrt(to * to * (from * from - to * to) / (from * from)));
        down = std::sqrt(to * to - up * up);
    }
};

double D(double x, double sigma) { return curved(x, {sigma, 1, sigma}); }
double slope(double x, double sigma) { return (x - D(x, sigma)) / sigma; }

/// Checks every step of a walk on EDM's path against step(x, sigma_s, sigma_t, eta, z).
template <class Solver>
void check_steps(const auto& step) {
    const grid walk = uneven_grid(edm_path{}, 4);
    for (const double eta : {1.0, 0.6}) {
        const Solver solver{.eta = eta, .s_noise = s_noise};
        const auto states = states_of(solver, walk, 7.0, curved, 4);
        for (std::size_t i = 0; i < 4; ++i)
            CHECK(states[i + 1] ==
                  Approx(step(states[i], walk[i].sigma, walk[i + 1].sigma, eta, some_draws[i]))
                      .epsilon(1e-10));
    }
}

}  // namespace

TEST_CASE("Euler ancestral is k-diffusion's") {
    check_steps<euler_ancestral>([](double x, double from, double to, double eta, double z) {
        const ancestral_step a(from, to, eta);
        return x + slope(x, from) * (a.down - from) + s_noise * a.up * z;
    });
}

TEST_CASE("DPM2 ancestral is k-diffusion's") {
    check_steps<dpm2_ancestral>([](double x, double from, double to, double eta, double z) {
        const ancestral_step a(from, to, eta);
        const double middle = std::sqrt(from * a.down);
        const double x_2 = x + slope(x, from) * (middle - from);
        return x + slope(x_2, middle) * (a.down - from) + s_noise * a.up * z;
    });
}

TEST_CASE("DPM++ 2S ancestral is k-diffusion's") {
    check_steps<dpm_solver_pp_2s_ancestral>(
        [](double x, double from, double to, double eta, double z) {
            const ancestral_step a(from, to, eta);
            const double h = std::log(from / a.down), middle = from * std::exp(-h / 2);
            const double x_2 = middle / from * x - std::expm1(-h / 2) * D(x, from);
            return a.down / from * x - std::expm1(-h) * D(x_2, middle) + s_noise * a.up * z;
        });
}

TEST_CASE("the rule for flows goes down by sigma and renoises to alpha = 1 - sigma") {
    const grid walk = uneven_grid(flow_path{}, 4);
    for (const double eta : {1.0, 0.6}) {
        const euler_ancestral solver{.eta = eta, .s_noise = s_noise, .rule = ancestral_rule::flow};
        const auto states = states_of(solver, walk, 0.9, curved, 4);
        for (std::size_t i = 0; i < 4; ++i) {
            const double from = walk[i].sigma, to = walk[i + 1].sigma, x = states[i];
            const double down = to * (1 + (to / from - 1) * eta);
            const double scale = (1 - to) / (1 - down);
            const double up = std::sqrt(to * to - down * down * scale * scale);
            const double data = curved(x, walk[i]);
            CHECK(states[i + 1] == Approx(scale * (down / from * x + (1 - down / from) * data) +
                                          s_noise * up * some_draws[i])
                                       .epsilon(1e-10));
        }
    }
}
