// What a solver keeps from step to step, read and set from outside.
#include <fokker/core/walk.hpp>

#include <Eigen/Core>
#include <array>
#include <sstream>
#include <utility>
#include <vector>

#include <fokker/any_solver.hpp>
#include <fokker/checkpoint.hpp>
#include <fokker/error.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/checked_space.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

/// Memory 0 is what the network made of it in the last step, memory 1 counts the steps, and x is
/// their sum.
struct doubling {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int memories = 2;
    static constexpr bool starts_from_memories = true;

    void step(auto& run) const {
        auto x = run.x();
        auto last = run.memory(0), count = run.memory(1);
        if (!run.remembers()) {
            last = x;
            count = 0.0 * x;
        }
        const auto D = run.data(last, run.interval().first);
        count = count + D / 100.0;
        last = 1.0 * D;
        x = last + count;
    }
};

/// One that keeps something, and does not begin with it.
struct keeping {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int memories = 1;
    void step(auto& run) const {
        run.memory(0) = run.x();
        run.x() = 1.0 * run.data(run.x(), run.interval().first);
    }
};

const auto twice = predicts_data([](const auto& x, double, auto& out) { out = 2 * x; });
const grid six = trailing(linear_schedule(), 6);
const ArrayXXd ones = ArrayXXd::Ones(3, 2);

void finish(auto& r) {
    while (!r.done()) r.step();
}

}  // namespace

TEST_CASE("the network is called at a memory as it is now, in every step") {
    ArrayXXd x = ones;
    run r(x, twice, six, doubling{});
    double last = 1, count = 0;
    while (!r.done()) {
        r.step();
        last *= 2;
        count += last / 100;
        CHECK((r.memory(0) == last).all());
        CHECK(r.memory(1).isApproxToConstant(count, 1e-15));
        CHECK(x.isApproxToConstant(last + count, 1e-15));
    }
    CHECK(r.memories() == 2);
}

TEST_CASE("a walk in two runs that hand over their memories is the walk in one") {
    ArrayXXd whole = ones, x = ones;
    const auto walk = [](ArrayXXd& state, const grid& g, const auto& solver) {
        run r(state, twice, g, solver);
        finish(r);
        return r;
    };
    walk(whole, six, doubling{});
    for (const int at : {1, 2, 5}) {
        const auto check = [&](const auto& first, const auto& then) {
            x = ones;
            const auto before = walk(x, six.until(at), first);
            run r(x, twice, six.from(at), then);
            r.set_memory(0, before.memory(0));
            r.set_memory(1, before.memory(1));
            CHECK((r.memory(0) == before.memory(0)).all());
            finish(r);
            CHECK((x == whole).all());
        };
        check(doubling{}, doubling{});
        check(any_solver(doubling{}), any_solver(doubling{}));
        check(doubling{}, any_solver(doubling{}));
    }
    x = ones;
    walk(x, six.until(2), doubling{});
    walk(x, six.from(2), doubling{});
    CHECK((x - whole).abs().minCoeff() > 0.5);
}

TEST_CASE("memories that were set are part of a checkpoint before the first step, and of a copy") {
    const ArrayXXd three = 3 * ones;
    ArrayXXd wanted = ones, x = ones, y = ones, z = ones;
    const auto set = [&](auto& r) {
        r.set_memory(0, three);
        r.set_memory(1, ones);
    };
    run undisturbed(wanted, twice, six, doubling{});
    set(undisturbed);
    finish(undisturbed);
    CHECK(wanted.isApproxToConstant(3 * 64 + 1 + 3 * 1.26));

    std::stringstream file;
    run r(x, twice, six, doubling{});
    set(r);
    r.checkpoint().write(file);
    run resumed(y, twice, six, doubling{});
    resumed.resume(checkpoint::read(file));
    finish(resumed);
    CHECK((y == wanted).all());

    auto copy = r;
    x = ones;
    finish(copy);
    CHECK((x == wanted).all());

    // One that was set for another walk does not come along.
    run other(z, twice, six, doubling{});
    const checkpoint empty = other.checkpoint();
    set(other);
    other.resume(empty);
    CHECK_THROWS_WITH(other.memory(0), ContainsSubstring("nothing is in it"));
    // Nor do they stay for the next one.
    set(other);
    other.seek(0);
    CHECK_THROWS_WITH(other.memory(0), ContainsSubstring("nothing is in it"));
    finish(other);
    CHECK(z.isApproxToConstant(64 + 1.26));
}

TEST_CASE("a jump of the grid empties memories") {
    const grid walk = resampled(six, {.jump_length = 2, .jump_samples = 2});
    ArrayXXd x = ones;
    run r(x, twice, walk, doubling{}, philox{.seed = 1});
    r.set_memory(0, ones);
    r.set_memory(1, ones);
    while (!walk.is_jump(r.index())) r.step();
    CHECK((r.memory(0) > 1).all());
    r.step();
    CHECK_THROWS_WITH(r.memory(0), ContainsSubstring("nothing is in it"));
    const ArrayXXd after = x;
    r.step();
    CHECK((r.memory(0) == 2 * after).all());
}

TEST_CASE("a step that fails leaves memories as they were set") {
    int fails = 1;
    const auto failing = predicts_data([&](const ArrayXXd& x, double, ArrayXXd& out) {
        out = 2 * x;
        if (fails-- > 0) throw 1;
    });
    ArrayXXd x = ones;
    run r(x, failing, six, doubling{});
    r.set_memory(0, (5 * ones).eval());
    r.set_memory(1, ones);
    CHECK_THROWS_AS(r.step(), int);
    CHECK((r.memory(0) == 5).all());
    r.step();
    CHECK((r.memory(0) == 10).all());
}

TEST_CASE("memories that are not there, or cannot be set, are refused") {
    ArrayXXd x = ones;
    run r(x, twice, six, doubling{});
    CHECK_THROWS_WITH(r.memory(0), ContainsSubstring("before the first step"));
    CHECK_THROWS_WITH(r.memory(2), ContainsSubstring("has 2 memories"));
    CHECK_THROWS_WITH(r.memory(-1), ContainsSubstring("has 2 memories"));
    CHECK_THROWS_WITH(r.set_memory(2, ones), ContainsSubstring("has 2 memories"));
    CHECK_THROWS_WITH(r.set_memory(0, ArrayXXd::Ones(2, 3).eval()),
                      ContainsSubstring("another shape"));
    r.set_memory(1, ones);
    CHECK_THROWS_WITH(r.step(), ContainsSubstring("memory 0 of 2 was not set"));
    CHECK((x == 1).all());
    r.set_memory(0, ones);
    CHECK_NOTHROW(r.step());
    // In the middle it would not fit to what else the solver looks back on.
    CHECK_THROWS_WITH(r.set_memory(0, ones), ContainsSubstring("the walk has begun"));
    r.seek(1);
    CHECK_NOTHROW(r.set_memory(0, ones));

    run other(x, twice, six, keeping{});
    CHECK_THROWS_WITH(other.set_memory(0, ones), ContainsSubstring("does not begin with memories"));
    other.step();
    CHECK_NOTHROW(other.memory(0));
    run published(x, twice, six, any_solver(unipc<2>{}));
    CHECK(published.memories() == 1);
    CHECK_THROWS_WITH(published.set_memory(0, ones),
                      ContainsSubstring("does not begin with memories"));
    run without(x, twice, six, ddim{});
    CHECK(without.memories() == 0);
    CHECK_THROWS_WITH(without.memory(0), ContainsSubstring("has 0 memories"));
}

TEST_CASE("setting memories allocates nothing, on arrays of fixed size, too") {
    using fixed = std::array<float, 6>;
    fixed x{1, 1, 1, 1, 1, 1}, two{2, 2, 2, 2, 2, 2};
    const auto doubled = predicts_data([](const auto& in, double, auto& out) {
        for (std::size_t i = 0; i < 6; ++i) out[i] = 2 * in[i];
    });
    run r(x, doubled, six, doubling{});
    const std::size_t before = fokker_test::allocations();
    r.set_memory(0, two);
    r.set_memory(1, two);
    finish(r);
    CHECK(fokker_test::allocations() == before);
    CHECK(r.memory(0) == fixed{128, 128, 128, 128, 128, 128});
}
