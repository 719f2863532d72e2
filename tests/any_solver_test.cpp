#include <fokker/any_solver.hpp>

#include <array>
#include <cmath>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/catalogue.hpp>
#include <fokker/checkpoint.hpp>
#include <fokker/error.hpp>
#include <fokker/moments.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

namespace {

void one(const std::vector<double>& x, double t, std::vector<double>& out) {
    for (std::size_t i = 0; i < x.size(); ++i) out[i] = std::tanh(x[i]) + 1e-4 * t;
}
void two(const std::vector<double>& x, double t, std::vector<double>& out,
         std::vector<double>& second) {
    one(x, t, out);
    for (std::size_t i = 0; i < x.size(); ++i) second[i] = 0.1 + 0.01 * x[i];
}

const grid knots = trailing(linear_schedule(), 8);

/// Every solver of the catalogue that runs with a network of one output and no moments.
template <class F>
void for_each_plain_solver(const F& f) {
    for_each_named_solver([&](auto entry) {
        if (entry.needs_second_output() || entry.name.starts_with("analytic") ||
            entry.name == "dpm-fast")
            return;
        f(entry);
    });
}

std::vector<double> start() { return {-1.2, 0.4, 1.1, -0.3, 0.7}; }

}  // namespace

TEST_CASE("any_solver has the bits of the solver that it holds") {
    int solvers = 0;
    for_each_plain_solver([&](const auto& entry) {
        INFO(entry.name);
        const grid walk = entry.inverts() ? knots.reversed() : knots;
        std::vector<double> typed = start(), erased = start();
        const report a = denoise(typed, one, walk, entry.solver, philox{.seed = 3});
        const report b = denoise(erased, one, walk, any_solver(entry.solver), philox{.seed = 3});
        CHECK(typed == erased);
        CHECK(a.evaluations == b.evaluations);
        CHECK(a.network_calls == b.network_calls);
        ++solvers;
    });
    CHECK(solvers > 40);
}

TEST_CASE("any_solver answers for the solver that it holds") {
    for_each_named_solver([&](const auto& entry) {
        INFO(entry.name);
        const any_solver held = entry.solver;
        CHECK(held.stochastic() == entry.stochastic());
        CHECK(held.evaluations_in_step() == entry.evaluations());
        CHECK(held.inverts() == entry.inverts());
        if (entry.needs_second_output()) {
            CHECK_FALSE(held.reads(second_output::none));
            for (const auto& each : detail::second_outputs)
                CHECK(held.reads(each.kind) == entry.reads(each.kind));
        }
    });
}

TEST_CASE("any_solver refuses what its solver refuses, before the network is called") {
    std::vector<double> x = start();
    int calls = 0;
    const auto counting = [&](const std::vector<double>&, double, std::vector<double>&) {
        ++calls;
    };
    CHECK_THROWS_WITH(denoise(x, counting, knots, any_solver(ddim{.eta = -1})),
                      ContainsSubstring("eta"));
    CHECK_THROWS_WITH(denoise(x, counting, knots, any_solver(ddim{.eta = 1})),
                      ContainsSubstring("draws noise"));
    CHECK_THROWS_WITH(denoise(x, counting, knots.reversed(), any_solver(ddpm{}), philox{}),
                      ContainsSubstring("reversed"));
    CHECK_THROWS_WITH(denoise(x, counting, knots, any_solver(ddpm_learned{}), philox{}),
                      ContainsSubstring("second output"));
    CHECK(calls == 0);
}

TEST_CASE("any_solver reads a second output where its solver does") {
    std::vector<double> typed = start(), erased = start();
    const auto model = predicts_noise(two, second_output::variance_range);
    denoise(typed, model, knots, ddpm_learned{}, philox{.seed = 5});
    denoise(erased, model, knots, any_solver(ddpm_learned{}), philox{.seed = 5});
    CHECK(typed == erased);
}

TEST_CASE("a run of any_solver can be copied, kept and gone on with by the solver's own run") {
    const any_solver method = dpm_solver_pp_2m{};
    std::vector<double> x = start(), other = start(), end = start();
    denoise(end, one, knots, method);

    run first(x, one, knots, method);
    for (int i = 0; i < 3; ++i) first.step();
    run copy = first;  // of the same x, with a history of its own
    const checkpoint kept = first.checkpoint();
    while (!copy.done()) copy.step();
    CHECK(x == end);

    run typed(other, one, knots, dpm_solver_pp_2m{});
    typed.resume(kept);
    while (!typed.done()) typed.step();
    CHECK(other == end);

    other = start();
    run wrong(other, one, knots, any_solver(heun{}));
    CHECK_THROWS_WITH(wrong.resume(kept), ContainsSubstring("solver"));
}

TEST_CASE("a step of any_solver that throws is undone") {
    std::vector<double> x = start(), end = start();
    denoise(end, one, knots, any_solver(heun{}));
    int calls = 0;
    const auto failing = [&](const std::vector<double>& y, double t, std::vector<double>& out) {
        if (++calls == 4) throw std::runtime_error("no");
        one(y, t, out);
    };
    run r(x, failing, knots, any_solver(heun{}));
    r.step();
    const std::vector<double> before = x;
    CHECK_THROWS_AS(r.step(), std::runtime_error);
    CHECK(x == before);
    while (!r.done()) r.step();
    CHECK(x == end);
}

TEST_CASE("any_solver walks on arrays of fixed size") {
    const auto network = [](const auto& x, double t, auto& out) { out = x * (0.3 + 1e-5 * t); };
    Eigen::Array<float, 4, 2> typed, erased;
    typed = erased = Eigen::Array<float, 4, 2>::Constant(0.7f);
    denoise(typed, network, knots, heun{});
    denoise(erased, network, knots, any_solver(heun{}));
    CHECK((typed == erased).all());
}
