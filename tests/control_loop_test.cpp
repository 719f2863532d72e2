// What docs/control-loops.md promises of a run that serves a loop.
#include <fokker/run.hpp>

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>

#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/exponential_multistep.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;

namespace {

using fixed_plan = Eigen::Array<float, 16 * 7, 1>;  // one sample
using plan = Eigen::ArrayXf;

/// Exact where plans are N(target, 0.1^2).
struct policy {
    float target = 0;

    void operator()(const auto& x, const knot& k, auto& out) const {
        const double variance = 0.01 * k.alpha * k.alpha + k.sigma * k.sigma;
        out = static_cast<float>(k.sigma / variance) * (x - static_cast<float>(k.alpha) * target);
    }
};

const grid knots = trailing(linear_schedule(100), 10);

/// A loop of `ticks` over one cold and one warm run, and what it allocates in them. A tick is ended
/// by its deadline one step before the last.
template <class Plan>
struct loop {
    Plan x = Plan::Zero(112), known = Plan::Zero(112), mask = Plan::Zero(112);
    policy network = {};

    std::size_t allocations(int ticks, const auto& solver, int warm_up = 0) {
        const auto model = predicts_noise(network).with_known_region(known, mask);
        run cold(x, model, knots, solver, philox{});
        run warm(x, model, knots.from_strength(0.4), solver, philox{});
        Plan sent = x;
        const auto tick = [&](int i) {
            cold.reseed(i);
            warm.reseed(i);
            network.target = 0.1F * static_cast<float>(i);
            cold.start_from_prior();
            while (!cold.done()) cold.step();
            known = x;
            mask.head(14) = 1.0F;
            warm.start_from_data();
            while (warm.index() + 1 < warm.steps()) warm.step();
            sent = warm.prediction();
        };
        for (int i = 0; i < warm_up; ++i) tick(i);
        const std::size_t before = fokker_test::allocations();
        for (int i = 0; i < ticks; ++i) tick(i);
        return fokker_test::allocations() - before;
    }
};

}  // namespace

TEST_CASE("a loop of one run allocates nothing from its first tick on") {
    CHECK(loop<fixed_plan>().allocations(3, dpm_solver_pp_2m{}) == 0);
    CHECK(loop<fixed_plan>().allocations(3, ddpm{}) == 0);
    CHECK(loop<fixed_plan>().allocations(3, deis<3>{}) == 0);
    CHECK(loop<plan>().allocations(3, dpm_solver_pp_2m{}) == 0);
    CHECK(loop<plan>().allocations(3, ddpm{}) == 0);
    CHECK(loop<plan>().allocations(3, deis<3>{}, 1) == 0);  // it looks back on noise predictions
}

TEST_CASE(
    "a run takes another seed, and refers to the network and the known region, which the loop "
    "changes") {
    fixed_plan x, known = fixed_plan::Zero(), mask = fixed_plan::Zero();
    policy network;
    run r(x, predicts_noise(network).with_known_region(known, mask), knots, ddpm{}, philox{});
    for (int tick = 0; tick < 3; ++tick) {
        r.reseed(tick);
        network.target = static_cast<float>(tick);
        known.head(14) = 0.25F * static_cast<float>(tick);
        mask.head(14) = 1.0F;
        r.start_from_prior();
        while (!r.done()) r.step();
        fixed_plan y;
        sample(y, predicts_noise(network).with_known_region(known, mask), knots, ddpm{},
               philox{.seed = static_cast<std::uint64_t>(tick)});
        CHECK((x == y).all());
        CHECK((x.head(14) == 0.25F * static_cast<float>(tick)).all());
        CHECK(x.tail(98).mean() == Approx(tick).margin(0.1));
    }
}

TEST_CASE("what a deadline takes is clean, and the state of that moment is not") {
    fixed_plan x, known = fixed_plan::Constant(0.5F), mask = fixed_plan::Zero();
    mask.head(14) = 1.0F;
    run r(x, predicts_noise(policy{0.5F}).with_known_region(known, mask), knots, dpm_solver_pp_2m{},
          philox{.seed = 7});
    r.start_from_prior();
    for (int i = 0; i < 5; ++i) r.step();
    CHECK((r.prediction().head(14) == 0.5F).all());
    CHECK((r.prediction() - 0.5F).abs().maxCoeff() < 0.4F);
    CHECK((r.state() - 0.5F).abs().maxCoeff() > 0.8F);
}

TEST_CASE("an array of 16 rows and 7 columns is a batch of 7, and a vector of 112 one sample") {
    const Eigen::Array<float, 16, 7> table = Eigen::Array<float, 16, 7>::Zero();
    CHECK(detail::shape_of(table) == array_shape{7, 16});
    const fixed_plan vector = fixed_plan::Zero();
    CHECK(detail::shape_of(vector) == array_shape{1, 112});
}
