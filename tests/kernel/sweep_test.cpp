#include <fokker/kernel/sweep.hpp>

#include <Eigen/Core>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace fokker::kernel;
using Eigen::ArrayXd;

namespace {
fokker::no_noise none;
fokker::array_shape flat(const ArrayXd& x) { return {1, static_cast<std::size_t>(x.size())}; }
}  // namespace

TEST_CASE("a sweep is its sum, whatever the size and the number of operands") {
    for (Eigen::Index size : {1, 15, 16, 17, 112, 1000, 70001}) {
        std::vector<ArrayXd> p;
        for (int k = 0; k < 8; ++k) p.push_back(ArrayXd::Random(size));
        ArrayXd out(size);
        const auto close = [&](const ArrayXd& wanted) {
            CHECK((out - wanted).abs().maxCoeff() < 1e-14);
        };
        const auto t = [&](double c, std::size_t k) { return term<double>(c, p[k].data()); };
        sweep(out.data(), t(2, 0), flat(out), none);
        close(2 * p[0]);
        sweep(out.data(), t(2, 0) + t(-1, 1) + t(0.5, 2), flat(out), none);
        close(2 * p[0] - p[1] + 0.5 * p[2]);
        sweep(out.data(),
              t(1, 0) + t(2, 1) + t(3, 2) + t(4, 3) + t(5, 4) + t(6, 5) + t(7, 6) + t(8, 7),
              flat(out), none);
        close(p[0] + 2 * p[1] + 3 * p[2] + 4 * p[3] + 5 * p[4] + 6 * p[5] + 7 * p[6] + 8 * p[7]);
    }
}

TEST_CASE("equal operands are merged, and those that count nothing are not read") {
    ArrayXd x = ArrayXd::Constant(20, 3.0), bad = ArrayXd::Constant(20, std::nan("")), out(20);
    const auto a = term<double>(1.0, x.data());
    sweep(out.data(), a + a + a - 2.0 * a, flat(out), none);
    CHECK(out.isApproxToConstant(3.0));
    sweep(out.data(), a + 0.0 * term<double>(1.0, bad.data()), flat(out), none);
    CHECK(out.isApproxToConstant(3.0));
    sweep(out.data(), 0.0 * a, flat(out), none);
    CHECK(out.isApproxToConstant(0.0));
    // Ten terms over two arrays are two operands.
    sweep(out.data(), a + a + a + a + a + a + a + a + a + term<double>(1.0, out.data()), flat(out),
          none);
    CHECK(out.isApproxToConstant(27.0));
}

TEST_CASE("the result may be an operand, and so may the second output") {
    ArrayXd x = ArrayXd::Random(100), out = ArrayXd::Random(100);
    const ArrayXd x0 = x, out0 = out;
    const linear<double, 2> keep{{2.0, -3.0}, {x.data(), out.data()}, {}};
    sweep(x.data(), term<double>(0.5, x.data()) + 0.25 * keep, flat(x), none, out.data(), keep);
    CHECK((out - (2 * x0 - 3 * out0)).abs().maxCoeff() < 1e-14);
    CHECK((x - (0.5 * x0 + 0.25 * (2 * x0 - 3 * out0))).abs().maxCoeff() < 1e-14);
}

TEST_CASE("more than eight arrays are refused") {
    std::vector<ArrayXd> p(9, ArrayXd::Ones(4));
    ArrayXd out(4);
    const auto t = [&](std::size_t k) { return term<double>(1.0, p[k].data()); };
    CHECK_THROWS_WITH(
        sweep(out.data(), t(0) + t(1) + t(2) + t(3) + t(4) + t(5) + t(6) + t(7) + t(8), flat(out),
              none),
        Catch::Matchers::ContainsSubstring("more than 8 arrays"));
}

TEST_CASE("noise is added where the position says") {
    const fokker::philox source{.seed = 4};
    const fokker::array_shape shape{3, 300};
    Eigen::ArrayXf x = Eigen::ArrayXf::Ones(900), z(300);
    fokker::philox mine = source;
    sweep(x.data(), term<float>(2.0, x.data()) + gaussian<float>(0.5, 12), shape, mine);
    for (std::uint64_t sample = 0; sample < 3; ++sample) {
        for (std::uint64_t e = 0; e < 300; e += 128)
            source.fill(z.data() + e, std::min<std::size_t>(128, 300 - e), {sample, 12, e});
        const auto part = x.segment(static_cast<Eigen::Index>(sample) * 300, 300);
        CHECK((part - (2 + 0.5f * z)).abs().maxCoeff() < 1e-6f);
    }
}

TEST_CASE("clipping bounds numbers and lets not-a-number be seen") {
    Eigen::ArrayXd x(4);
    x << -3.0, 0.25, 5.0, std::numeric_limits<double>::infinity();
    sweep_clipped(x.data(), linear<double, 1>{{2.0}, {x.data()}, {}}, flat(x), none, -1.0, 1.0);
    CHECK(x[0] == -1.0);
    CHECK(x[1] == 0.5);
    CHECK(x[2] == 1.0);
    CHECK(x[3] == 1.0);
}
