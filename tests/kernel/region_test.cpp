#include <fokker/kernel/region.hpp>

#include <Eigen/Core>
#include <limits>

#include "catch.hpp"

using namespace fokker::kernel;
using Eigen::ArrayXXd;

TEST_CASE("where x_0 is known it does not matter what the network says") {
    const ArrayXXd x0 = ArrayXXd::Random(20, 1);
    ArrayXXd mask = ArrayXXd::Zero(20, 1), state = ArrayXXd::Random(20, 2), out = state;
    mask.topRows(10) = 1;
    out.topRows(10) = std::numeric_limits<double>::quiet_NaN();
    out(3, 1) = std::numeric_limits<double>::infinity();
    const ArrayXXd wanted = 0.5 * state - 2 * out;
    run_region<double>({.state = state.data(),
                        .raw = out.data(),
                        .out = out.data(),
                        .of_state = 0.5,
                        .of_raw = -2,
                        .is_bounded = false,
                        .low = 0,
                        .high = 0,
                        .given = {x0.data(), 0},
                        .mask = {mask.data(), 0},
                        .shape = {2, 20}});
    CHECK((out.topRows(10) == x0.topRows(10).replicate(1, 2)).all());
    CHECK(out.bottomRows(10).isApprox(wanted.bottomRows(10), 1e-14));
}

TEST_CASE("the prediction is bounded before it is blended, and samples have their own regions") {
    const ArrayXXd x0 = ArrayXXd::Random(8, 3), state = ArrayXXd::Random(8, 3),
                   raw = 3 * ArrayXXd::Random(8, 3), mask = (ArrayXXd::Random(8, 3) + 1) / 2;
    ArrayXXd out(8, 3);
    run_region<double>({.state = state.data(),
                        .raw = raw.data(),
                        .out = out.data(),
                        .of_state = 0.25,
                        .of_raw = 1.5,
                        .is_bounded = true,
                        .low = -0.5,
                        .high = 1,
                        .given = {x0.data(), 8},
                        .mask = {mask.data(), 8},
                        .shape = {3, 8}});
    const ArrayXXd D = (0.25 * state + 1.5 * raw).max(-0.5).min(1);
    CHECK(out.isApprox(mask * x0 + (1 - mask) * D, 1e-14));
}

TEST_CASE("a region may have a strength, be made of the state, too, and need no mask") {
    const ArrayXXd given = ArrayXXd::Random(8, 3), state = ArrayXXd::Random(8, 3),
                   raw = ArrayXXd::Random(8, 3), mask = (ArrayXXd::Random(8, 1) + 1) / 2;
    ArrayXXd out(8, 3);
    region_pass p{.state = state.data(),
                  .raw = raw.data(),
                  .out = out.data(),
                  .of_state = 0.25,
                  .of_raw = 1.5,
                  .is_bounded = false,
                  .low = 0,
                  .high = 0,
                  .given = {given.data(), 8},
                  .mask = {mask.data(), 0},
                  .shape = {3, 8},
                  .strength = 0.75,
                  .given_of_state = 2,
                  .given_of_given = -0.5};
    run_region<double>(p);
    const ArrayXXd D = 0.25 * state + 1.5 * raw, known = 2 * state - 0.5 * given;
    const ArrayXXd m = 0.75 * mask.replicate(1, 3);
    CHECK(out.isApprox(m * known + (1 - m) * D, 1e-14));
    p.mask = {nullptr, 0};
    run_region<double>(p);
    CHECK(out.isApprox(0.75 * known + 0.25 * D, 1e-14));
}
