#include <fokker/run.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXf;

namespace {
const auto network = [](const ArrayXf& x, double, ArrayXf& out) { out = 0.5f * x; };
const grid& short_walk() {
    static const grid g = trailing(linear_schedule(), 6);
    return g;
}
}  // namespace

TEST_CASE("a run is the walk of sample, step by step") {
    ArrayXf x(9), y(9);
    const auto done = sample(y, network, short_walk(), heun{}, philox{.seed = 3});
    run r(x, network, short_walk(), heun{}, philox{.seed = 3});
    r.start_from_prior();
    CHECK(r.steps() == 6);
    CHECK(r.knot() == short_walk().front());
    int steps = 0;
    while (!r.done()) {
        CHECK(r.index() == steps++);
        r.step();
        CHECK(r.previous_knot() == short_walk()[static_cast<std::size_t>(steps - 1)]);
    }
    CHECK(r.evaluations() == done.evaluations);
    CHECK((x == y).all());
    CHECK_THROWS_WITH(r.step(), ContainsSubstring("done"));
}

TEST_CASE("a run can be used again") {
    ArrayXf x(9);
    run r(x, network, short_walk(), dpm_solver_pp_2m{}, philox{.seed = 3});
    r.start_from_prior();
    while (!r.done()) r.step();
    const ArrayXf first = x;
    r.start_from_prior();
    CHECK(r.index() == 0);
    while (!r.done()) r.step();
    CHECK((x == first).all());
    CHECK_THROWS_WITH(r.seek(6), ContainsSubstring("seek(6)"));
    CHECK_THROWS_AS(r.seek(-1), error);
}

TEST_CASE("a solver with a history begins it anew after seek") {
    ArrayXf x = ArrayXf::LinSpaced(9, -1, 1), y = x;
    run r(x, network, short_walk(), dpm_solver_pp_2m{});
    r.seek(3);
    r.step();
    run first_order(y, network, short_walk(), ddim{});
    first_order.seek(3);
    first_order.step();
    CHECK(x.isApprox(y));
}

TEST_CASE("the last prediction is the data prediction") {
    ArrayXf x = ArrayXf::Ones(3);
    run r(x, network, short_walk(), ddim{});
    const knot k = r.knot();
    r.step();
    CHECK(r.prediction()[0] == Catch::Approx((1 - k.sigma * 0.5) / k.alpha));
    const ArrayXf kept = r.prediction();
    r.keep_prediction(false);
    CHECK(r.prediction().isApprox(kept));
    r.step();
    CHECK_THROWS_WITH(r.prediction(), ContainsSubstring("none was kept in the last step"));
    r.keep_prediction(true);
    r.step();
    CHECK_NOTHROW(r.prediction());
}

TEST_CASE("a model, a network and a grid may be temporaries") {
    ArrayXf x(3);
    run r(x, predicts_data([](const ArrayXf& in, double) -> ArrayXf { return 0.5f * in; }),
          trailing(linear_schedule(), 3), ddim{}, philox{});
    r.start_from_prior();
    while (!r.done()) r.step();
    CHECK(x.isFinite().all());
}

namespace {

/// Gives its output another array, and spoils the one that it had.
struct replaces {
    std::vector<std::vector<double>>* graveyard;

    void operator()(const auto& x, double, std::vector<double>& out) const {
        std::vector<double> fresh(x.begin(), x.end());
        for (double& each : fresh) each *= 0.5;
        std::swap(out, fresh);
        std::fill(fresh.begin(), fresh.end(), 1e9);
        graveyard->push_back(std::move(fresh));
    }
};

}  // namespace

TEST_CASE("a copy of a run brings it back, by assignment and in its place") {
    std::vector<std::vector<double>> graveyard;
    std::vector<double> x(9, 1.0), y(9, 1.0);
    run whole(std::span<double>(y), replaces{&graveyard}, short_walk(), dpm_solver_pp_2m{});
    while (!whole.done()) whole.step();

    run r(std::span<double>(x), replaces{&graveyard}, short_walk(), dpm_solver_pp_2m{});
    for (int i = 0; i < 3; ++i) r.step();
    const auto saved = r;
    const std::vector<double> saved_x = x;
    const auto goes_on = [&](auto& again) {
        x = saved_x;
        CHECK(again.index() == 3);
        while (!again.done()) again.step();
        CHECK(x == y);
    };
    while (!r.done()) r.step();
    r = saved;
    goes_on(r);
    auto copy = saved;
    r = std::move(copy);
    goes_on(r);
    std::optional there(saved);
    const auto kept = *there;
    there->step();
    there.emplace(kept);
    goes_on(*there);
}

TEST_CASE("a state that changes its size is refused") {
    std::vector<float> x(32);
    const auto copying = [](const auto& in, double, auto& out) { out = in; };
    run r(x, copying, trailing(linear_schedule(), 5), heun{}, philox{.seed = 1});
    r.start_from_prior();
    r.step();
    x.resize(40000);
    CHECK_THROWS_WITH(r.step(), ContainsSubstring("changed its size"));
    CHECK_THROWS_WITH(r.start_from_prior(), ContainsSubstring("changed its size"));
}

TEST_CASE("noise is not drawn where a reversed grid begins, at the data") {
    ArrayXf x = ArrayXf::Ones(3);
    run r(x, network, short_walk().until(5).reversed(), ddim{}, philox{.seed = 3});
    CHECK_THROWS_WITH(r.start_from_prior(), ContainsSubstring("the grid is reversed"));
    CHECK_THROWS_WITH(r.start_from_data(), ContainsSubstring("the grid is reversed"));
    CHECK((x == 1.0f).all());
    CHECK_NOTHROW(r.step());
}

TEST_CASE("what only a step makes cannot be asked for before") {
    ArrayXf x = ArrayXf::Ones(3);
    run r(x, network, short_walk(), ddim{});
    CHECK_THROWS_WITH(r.prediction(), ContainsSubstring("no prediction"));
    CHECK_THROWS_WITH(r.previous_knot(), ContainsSubstring("before a step"));
    r.step();
    CHECK_NOTHROW(r.prediction());
    r.seek(2);
    CHECK_THROWS_AS(r.prediction(), error);
}
