// What passes are made of a solver's assignments: they are noted in place of being run.
#include <fokker/core/pass_maker.hpp>

#include <cstddef>
#include <vector>

#include <fokker/core/network_call.hpp>
#include <fokker/core/slots.hpp>
#include <fokker/core/space.hpp>
#include <fokker/core/walk.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/grid.hpp>

#include "catch.hpp"

using namespace fokker;

namespace {

std::vector<kernel::pass> passes;

const core::operations noting{
    [](const kernel::pass& p) { passes.push_back(p); },
    [](const void*, const void*, const void*, const array_shape&, const tolerance&) { return 0.0; },
    [](const void*, const array_shape&) { return 0.0; }};

/// A walk over arrays of one number, which are never written.
struct noted {
    explicit noted(const core::run_facts& facts)
        : plan(facts),
          walk(grid{{1, 0.6, 0.8}, {0.5, 0.8, 0.6}, {0, 1.0, 0.0}}, facts, {1, 1}, 0),
          numbers(static_cast<std::size_t>(plan.count)) {
        for (double& each : numbers) addresses.push_back(&each);
        walk.attach(addresses.data(), noting,
                    {this,
                     [](void*, core::network_call& c, const knot&, int) {
                         c.data = {0.5, 0.25};
                         c.noise = {-1.0, 3.0};
                     },
                     [](void*) {}, [](void*, core::slot) {}},
                    &bounds, kernel::noise_reference::to<double>(source), 5);
        passes.clear();
        walk.begin_step();
    }
    const void* at(int slot) const { return &numbers[static_cast<std::size_t>(slot)]; }

    core::slot_plan plan;
    core::walk walk;
    detail::fixed_bounds bounds{-4.0, 4.0};
    philox source{.seed = 7};
    std::vector<double> numbers;
    std::vector<void*> addresses;
};

const kernel::pass& only_pass() {
    REQUIRE(passes.size() == 1);
    return passes[0];
}

}  // namespace

TEST_CASE("a sum is one pass that reads each array once, and nothing that counts for nothing") {
    noted n({.stages = 3});
    auto x = n.walk.x();
    n.walk.stage(0) =
        2.0 * x + 3.0 * n.walk.stage(1) + 0.0 * n.walk.stage(2) + 0.25 * x - n.walk.stage(0);
    const kernel::pass& p = only_pass();
    CHECK(p.out == n.at(1));
    REQUIRE(p.count == 3);
    CHECK(p.operands[0] == n.at(0));
    CHECK(p.coefficients[0] == 2.25);
    CHECK(p.operands[1] == n.at(2));
    CHECK(p.coefficients[1] == 3.0);
    CHECK(p.operands[2] == n.at(1));
    CHECK(p.coefficients[2] == -1.0);
    CHECK(p.noise.source == nullptr);
    CHECK_FALSE(p.also.any());
}

TEST_CASE("a Gaussian goes along as its number, its scale and the place in the batch") {
    noted n({});
    n.walk.x() = 2.0 * n.walk.x() + 3.0 * n.walk.gaussian();
    const kernel::pass& p = only_pass();
    CHECK(p.noise.source != nullptr);
    CHECK(p.noise.gaussian.draw == 256);
    CHECK(p.noise.gaussian.scale == 3.0);
    CHECK(p.noise.first_sample == 5);
    CHECK(p.noise.std == nullptr);
}

TEST_CASE("a memory is written beside its old value once a step, and then where it is") {
    noted n({.memories = 1});
    n.walk.memory(0) = 1.0 * n.walk.memory(0);
    n.walk.memory(0) = 1.0 * n.walk.memory(0);
    n.walk.x() = 1.0 * n.walk.memory(0);
    REQUIRE(passes.size() == 3);
    const void *old = n.at(n.plan.memories), *fresh = n.at(n.plan.memories + 1);
    CHECK(passes[0].operands[0] == old);
    CHECK(passes[0].out == fresh);
    CHECK(passes[1].operands[0] == fresh);
    CHECK(passes[1].out == fresh);
    CHECK(passes[2].operands[0] == fresh);
    n.walk.undo_step();
    n.walk.begin_step();
    n.walk.x() = 1.0 * n.walk.memory(0);
    CHECK(passes[3].operands[0] == old);
}

TEST_CASE("fixed bounds go along with the first pass after the call, which others then rely on") {
    noted n({.stages = 1, .bounds = core::bounding::in_sweep});
    const auto D = n.walk.data(n.walk.x(), n.walk.interval().first);
    n.walk.stage(0) = 2.0 * D;
    n.walk.x() = 3.0 * D;
    REQUIRE(passes.size() == 2);
    const kernel::pass& p = passes[0];
    CHECK(p.also.is_bounded);
    CHECK(p.also.bounded.state == 0.5);
    CHECK(p.also.bounded.output == 0.25);
    CHECK(p.also.bounded.low == -4.0);
    CHECK(p.also.bounded.high == 4.0);
    CHECK(p.operands[1] == n.at(n.plan.raw));
    CHECK(p.coefficients[1] == 2.0);
    CHECK(p.also.kept.out == n.at(n.plan.outputs));
    CHECK_FALSE(passes[1].also.is_bounded);
    CHECK(passes[1].operands[0] == n.at(n.plan.outputs));
}

TEST_CASE("the pass that assigns x writes the prediction that the next steps look back on") {
    noted n({.history = 1});
    const auto D = n.walk.data(n.walk.x(), n.walk.interval().first);
    n.walk.x() = 2.0 * n.walk.x() + 4.0 * D;
    const kernel::pass& p = only_pass();
    CHECK(p.operands[0] == n.at(0));
    CHECK(p.coefficients[0] == 2.0 + 4.0 * 0.5);
    CHECK(p.coefficients[1] == 4.0 * 0.25);
    CHECK(p.also.kept.out == n.at(n.plan.outputs));
    CHECK(p.also.kept.first == 0.5);
    CHECK(p.also.kept.second == 0.25);
}
