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

/// Euler ancestral by the rule for flows, where alpha = 1 - sigma: down by sigma, and fresh noise.
double flow_step(double x, const knot& s, const knot& t, double eta, double z) {
    const double from = s.sigma, to = t.sigma, down = to * (1 + (to / from - 1) * eta);
    const double scale = (1 - to) / (1 - down);
    const double up = std::sqrt(to * to - down * down * scale * scale);
    return scale * (down / from * x + (1 - down / from) * curved(x, s)) + s_noise * up * z;
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
        for (std::size_t i = 0; i < 4; ++i)
            CHECK(states[i + 1] ==
                  Approx(flow_step(states[i], walk[i], walk[i + 1], eta, some_draws[i]))
                      .epsilon(1e-10));
    }
}

TEST_CASE("from pure noise all of them take the step of Euler ancestral, by the rule they have") {
    const flow_path path;
    const grid walk({path.at(1.0), path.at(0.7)}, path);
    const auto check = [&](auto solver) {
        for (const double eta : {1.0, 0.6}) {
            solver.eta = eta;
            solver.s_noise = s_noise;
            solver.rule = ancestral_rule::flow;
            CHECK(states_of(solver, walk, 0.9, curved, 1)[1] ==
                  Approx(flow_step(0.9, walk[0], walk[1], eta, some_draws[0])).epsilon(1e-10));
            // Of the posterior, from where the state says nothing: x_t = alpha_t D + sigma_t z.
            solver.rule = ancestral_rule::posterior;
            const double D = curved(0.9, walk[0]), t = walk[1].sigma;
            const double down = t * std::sqrt(1 - eta * eta);
            CHECK(states_of(solver, walk, 0.9, curved, 1)[1] ==
                  Approx((1 - t) * D + down * 0.9 + s_noise * eta * t * some_draws[0])
                      .epsilon(1e-10));
        }
    };
    check(euler_ancestral{});
    check(dpm2_ancestral{});
    check(dpm_solver_pp_2s_ancestral{});
}
