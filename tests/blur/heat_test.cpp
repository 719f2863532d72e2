#include <fokker/blur/heat.hpp>

#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#include <Eigen/Core>

#include <fokker/any_process.hpp>
#include <fokker/blur/cosine_transform.hpp>
#include <fokker/noise/philox.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {
const picture_shape small{4, 6};
double away(const ArrayXXd& a, const ArrayXXd& b) { return (a - b).abs().maxCoeff(); }
}  // namespace

TEST_CASE("the walk's widths are the paper's") {
    const grid walk = heat_walk(100);
    REQUIRE(walk.steps() == 100);
    CHECK(walk.front().t == 100.0);
    CHECK(std::abs(walk.front().sigma - 20.0) < 1e-12);
    CHECK(walk[99].t == 1.0);
    CHECK(walk[99].sigma == 0.5);
    CHECK(walk.back().t == 0.0);
    CHECK(walk.back().sigma == 0.0);
    for (std::size_t i = 1; i < 99; ++i)
        CHECK(std::abs(walk[i].sigma * walk[i].sigma - walk[i - 1].sigma * walk[i + 1].sigma) <
              1e-12 * walk[i].sigma * walk[i].sigma);
    CHECK(heat_walk(1).front().sigma == 20.0);
    CHECK_THROWS_WITH(heat_walk(0), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(heat_walk(9, {.min_width = 3, .max_width = 2}),
                      ContainsSubstring("widths are 3 to 2"));
}

TEST_CASE("the forward process blurs, and adds its noise") {
    heat_dissipation quiet(small, 0.0), noisy(small);
    const cosine_transform transform(small);
    const ArrayXXd data = ArrayXXd::Random(24, 3);
    const step_numbers numbers(philox{.seed = 4}, 512);
    ArrayXXd blurred = data, x(24, 3), y(24, 3), z(24, 3);
    transform.blur(blurred, 1.5);
    const knot at{3.0, 1.0, 1.5};
    quiet(data, at, numbers, x);
    CHECK(away(x, blurred) < 1e-15);
    noisy(data, at, numbers, y);
    numbers.normals(z);
    CHECK(away(y, blurred + 0.01 * z) < 1e-15);
    noisy(data, {0.0, 1.0, 0.0}, numbers, y);
    CHECK((y == data).all());
    CHECK_THROWS_WITH(heat_dissipation(small, -1.0), ContainsSubstring("noise of heat"));
}

TEST_CASE("the sampler adds delta z to what the network expects, but at the end") {
    const grid walk = heat_walk(3);
    const philox noise{.seed = 9};
    const auto network = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        out = x + 0.1 * k.t;
    };
    ArrayXXd x = ArrayXXd::Random(24, 2);
    ArrayXXd expected = x, z(24, 2);
    restore(x, network, walk, moved_by{heat_reversal{.delta = 0.02}}, noise);
    for (std::uint32_t i = 0; i < 3; ++i) {
        expected += 0.1 * (3.0 - i);
        step_numbers(noise, (i + 1) * 256).normals(z);
        if (i < 2) expected += 0.02 * z;
    }
    CHECK(away(x, expected) < 1e-14);
    CHECK(heat_reversal{}.delta == 0.013);
    CHECK_THROWS_WITH(restore(x, network, walk, moved_by{heat_reversal{.delta = -1}}, noise),
                      ContainsSubstring("delta is -1"));
}

TEST_CASE("with the network that knows the data the walk ends on them") {
    const grid walk = heat_walk(20, {.min_width = 0.5, .max_width = 6});
    const ArrayXXd data = ArrayXXd::Random(24, 2);
    heat_dissipation process(small);
    const cosine_transform transform(small);
    const auto network = [&](const ArrayXXd&, const knot& k, ArrayXXd& out) {
        out = data;
        transform.blur(out, walk[static_cast<std::size_t>(20 - k.t) + 1].sigma);
    };
    ArrayXXd x(24, 2);
    process(data, walk.front(), {philox{}, 0}, x);
    restore(x, network, walk, moved_by{heat_reversal{}}, philox{.seed = 2});
    CHECK(away(x, data) < 1e-13);
}

TEST_CASE("no step takes memory after the first") {
    const grid walk = heat_walk(6, {.max_width = 4});
    heat_dissipation process(small);
    const auto network = [](const ArrayXXd& at, double, ArrayXXd& out) { out = at; };
    ArrayXXd x = ArrayXXd::Random(24, 2);
    std::size_t before = 0, after = 0;
    restore(x, network, walk, renoised{std::ref(process)}, philox{}, [&](const progress& p) {
        if (p.step == 1) before = fokker_test::allocations();
        after = fokker_test::allocations();
    });
    CHECK(before == after);
}
