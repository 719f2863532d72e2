#include <fokker/kernel/sweep.hpp>

#include <Eigen/Core>
#include <algorithm>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <stdexcept>
#include <vector>

#include "catch.hpp"

using namespace fokker::kernel;
using Eigen::ArrayXd;

namespace {
fokker::detail::no_noise none;
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
    const auto keep = term<double>(2.0, x.data()) + term<double>(-3.0, out.data());
    sweep(x.data(), term<double>(0.5, x.data()) + 0.25 * keep, flat(x), none, x.data(), out.data(),
          beside{false, {}, {out.data(), 2.0, -3.0}});
    CHECK((out - (2 * x0 - 3 * out0)).abs().maxCoeff() < 1e-14);
    CHECK((x - (0.5 * x0 + 0.25 * (2 * x0 - 3 * out0))).abs().maxCoeff() < 1e-14);
}

TEST_CASE("the bounded prediction stands for the output, large arrays included") {
    for (Eigen::Index size : {3, 112, 70001}) {
        ArrayXd x = ArrayXd::Random(size), out = 3 * ArrayXd::Random(size);
        const ArrayXd x0 = x;
        const ArrayXd bounded = (0.5 * x + 2 * out).max(-1).min(1);
        sweep(x.data(), term<double>(0.5, out.data()) + term<double>(0.25, x.data()), flat(x), none,
              x.data(), out.data(), beside{true, {0.5, 2.0, -1.0, 1.0}, {out.data(), 0.0, 1.0}});
        CHECK((out - bounded).abs().maxCoeff() < 1e-14);
        CHECK((x - (0.5 * bounded + 0.25 * x0)).abs().maxCoeff() < 1e-14);
    }
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
    sweep(x.data(), term<float>(2.0, x.data()) + gaussian<const float*>(0.5, 12), shape, mine);
    for (std::uint64_t sample = 0; sample < 3; ++sample) {
        source.fill(z.data(), 300, {sample, 12, 0});
        const auto part = x.segment(static_cast<Eigen::Index>(sample) * 300, 300);
        CHECK((part - (2 + 0.5f * z)).abs().maxCoeff() < 1e-6f);
    }
}

namespace {

/// Counts nothing but which elements it was asked for; fails at one sample if told so.
struct position_source {
    static constexpr bool counted = true;
    std::uint64_t bad = ~std::uint64_t{0};
    template <class T>
    void fill(T* out, std::size_t count, fokker::noise_position p) const {
        if (p.sample == bad) throw std::runtime_error("no noise today");
        for (std::size_t i = 0; i < count; ++i)
            out[i] = static_cast<T>(1000 * p.sample + p.element + i);
    }
};

}  // namespace

TEST_CASE("every element has the noise of its own place, however large the array") {
    for (const fokker::array_shape shape :
         {fokker::array_shape{7, 3}, {3, 512}, {2, 1000}, {100, 700}}) {
        Eigen::ArrayXd x(static_cast<Eigen::Index>(shape.size()));
        const position_source source;
        sweep(x.data(), gaussian<const double*>(1.0, 0), shape, source);
        for (std::size_t i = 0; i < shape.size(); ++i)
            REQUIRE(x[static_cast<Eigen::Index>(i)] ==
                    static_cast<double>(1000 * (i / shape.elements) + i % shape.elements));
    }
}

TEST_CASE("small samples that are made together have their own noise, from tile to tile") {
    // In a tile fit 170 samples of 3 elements, or 8 of 60.
    const fokker::philox source{.seed = 4};
    fokker::philox mine = source;
    for (const fokker::array_shape shape : {fokker::array_shape{400, 3}, {20, 60}}) {
        ArrayXd x(static_cast<Eigen::Index>(shape.size()));
        sweep(x.data(), gaussian<const double*>(1.0, 12), shape, mine);
        std::vector<double> z(shape.elements);
        for (std::size_t n = 0; n < shape.samples; ++n) {
            source.fill(z.data(), shape.elements, {n, 12, 0});
            REQUIRE(std::equal(z.begin(), z.end(), x.data() + n * shape.elements));
        }
    }
}

TEST_CASE("an empty array takes no noise") {
    double nothing = 1.0;
    fokker::philox source;
    sweep(&nothing, gaussian<const double*>(1.0, 0), fokker::array_shape{0, 0}, source);
    sweep(&nothing, gaussian<const double*>(1.0, 0), fokker::array_shape{3, 0}, source);
    CHECK(nothing == 1.0);
}

TEST_CASE("what a source throws reaches the caller, from a thread too") {
    const fokker::array_shape shape{100, 700};
    Eigen::ArrayXd x(70000);
    const position_source source{.bad = 63};
    CHECK_THROWS_WITH(sweep(x.data(), gaussian<const double*>(1.0, 0), shape, source),
                      "no noise today");
}
