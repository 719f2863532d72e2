#include <fokker/model/guidance.hpp>

#include <Eigen/Core>

#include <fokker/error.hpp>
#include <fokker/model/model.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"

using namespace fokker;
using Eigen::ArrayXf;

namespace {
const auto conditional = [](const ArrayXf& x, double, ArrayXf& out) { out = 0.5f * x + 1; };
const auto unconditional = [](const ArrayXf& x, knot) -> ArrayXf { return 0.25f * x; };

template <class F>
ArrayXf denoised(F&& network) {
    ArrayXf x = ArrayXf::LinSpaced(33, -1, 1);
    denoise(x, predicts_noise(network), trailing(linear_schedule(), 5), ddim{});
    return x;
}
}  // namespace

TEST_CASE("guidance extrapolates from the unconditional to the conditional prediction") {
    ArrayXf x = ArrayXf::LinSpaced(33, -1, 1), out(33);
    auto network = guided(conditional, unconditional, 3.0);
    network(x, knot{5.0, 0.8, 0.6}, out);
    CHECK(out.isApprox(0.25f * x + 3 * (0.25f * x + 1)));
}

TEST_CASE("scale 1 is the conditional network, 0 the unconditional one") {
    CHECK(denoised(guided(conditional, unconditional, 1.0)).isApprox(denoised(conditional)));
    CHECK(denoised(guided(conditional, unconditional, 0.0)).isApprox(denoised(unconditional)));
}

TEST_CASE("one object serves arrays of different shapes, one after the other") {
    const auto same = [](const auto& x, double) { return x; };
    auto network = guided(same, same, 2.0);
    for (int size : {4, 9, 2}) {
        ArrayXf x = ArrayXf::Ones(size), out(size);
        network(x, knot{}, out);
        CHECK(out.isApproxToConstant(1.0f));
    }
}

TEST_CASE("a scale that is not finite is refused") {
    CHECK_THROWS_AS(guided(conditional, unconditional, std::nan("")), error);
}

TEST_CASE("guidance writes into views") {
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Ones(4, 3), out(4, 5);
    Eigen::Ref<Eigen::ArrayXXf> part = out.leftCols(3);
    const auto same = [](const auto& in, double, auto& result) { result = in; };
    auto network = guided(same, same, 2.0);
    network(x, knot{}, part);
    CHECK(part.isApproxToConstant(1.0f));
}
