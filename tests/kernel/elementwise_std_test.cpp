// Noise with a standard deviation for each element, against plain loops.
#include <fokker/kernel/elementwise_std.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <vector>

#include <Eigen/Core>

#include <fokker/finite.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/noise/philox.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker::kernel;
using fokker::array_shape;

namespace {

constexpr auto plain = variance_form::plain, logarithm = variance_form::logarithm;
constexpr double constant = 0.3, slope = -1.7, scale = -0.8;

/// Between -1 and 1, so that the variance is negative at some places.
template <class T>
std::vector<T> varied(std::size_t size) {
    std::vector<T> d(size);
    for (std::size_t i = 0; i < size; ++i)
        d[i] = static_cast<T>(static_cast<float>(std::sin(0.7 * static_cast<double>(i))));
    return d;
}

/// x = 0.5 x + scale std z for a batch of this shape.
template <class T>
std::vector<T> swept(array_shape shape, variance_form form, const std::vector<T>& d,
                     fokker::philox source = {.seed = 4}) {
    std::vector<T> x(shape.size(), T(1));
    sweep(x.data(),
          term<T>(0.5, x.data()) + scale * with_std<const T*>(gaussian<const T*>(1.0, 12),
                                                              {form, constant, slope, d.data()}),
          shape, source);
    return x;
}

double std_of(variance_form form, double d) {
    const double value = constant + slope * d;
    return form == plain ? std::sqrt(std::max(0.0, value)) : std::exp(value / 2);
}

/// The largest difference from a loop in double, with the noise of the sweep's own precision.
template <class T>
double worst(array_shape shape, variance_form form) {
    const fokker::philox source{.seed = 4};
    const auto d = varied<T>(shape.size());
    const auto x = swept(shape, form, d);
    std::vector<arithmetic<T>> z(fokker::noise_tile);
    double largest = 0;
    for (std::size_t n = 0; n < shape.samples; ++n)
        for (std::size_t e = 0; e < shape.elements; ++e) {
            if (e % z.size() == 0)
                source.fill(z.data(), std::min(z.size(), shape.elements - e), {n, 12, e});
            const std::size_t i = n * shape.elements + e;
            const double std = std_of(form, static_cast<double>(d[i]));
            const double wanted = 0.5 + scale * std * static_cast<double>(z[e % z.size()]);
            largest = std::max(largest, std::abs(static_cast<double>(x[i]) - wanted));
        }
    return largest;
}

template <class T>
void check_against_loops(double tolerance) {
    for (const auto form : {plain, logarithm}) {
        for (std::size_t elements = 1; elements <= 70; ++elements)
            CHECK(worst<T>({3, elements}, form) < tolerance);
        CHECK(worst<T>({2, 1000}, form) < tolerance);
        CHECK(worst<T>({1, 70001}, form) < tolerance);
        CHECK(worst<T>({1001, 70}, form) < tolerance);
    }
}

}  // namespace

TEST_CASE("each element has its own standard deviation, whatever the size and the precision") {
    check_against_loops<double>(1e-14);
    check_against_loops<float>(3e-6);
    check_against_loops<Eigen::half>(0.003);
    check_against_loops<Eigen::bfloat16>(0.02);
}

TEST_CASE("an element's bits do not depend on the batch") {
    // Samples that are made together, those that are ragged, and one that begins elsewhere.
    const auto check = [](auto number, array_shape shape) {
        using T = decltype(number);
        const auto d = varied<T>(shape.size());
        for (const auto form : {plain, logarithm}) {
            const auto all = swept(shape, form, d);
            for (std::size_t n = 0; n < shape.samples; ++n) {
                const auto from = d.begin() + static_cast<std::ptrdiff_t>(n * shape.elements);
                const std::vector<T> part(from, from + static_cast<std::ptrdiff_t>(shape.elements));
                const auto one =
                    swept<T>({1, shape.elements}, form, part, {.seed = 4, .first_sample = n});
                for (std::size_t e = 0; e < shape.elements; ++e)
                    REQUIRE(one[e] == all[n * shape.elements + e]);
            }
        }
    };
    for (const array_shape shape : {array_shape{70, 7}, {9, 33}, {4, 70}, {3, 1000}}) {
        check(double{}, shape);
        check(float{}, shape);
        check(Eigen::half{}, shape);
    }
}

TEST_CASE("an element's bits do not depend on where it stands in the sample") {
    // One number for all elements: what is left is the noise, times a constant.
    const std::vector<double> d(600, 0.123);
    for (const auto form : {plain, logarithm}) {
        const auto x = swept<double>({1, 600}, form, d);
        for (std::size_t size = 1; size < 600; size += 13) {
            const auto y = swept<double>({1, size}, form, {d.begin(), d.begin() + int(size)});
            REQUIRE(std::equal(y.begin(), y.end(), x.begin()));
        }
    }
}

TEST_CASE("a variance below zero is none, and not-a-number is passed on") {
    fokker::philox source;
    std::vector<float> d(20, -3.0f), x(20, 1.0f);
    const auto sum = [&](variance_form form, double slope_of_all) {
        const auto z = with_std<const float*>(gaussian<const float*>(1.0, 3),
                                              {form, 0.5, slope_of_all, d.data()});
        sweep(x.data(), term<float>(1.0, x.data()) + z, {1, 20}, source);
    };
    sum(plain, 1.0);
    CHECK(x == std::vector<float>(20, 1.0f));
#ifndef __FAST_MATH__
    for (const auto form : {plain, logarithm}) {
        std::fill(x.begin(), x.end(), 1.0f);
        d[5] = d[18] = std::numeric_limits<float>::quiet_NaN();
        sum(form, 0.1);
        for (std::size_t i = 0; i < x.size(); ++i)
            CHECK(fokker::detail::is_nan(double{x[i]}) == (i == 5 || i == 18));
    }
#endif
}

TEST_CASE("a map is read again for each sample, and gives the bits of its copies") {
    const auto check = [](auto type, array_shape shape) {
        using T = decltype(type);
        std::vector<double> map(shape.elements);
        for (std::size_t e = 0; e < map.size(); ++e)  // that 16 bits hold exactly
            map[e] = static_cast<double>(e % 7) / 4.0;
        std::vector<T> d;
        for (std::size_t i = 0; i < shape.size(); ++i)
            d.push_back(static_cast<T>(map[i % shape.elements]));
        const auto made = [&](const elementwise_std<const T*>& std) {
            fokker::philox source{.seed = 4};
            std::vector<T> x(shape.size(), T(1));
            sweep(x.data(),
                  term<T>(0.5, x.data()) +
                      scale * with_std<const T*>(gaussian<const T*>(1.0, 12), std),
                  shape, source);
            return x;
        };
        elementwise_std<const T*> mapped{variance_form::map, 0.1, 2.0};
        mapped.map = map.data();
        const auto wanted = made({plain, 0.1, 2.0, d.data()});
        // In parentheses: a failure prints no list of 40,000 numbers, which takes minutes.
        CHECK((made(mapped) == wanted));
        map[0] += 1;
        CHECK((made(mapped) != wanted));
    };
    for (const array_shape shape :
         {array_shape{70, 7}, {9, 33}, {700, 1}, {33, 16}, {4, 70}, {3, 1000}, {1, 40000}}) {
        check(double{}, shape);
        check(float{}, shape);
        check(Eigen::half{}, shape);
    }
}

TEST_CASE("the square of a sum is taken away, and limits hold the variance") {
    const auto check = [](auto type, array_shape shape, double tolerance) {
        using T = decltype(type);
        const std::size_t n = shape.size();
        const auto d = varied<T>(n);
        std::vector<T> p(d.rbegin(), d.rend()), q(n), variance(n), x(n), y(n);
        const std::array<const T*, 2> operands{p.data(), q.data()};
        for (std::size_t i = 0; i < n; ++i) {
            q[i] = static_cast<T>(static_cast<float>(i % 5) / 8.0f);
            const double e = 0.3 * static_cast<double>(p[i]) - 0.7 * static_cast<double>(q[i]);
            const double v = 0.4 + 1.5 * (0.75 * static_cast<double>(d[i]) - e * e);
            variance[i] = static_cast<T>(static_cast<arithmetic<T>>(std::clamp(v, 0.2, 0.9)));
        }
        fokker::philox source{.seed = 4};
        const auto z = [](const elementwise_std<const T*>& std) {
            return with_std<const T*>(gaussian<const T*>(1.0, 12), std);
        };
        sweep(
            x.data(),
            z({variance_form::excess, 0.4, 1.5, d.data(), {0.2, 0.9}, 0.75, {0.3, -0.7}, operands}),
            shape, source);
        sweep(y.data(), z({plain, 0.0, 1.0, variance.data()}), shape, source);
        double largest = 0;
        for (std::size_t i = 0; i < n; ++i)
            largest =
                std::max(largest, std::abs(static_cast<double>(x[i]) - static_cast<double>(y[i])));
        CHECK(largest < tolerance);
        sweep(y.data(), z({plain, 0.4, 1.5, d.data(), {0.2, 0.9}}), shape, source);
        CHECK(x != y);
    };
    for (const array_shape shape : {array_shape{70, 7}, {9, 33}, {3, 1000}}) {
        check(double{}, shape, 1e-14);
        check(float{}, shape, 3e-6);
        check(Eigen::half{}, shape, 0.005);
    }
    const std::vector<double> d{0.0, 0.5, 1.0}, ones(3, 1.0), low(3, 0.25);
    fokker::philox source{.seed = 4};
    const auto made = [&](const std::vector<double>& from, const variance_limits& limits) {
        std::vector<double> out(3);
        sweep(out.data(),
              with_std<const double*>(gaussian<const double*>(1.0, 3),
                                      {plain, 0, 1, from.data(), limits}),
              {1, 3}, source);
        return out;
    };
    CHECK(made(d, {1.0, 2.0}) == made(ones, {}));
    CHECK(made(d, {0.0, 0.25})[1] == made(low, {})[1]);
    CHECK(made(d, {0.0, 0.25})[0] == 0.0);
}

TEST_CASE("the array may be the one that is written, and nothing is allocated") {
    const auto d = varied<double>(1000);
    fokker::philox source{.seed = 4};
    for (const auto form : {plain, logarithm}) {
        const auto wanted = swept<double>({2, 500}, form, d);
        std::vector<double> x = d, ones(1000, 1.0);
        const std::size_t before = fokker_test::allocations();
        sweep(x.data(),
              term<double>(0.5, ones.data()) +
                  scale * with_std<const double*>(gaussian<const double*>(1.0, 12),
                                                  {form, constant, slope, x.data()}),
              {2, 500}, source);
        CHECK(fokker_test::allocations() == before);
        CHECK(x == wanted);
    }
}

TEST_CASE("the sum of an expression and such a Gaussian is one with such a Gaussian") {
    const float a = 0;
    const auto e =
        2.0 * (term(3.0, &a) - with_std<const float*>(gaussian<const float*>(0.5, 7, 0.75, 0.25),
                                                      {plain, 1, 2, &a}));
    static_assert(
        std::is_same_v<decltype(e),
                       const linear<const float*, 1, elementwise_gaussian_term<const float*>>>);
    CHECK(e.gaussian.scale == -1.0);
    CHECK(e.gaussian.draw == 7);
    CHECK(e.gaussian.from == 0.75);
    CHECK(e.gaussian.to == 0.25);
    CHECK(e.gaussian.std.constant == 1.0);
    CHECK(e.gaussian.std.slope == 2.0);
    CHECK(e.gaussian.std.operand == &a);
}
