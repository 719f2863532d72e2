// Options and knots at the ends of their ranges: a walk ends finite, or is refused before the first
// call of the network.
#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using fokker_test::any_network;

namespace {

using state = Eigen::ArrayXXd;

/// The exact data prediction where the data are N(0.5, 0.5^2), from alpha / sigma alone.
double data(double x, const knot& k) {
    const double signal = k.alpha / k.sigma, weight = signal * signal / (4 + signal * signal);
    return k.alpha > 0 && weight > 0 ? 0.5 + weight * (x / k.alpha - 0.5) : 0.5;
}

/// Walks of ten to twelve steps: usual ones, and some that begin at sigma / alpha = 1e17.
std::vector<grid> walks() {
    const auto noisy = [](auto alpha, auto sigma, const auto& path) {
        std::vector<knot> knots;
        for (const double nsr : {1e17, 1e15, 1e7, 1e4, 80.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.01})
            knots.push_back({nsr, alpha(nsr), sigma(nsr)});
        knots.push_back({0, 1, 0});
        return grid(knots, path);
    };
    return {karras(edm_path{}, 10),
            linspace(flow_path{}, 10),
            kl_optimal(edm_path{}, 10),
            noisy([](double) { return 1.0; }, [](double nsr) { return nsr; }, edm_path{}),
            noisy([](double nsr) { return 1 / (1 + nsr); },
                  [](double nsr) { return nsr / (1 + nsr); }, flow_path{}),
            noisy([](double nsr) { return 1 / std::hypot(1, nsr); },
                  [](double nsr) { return nsr / std::hypot(1, nsr); }, flow_path{})};
}

/// Whether a walk with these options is refused; if not, all its numbers are finite.
template <class Solver>
bool is_refused(const Solver& solver, const grid& walk) {
    int calls = 0;
    const any_network<double> network = [&](const state& x, const knot& k, state& out) {
        ++calls;
        out = x.unaryExpr([&](double v) { return data(v, k); });
    };
    state x(4, 5);
    try {
        sample(x, predicts_data(network), walk, solver, philox{.seed = 3});
    } catch (const error&) {
        CHECK(calls == 0);
        return true;
    }
    CHECK(x.isFinite().all());
    return false;
}

}  // namespace

TEST_CASE("amounts of noise that are absurd end finite, or are refused") {
    const auto grids = walks();
    for_each_named_solver([&](const auto& entry) {
        if (entry.adaptive()) return;  // it sees on the way that its steps become too short
        INFO(entry.name);
        const auto check = [&](const auto& change) {
            for (const grid& walk : grids) {
                auto solver = entry.solver;
                change(solver);
                is_refused(solver, walk);
            }
        };
        check([](auto&) {});
        if constexpr (requires { entry.solver.eta; })
            for (const double eta : {1e-300, 1e-17, 1.0, 10.0, 1e3, 1e10, 1e100, 1.7e308})
                check([=](auto& solver) { solver.eta = eta; });
        if constexpr (requires { entry.solver.rule; })
            for (const double eta : {1e-300, 1e-17, 0.5, 1.0})
                check([=](auto& solver) {
                    if constexpr (requires { solver.rule = ancestral_rule::flow; })
                        solver.rule = ancestral_rule::flow, solver.eta = eta;
                });
        if constexpr (requires { entry.solver.tau; })
            for (const double tau : {1e-200, 1e-17, 10.0, 1e10, 1e150, 1e200})
                check([=](auto& solver) { solver.tau = tau; });
        if constexpr (requires { entry.solver.s_churn; })
            for (const double s_churn : {1e-300, 1e-17, 1e3, 1e300})
                check([=](auto& solver) { solver.s_churn = s_churn; });
        if constexpr (requires { entry.solver.snr; })
            for (const double snr : {1e-300, 0.999})
                for (const int corrections : {1, 199})
                    check([=](auto& solver) {
                        solver.snr = snr;
                        solver.corrections = corrections;
                    });
        if constexpr (requires { entry.solver.s_noise; })
            for (const double s_noise : {0.0, 1e-300})
                check([=](auto& solver) { solver.s_noise = s_noise; });
    });
}

TEST_CASE("s_noise = 0 leaves the noise out, and draws none") {
    for_each_named_solver([](const auto& entry) {
        if constexpr (requires { entry.solver.s_noise; }) {
            if (entry.needs_second_output()) return;
            INFO(entry.name);
            auto solver = entry.solver;
            solver.s_noise = 0;
            if constexpr (requires { solver.s_churn; }) solver.s_churn = 5;
            const any_network<double> network = [](const state& x, const knot& k, state& out) {
                out = x.unaryExpr([&](double v) { return data(v, k); });
            };
            std::vector<state> draws(1, state::Zero(4, 5));
            recorded none(draws);
            for (const grid& walk : {karras(edm_path{}, 6), linspace(flow_path{}, 6)}) {
                if constexpr (requires { solver.calls; }) solver.calls = 3 * (walk.steps() - 1);
                state x = state::Constant(4, 5, walk.front().sigma);
                denoise(x, predicts_data(network), walk, solver, none);
                CHECK(x.isFinite().all());
            }
            CHECK(none.used() == 0);
        }
    });
}

TEST_CASE("an SDE is not followed by steps that make errors larger without end") {
    const auto wild = walks()[0];
    const auto refusal = [&](const auto& solver, const grid& walk) -> std::string {
        try {
            solver.check(walk);
        } catch (const error& problem) { return problem.what(); }
        return "";
    };
    CHECK_THAT(refusal(euler_maruyama{.eta = 1e6}, wild),
               ContainsSubstring("the steps of euler_maruyama"));
    CHECK_THAT(refusal(stochastic_heun{.eta = 1e9}, wild),
               ContainsSubstring("the steps of stochastic_heun"));
    CHECK_THAT(
        refusal(euler_maruyama{.eta = [](const knot& k) { return k.sigma > 10 ? 1e9 : 1; }}, wild),
        ContainsSubstring("the steps of euler_maruyama"));
    CHECK_THAT(refusal(euler_maruyama{}, walks()[3]), ContainsSubstring("times as large"));
    CHECK(refusal(euler_maruyama{.eta = 4}, wild) == "");
    CHECK(refusal(stochastic_heun{.eta = 2}, wild) == "");
    // On steps that are fine enough any amount is.
    CHECK(refusal(euler_maruyama{.eta = 100}, karras(edm_path{}, 1000)) == "");
    // The ODE draws nothing, and is followed over any step.
    CHECK(refusal(euler_maruyama{.eta = 0}, walks()[3]) == "");
}

TEST_CASE("the knot of an ancestral step is right where alpha is lost beside sigma") {
    const knot s{0, 1e-19, 1}, t{0, 1e-17, 1};
    const detail::ancestral_options posterior{}, flow{.rule = ancestral_rule::flow},
        half{.eta = 0.5, .rule = ancestral_rule::flow};
    CHECK(posterior.down(s, t).noise_to_signal() == Approx(1e15));
    // 1 - sigma = alpha_t + eta (alpha_t - alpha_s), in units where alpha + sigma = 1.
    CHECK(flow.down(s, t).noise_to_signal() == Approx(1 / 1.99e-17));
    CHECK(half.down(s, t).noise_to_signal() == Approx(1 / 1.495e-17));
    const knot far{0, 1, 1e17}, near{0, 1, 1e5};
    CHECK(posterior.down(far, near).noise_to_signal() == Approx(1e-7));
}

TEST_CASE("ER-SDE keeps its noise where exp(nsr^0.3) has no double") {
    CHECK(detail::er_sde_kept(1e17, 1e17) == 1);
    CHECK(detail::er_sde_kept(1e17, 1e15) == 0);
    CHECK(detail::er_sde_kept(2, 1) ==
          Approx((std::exp(1.0) + 10) / (std::exp(std::pow(2, 0.3)) + 10)).epsilon(1e-14));
}
