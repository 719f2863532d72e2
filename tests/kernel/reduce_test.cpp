#include <fokker/kernel/reduce.hpp>

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;

namespace {

/// Every size around the number of sums that run side by side.
template <class T>
void check_sizes(double tolerance) {
    for (int size = 1; size < 40; ++size) {
        Eigen::ArrayXd wide = Eigen::ArrayXd::Random(size) + 3,
                       other = Eigen::ArrayXd::Random(size);
        const Eigen::Array<T, Eigen::Dynamic, 1> a = wide.cast<T>(), b = other.cast<T>();
        wide = a.template cast<double>();
        other = b.template cast<double>();
        const auto n = static_cast<std::size_t>(size);
        CHECK(kernel::dot(a.data(), b.data(), n) == Approx((wide * other).sum()).margin(tolerance));
        CHECK(kernel::norm(a.data(), n) == Approx(wide.matrix().norm()).margin(tolerance));
        const double variance = size < 2 ? 0 : (wide - wide.mean()).square().sum() / (size - 1);
        CHECK(kernel::standard_deviation(a.data(), n) ==
              Approx(std::sqrt(variance)).margin(tolerance));
        const auto p = kernel::products(a.data(), b.data(), n);
        CHECK(p.difference_squared == Approx(wide.square().sum()).margin(tolerance));
        CHECK(p.along == Approx((wide * other).sum()).margin(tolerance));
        CHECK(p.direction_squared == Approx(other.square().sum()).margin(tolerance));
        const auto d = kernel::difference_and_direction(a.data(), b.data(), n);
        CHECK(d.difference_squared == Approx((wide - other).square().sum()).margin(tolerance));
        CHECK(d.along == Approx(((wide - other) * wide).sum()).margin(tolerance));
        CHECK(d.direction_squared == Approx(wide.square().sum()).margin(tolerance));
    }
}

}  // namespace

TEST_CASE("reductions are what Eigen computes in double, for every element type") {
    check_sizes<double>(1e-13);
    check_sizes<float>(1e-13);
    check_sizes<Eigen::half>(1e-13);
    check_sizes<Eigen::bfloat16>(1e-13);
}

TEST_CASE("a standard deviation far from zero keeps its digits") {
    Eigen::ArrayXd a(4);
    a << 1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 4;
    CHECK(kernel::standard_deviation(a.data(), 4) == Approx(std::sqrt(5.0 / 3)).epsilon(1e-14));
}

TEST_CASE("the mean of norms is over samples") {
    const std::vector<double> a{3, 4, 0, 0, 5, 12};
    CHECK(kernel::mean_norm(a.data(), 3, 2) == Catch::Approx((5.0 + 0.0 + 13.0) / 3));
    CHECK(kernel::mean_norm(a.data(), 1, 2) == 5.0);
}
