#include <fokker/noise/sample_numbers.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "catch.hpp"
#include "support/kolmogorov.hpp"

using namespace fokker;
using fokker_test::kolmogorov;

namespace {

/// Numbers of many samples.
std::vector<double> many(const auto& draw, int count = 20000) {
    std::vector<double> all;
    for (int i = 0; i < count; ++i) {
        sample_numbers numbers(philox{.seed = 3}, static_cast<std::uint64_t>(i), 0);
        all.push_back(draw(numbers));
    }
    return all;
}

double moment(const std::vector<double>& all, int power) {
    double sum = 0.0;
    for (const double x : all) sum += std::pow(x, power);
    return sum / static_cast<double>(all.size());
}

}  // namespace

TEST_CASE("a sample's numbers are a function of seed, sample and draw") {
    const auto first = [](std::uint64_t seed, std::uint64_t sample, std::uint32_t draw,
                          std::uint64_t first_sample = 0) {
        return sample_numbers(philox{seed, first_sample}, sample, draw).uniform();
    };
    CHECK(first(1, 2, 3) == first(1, 2, 3));
    CHECK(first(1, 2, 3) == first(1, 0, 3, 2));
    CHECK(first(1, 2, 3) != first(2, 2, 3));
    CHECK(first(1, 2, 3) != first(1, 3, 3));
    CHECK(first(1, 2, 3) != first(1, 2, 4));
    // None of those that the elements are made of.
    CHECK(first(1, 2, 3) != noise::uniforms_at(philox{.seed = 1}, {2, 3, 0})[0] + 0x1p-54);
    sample_numbers numbers(philox{.seed = 1}, 2, 3);
    std::vector<double> row;
    for (int i = 0; i < 6; ++i) row.push_back(numbers.uniform());
    for (std::size_t i = 0; i < row.size(); ++i)
        for (std::size_t k = 0; k < i; ++k) CHECK(row[i] != row[k]);
}

TEST_CASE("a uniform number lies between 0 and 1, and is neither") {
    CHECK(noise::without_ends(0.0) == 0x1p-54);
    CHECK(noise::without_ends(0.25) == 0.25 + 0x1p-54);
    CHECK(noise::without_ends(1.0 - 0x1p-53) < 1.0);
}

TEST_CASE("a sample's numbers have the laws that they are asked for") {
    CHECK(kolmogorov(many([](auto& n) { return n.uniform(); }), [](double u) { return u; }) < 1.95);
    CHECK(kolmogorov(many([](auto& n) { return n.normal(); }),
                     [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }) < 1.95);
    CHECK(kolmogorov(many([](auto& n) { return n.gamma(1.0); }),
                     [](double x) { return 1 - std::exp(-x); }) < 1.95);
    CHECK(kolmogorov(many([](auto& n) { return n.gamma(2.0); }),
                     [](double x) { return 1 - (1 + x) * std::exp(-x); }) < 1.95);
    CHECK(kolmogorov(many([](auto& n) { return n.gamma(0.5); }),
                     [](double x) { return std::erf(std::sqrt(x)); }) < 1.95);
    CHECK(kolmogorov(many([](auto& n) { return n.chi_square(1.0); }),
                     [](double x) { return std::erf(std::sqrt(x / 2)); }) < 1.95);
    // To four deviations of the mean.
    for (const double shape : {0.5, 1.0, 2.0})
        CHECK(moment(many([&](auto& n) { return n.gamma(shape); }, 100000), 1) ==
              Catch::Approx(shape).margin(4 * std::sqrt(shape / 100000)));
    // A ratio of two.
    CHECK(kolmogorov(many([](auto& n) {
                         const double a = n.gamma(0.3), b = n.gamma(4.0);
                         return a / (a + b);
                     }),
                     [](double x) { return fokker_test::beta_distribution(x, 0.3, 4.0); }) < 1.95);
    const auto large = many([](auto& n) { return n.chi_square(5e7) / 5e7; }, 5000);
    CHECK(moment(large, 1) == Catch::Approx(1.0).margin(1e-5));
}
