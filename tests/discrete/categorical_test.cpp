#include <fokker/discrete/categorical.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <fokker/noise/philox.hpp>
#include <fokker/noise/uniforms.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using discrete::draw_options;
using discrete::detail::row_changes;
using discrete::detail::row_reader;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const double below_one = 1.0 - 0x1p-53;

/// Of weights that are powers of 2 all sums are exact.
const std::vector<double> halves{std::log(0.5), std::log(0.25), -infinity, std::log(0.125),
                                 std::log(0.125)};

int draw(const std::vector<double>& row, double u, const draw_options& how = {},
         const row_changes& changes = {}) {
    row_reader reader(row.size());
    return reader.draw(row.data(), changes, how, u).number;
}

}  // namespace

TEST_CASE("a class is drawn where the sum of the weights passes the uniform number") {
    CHECK(draw(halves, 0.0) == 0);
    CHECK(draw(halves, 0.5 - 1e-15) == 0);
    CHECK(draw(halves, 0.5 + 1e-15) == 1);
    CHECK(draw(halves, 0.75 + 1e-15) == 3);
    CHECK(draw(halves, 0.875 + 1e-15) == 4);
    CHECK(draw(halves, below_one) == 4);
    CHECK(draw({-infinity, 3.0, -infinity}, 0.0) == 1);
    CHECK(draw({-infinity, 3.0, -infinity}, below_one) == 1);
    CHECK(draw({5.0}, 0.3) == 0);
}

TEST_CASE("probabilities are those of the row, in rows of any length") {
    for (const std::size_t classes : {1u, 2u, 255u, 256u, 257u, 1000u}) {
        std::vector<double> row(classes);
        std::vector<float> floats(classes);
        double sum = 0.0;
        for (std::size_t i = 0; i < classes; ++i) {
            row[i] = 700.0 + 3.0 * std::sin(1.7 * static_cast<double>(i));
            floats[i] = static_cast<float>(row[i]);
            sum += std::exp(row[i] - 700.0);
        }
        row_reader reader(classes);
        double begin = 0.0;
        for (std::size_t i = 0; i < classes; ++i) {
            const double p = std::exp(row[i] - 700.0) / sum;
            const auto found = reader.draw(row.data(), {}, {}, begin + 0.5 * p);
            CHECK(found.number == static_cast<int>(i));
            CHECK(std::abs(found.probability - p) < 1e-14);
            const auto of_floats = reader.draw(floats.data(), {}, {}, begin + 0.5 * p);
            CHECK(of_floats.number == static_cast<int>(i));
            CHECK(std::abs(of_floats.probability / p - 1) < 1e-4);  // 700 has few places left
            begin += p;
        }
    }
}

TEST_CASE("a class that cannot be is left out, and one that counts more counts more") {
    const std::vector<double> row(600, 0.0);
    row_reader reader(row.size());
    for (const int i : {0, 255, 256, 599}) {
        for (double u = 0.0; u < 1.0; u += 1.0 / 1024)
            CHECK(reader.draw(row.data(), {.excluded = i}, {}, u).number != i);
        const auto weighted = reader.draw(
            row.data(), {.weighted = i, .log_weight = std::log(600.0)}, {.temperature = 0}, 0.5);
        CHECK(weighted.number == i);
        CHECK(std::abs(weighted.probability - 600.0 / 1199) < 1e-14);
        int count = 0;
        for (int k = 0; k < 1199; ++k)
            count += reader
                         .draw(row.data(), {.weighted = i, .log_weight = std::log(600.0)}, {},
                               (k + 0.5) / 1199)
                         .number == i;
        CHECK(count == 600);
    }
    // All of it.
    CHECK(draw({1.0, -infinity}, 0.5, {}, {.excluded = 0}) == -1);
}

TEST_CASE("temperature divides, 0 is the likeliest and of equal ones the first") {
    CHECK(draw({1.0, 3.0, 3.0, 2.0}, 0.99, {.temperature = 0}) == 1);
    row_reader reader(2);
    const std::vector<double> row{0.0, 1.0};
    // Before top_k and top_p: the probabilities of 0 and ln 3 are 1/10 and 9/10.
    for (const draw_options& how :
         {draw_options{.temperature = 0.5, .top_k = 2}, {.temperature = 0.5, .top_p = 0.95}}) {
        CHECK(draw({0.0, std::log(3.0), -50.0}, 0.85, how) == 1);
        CHECK(draw({0.0, std::log(3.0), -50.0}, 0.95, how) == 0);
    }
    // As good as 0, and no sum that leaves the range, however large the logits.
    for (const draw_options& how :
         {draw_options{.temperature = 1e-30}, draw_options{.temperature = 1e-30, .top_k = 3}})
        CHECK(draw({1e300, 2e300, 3e300, -1e300}, 0.99, how) == 2);
    for (const double temperature : {0.5, 2.0})
        CHECK(std::abs(reader.draw(row.data(), {}, {.temperature = temperature}, 0.0).probability -
                       1.0 / (1.0 + std::exp(1.0 / temperature))) < 1e-14);
}

TEST_CASE("the likeliest classes alone, by their number or by their sum") {
    const std::vector<double> row{std::log(0.1), std::log(0.4), std::log(0.2), std::log(0.3)};
    const auto kept = [&](const draw_options& how) {
        std::vector<int> classes(4);
        for (int i = 0; i < 1000; ++i)
            ++classes[static_cast<std::size_t>(draw(row, (i + 0.5) / 1000, how))];
        return classes;
    };
    CHECK(kept({.top_k = 2}) == std::vector<int>{0, 571, 0, 429});
    CHECK(kept({.top_k = 9}) == std::vector<int>{100, 400, 200, 300});
    CHECK(kept({.top_p = 0.3}) == std::vector<int>{0, 1000, 0, 0});
    // The class that makes the sum p or more is kept.
    CHECK(kept({.top_p = 0.5}) == std::vector<int>{0, 571, 0, 429});
    CHECK(kept({.top_p = 0.75}) == std::vector<int>{0, 444, 222, 333 + 1});
    // Of the two largest 0.4 is more than a half.
    CHECK(kept({.top_k = 2, .top_p = 0.5}) == std::vector<int>{0, 1000, 0, 0});
    // Probabilities are those of the whole row.
    row_reader reader(4);
    CHECK(std::abs(reader.draw(row.data(), {}, {.top_k = 2}, 0.9).probability - 0.3) < 1e-14);
}

TEST_CASE("what is no distribution is told apart") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const draw_options& how : {draw_options{}, {.temperature = 0}, {.top_k = 2}}) {
        CHECK(draw({0.0, nan, 1.0}, 0.5, how) == -1);
        CHECK(draw({nan, 1.0}, 0.5, how) == -1);
        CHECK(draw({0.0, infinity}, 0.5, how) == -1);
        CHECK(draw({-infinity, -infinity}, 0.5, how) == -1);
    }
    CHECK_THROWS_WITH(draw_options{.temperature = -1}.check(), ContainsSubstring("temperature"));
    CHECK_THROWS_WITH(draw_options{.temperature = 1e-300}.check(),
                      ContainsSubstring("no less than 1e-30"));
    CHECK_THROWS_WITH(draw_options{.temperature = nan}.check(), ContainsSubstring("temperature"));
    CHECK_THROWS_WITH(draw_options{.top_k = -1}.check(), ContainsSubstring("top_k"));
    CHECK_THROWS_WITH(draw_options{.top_p = 0}.check(), ContainsSubstring("top_p"));
}

TEST_CASE("rare classes are drawn as often as they should be") {
    // A weight of 2^-40 is beyond Gumbel noise of 24 bits. Half of the numbers below it draw it.
    const std::vector<float> row{0.0f, -40.0f * static_cast<float>(std::log(2.0))};
    row_reader reader(2);
    const double p = 1.0 / (1.0 + 0x1p40);
    CHECK(reader.draw(row.data(), {}, {}, 1.0 - 0.999 * p).number == 1);
    CHECK(reader.draw(row.data(), {}, {}, 1.0 - 1.001 * p).number == 0);
    // Zipf's law over 50,257 classes: the rarer half has 6 % of the weight, and gets it.
    const std::size_t classes = 50257;
    std::vector<float> zipf(classes);
    double all = 0.0, rare = 0.0;
    for (std::size_t i = 0; i < classes; ++i) {
        const double weight = 1.0 / static_cast<double>(i + 1);
        zipf[i] = static_cast<float>(std::log(weight));
        all += weight;
        if (i >= classes / 2) rare += weight;
    }
    row_reader large(classes);
    const int draws = 4000;
    int count = 0;
    const philox source{.seed = 1};
    for (int i = 0; i < draws; ++i)
        count += large
                     .draw(zipf.data(), {}, {},
                           noise::uniforms_at(source, {0, 0, static_cast<std::uint64_t>(i)})[0])
                     .number >= static_cast<int>(classes / 2);
    const double expected = rare / all;
    CHECK(std::abs(count - draws * expected) < 4 * std::sqrt(draws * expected));
}

TEST_CASE("a reader takes its memory once") {
    std::vector<double> row(1000, 0.0);
    row_reader reader(row.size());
    const auto all = [&] {
        for (const draw_options& how : {draw_options{}, {.temperature = 0}, {.top_p = 0.9}})
            (void)reader.draw(row.data(), {.excluded = 3}, how, 0.5);
    };
    all();
    const std::size_t before = fokker_test::allocations();
    all();
    CHECK(fokker_test::allocations() == before);
}
