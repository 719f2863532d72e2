// The reverse SDE in exponential form: many steps by quadrature, and the two-stage one.
#include <fokker/solver/dpm_solver_sde.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/noise/source.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/solver/dpm_solver_pp_sde.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"
#include "support/quadrature.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

namespace {

/// Keeps over which intervals of the Brownian clock it was asked.
struct asked {
    static constexpr bool counted = false;
    std::vector<std::pair<double, double>> intervals;
    template <class T>
    void begin_draw(const noise_draw& draw) {
        intervals.emplace_back(draw.from, draw.to);
    }
    template <class T>
    void fill(T* out, std::size_t count, noise_position) {
        std::fill_n(out, count, T(0));
    }
};

const std::vector<std::pair<double, double>> amounts{{1.0, 1.0}, {0.6, 1.1}};  // eta, s_noise

/// x_t = sigma_t / sigma_s e^(-eta h) x_s + sigma_t int (1 + eta) e^(-eta (lambda_t - lambda))
/// e^lambda D dlambda + noise, with D the polynomial through the last predictions.
template <int Order>
void check_steps(const grid& walk, double eta, double s_noise) {
    const sde_dpm_solver_pp<Order> solver{.eta = eta, .s_noise = s_noise};
    const auto states = states_of(solver, walk, 1.2, curved, 4);
    for (std::size_t i = 0; i < 4; ++i) {
        const knot &s = walk[i], &t = walk[i + 1];
        std::vector<double> nodes, values;
        for (std::size_t k = 0; k <= i && k < std::size_t(Order); ++k) {
            nodes.push_back(walk[i - k].lambda());
            values.push_back(curved(states[i - k], walk[i - k]));
        }
        const double end = t.lambda(), decay = std::exp(-eta * (end - s.lambda()));
        const double drift =
            interpolated_integral(s.lambda(), end, nodes, values, [=](double lambda) {
                return (1 + eta) * std::exp(-eta * (end - lambda)) * std::exp(lambda);
            });
        const double wanted = t.sigma / s.sigma * decay * states[i] + t.sigma * drift +
                              s_noise * t.sigma * std::sqrt(1 - decay * decay) * some_draws[i];
        CHECK(states[i + 1] == Approx(wanted).epsilon(1e-9));
    }
}

}  // namespace

TEST_CASE("every step integrates the data prediction against the reverse SDE") {
    for (const grid& walk : {uneven_grid(vp_path{}, 4), uneven_grid(edm_path{}, 4)})
        for (const auto& [eta, s_noise] : amounts) {
            check_steps<1>(walk, eta, s_noise);
            check_steps<2>(walk, eta, s_noise);
            check_steps<3>(walk, eta, s_noise);
        }
}

TEST_CASE("DPM++ SDE is k-diffusion's sample_dpmpp_sde, with its stage at any r") {
    const grid walk = uneven_grid(edm_path{}, 4);
    const auto ancestral = [](double from, double to, double eta) {
        const double up = eta * to * std::sqrt(1 - to * to / (from * from));
        return std::pair{std::sqrt(to * to - up * up), up};
    };
    for (const auto& [eta, s_noise] : amounts)
        for (const double r : {0.5, 0.3}) {
            const dpm_solver_pp_sde solver{.eta = eta, .s_noise = s_noise, .r = r};
            const auto states = states_of(solver, walk, 7.0, curved, 8);
            for (std::size_t i = 0; i < 4; ++i) {
                const double from = walk[i].sigma, to = walk[i + 1].sigma, x = states[i];
                const double middle = from * std::pow(to / from, r), D = curved(x, walk[i]);
                const auto [down_m, up_m] = ancestral(from, middle, eta);
                const double x_2 = down_m / from * x + (1 - down_m / from) * D +
                                   s_noise * up_m * some_draws[2 * i];
                const double D_2 = curved(x_2, {0, 1, middle}), share = 1 / (2 * r);
                const auto [down, up] = ancestral(from, to, eta);
                const double wanted = down / from * x +
                                      (1 - down / from) * ((1 - share) * D + share * D_2) +
                                      s_noise * up * some_draws[2 * i + 1];
                CHECK(states[i + 1] == Approx(wanted).epsilon(1e-10));
            }
        }
}

TEST_CASE("DPM++ SDE asks for the noise of its stage, and then for that of the whole step") {
    const edm_path path;
    const knot s = path.at(3.0), m = path.at(std::sqrt(3.0)), t = path.at(1.0);
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Ones(1, 1);
    const auto same = [](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) { out = in; };
    asked noise;
    run steps(x, predicts_data(same), grid({s, t}, path), dpm_solver_pp_sde{}, noise);
    steps.step();
    REQUIRE(noise.intervals.size() == 2);
    for (const auto& [from, to] : noise.intervals) CHECK(from == Approx(brownian_clock(s)));
    CHECK(noise.intervals[0].second == Approx(brownian_clock(m)));
    CHECK(noise.intervals[1].second == Approx(brownian_clock(t)));
}

TEST_CASE("from alpha = 0 a step draws q(x_t | x_0 = D), to sigma = 0 it gives D") {
    const knot half{0.5, 0.5, 0.5};
    const grid walk{{1, 0, 1}, half, knot{}};
    const auto states = states_of(sde_dpm_solver_pp<2>{.s_noise = 1.1}, walk, 0.7, curved, 1);
    CHECK(states[1] ==
          Approx(0.5 * curved(0.7, walk[0]) + 1.1 * 0.5 * some_draws[0]).epsilon(1e-12));
    CHECK(states[2] == Approx(curved(states[1], half)).epsilon(1e-12));
    const auto ode = states_of(sde_dpm_solver_pp<2>{.eta = 0.0}, walk, 0.7);
    CHECK(ode[1] == Approx(0.5 * 0.7 + 0.5 * curved(0.7, walk[0])).epsilon(1e-12));
}
