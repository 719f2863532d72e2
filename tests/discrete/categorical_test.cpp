#include <fokker/discrete/categorical.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
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

TEST_CASE("of many classes the law is the softmax, to the rounding of floats") {
    // Zipf's law over 50,257 classes, in an order that is not theirs.
    const std::size_t classes = 50257;
    std::vector<float> row(classes);
    std::vector<double> p(classes);
    double all = 0.0;
    for (std::size_t i = 0; i < classes; ++i) {
        row[i] = static_cast<float>(3.0 - std::log(1.0 + static_cast<double>(i * 7919 % classes)));
        all += p[i] = std::exp(static_cast<double>(row[i]));
    }
    for (double& each : p) each /= all;
    row_reader reader(classes);
    // Where a class begins and ends, which is all there is to know. Every 97th, and one of each
    // place in a part.
    double begin = 0.0, worst = 0.0;
    for (std::size_t i = 0; i < classes; ++i) {
        if (i % 97 == 0) {
            const auto found = reader.draw(row.data(), {}, {}, begin + 0.5 * p[i]);
            CHECK(found.number == static_cast<int>(i));
            worst = std::max(worst, std::abs(found.probability / p[i] - 1));
            CHECK(reader.draw(row.data(), {}, {}, begin + 3e-7).number >= static_cast<int>(i));
            if (begin > 3e-7)
                CHECK(reader.draw(row.data(), {}, {}, begin - 3e-7).number < static_cast<int>(i));
        }
        begin += p[i];
    }
    CAPTURE(worst);
    CHECK(worst < 1e-7);
    // And a sample, in 100 bins of classes.
    const int draws = 20000;
    std::vector<double> wanted(100), seen(100);
    const philox source{.seed = 5};
    for (std::size_t i = 0; i < classes; ++i) wanted[i / 503] += p[i] * draws;
    for (int i = 0; i < draws; ++i) {
        const double u = noise::uniforms_at(source, {0, 0, static_cast<std::uint64_t>(i)})[0];
        ++seen[static_cast<std::size_t>(reader.draw(row.data(), {}, {}, u).number) / 503];
    }
    double chi_square = 0.0;
    for (std::size_t k = 0; k < 100; ++k)
        chi_square += (seen[k] - wanted[k]) * (seen[k] - wanted[k]) / wanted[k];
    CHECK(chi_square < 148.2);  // 0.001 of 99 degrees of freedom
}

TEST_CASE("the likeliest of many classes are those of the sorted row") {
    const auto check = [](const auto& row, const draw_options& how, const row_changes& changes) {
        // As they are told: sorted, cut off, and summed.
        std::vector<std::pair<double, int>> sorted;
        for (std::size_t i = 0; i < row.size(); ++i) {
            double l = static_cast<double>(row[i]);
            if (static_cast<int>(i) == changes.weighted) l += changes.log_weight;
            if (static_cast<int>(i) != changes.excluded)
                sorted.push_back({std::exp(l / how.temperature), static_cast<int>(i)});
        }
        std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
            return a.first > b.first || (a.first == b.first && a.second < b.second);
        });
        double whole = 0.0, of_kept = 0.0, sum = 0.0;
        for (const auto& each : sorted) whole += each.first;
        if (how.top_k > 0)
            sorted.resize(std::min(sorted.size(), static_cast<std::size_t>(how.top_k)));
        for (const auto& each : sorted) of_kept += each.first;
        std::size_t kept = 0;
        while (kept < sorted.size() && sum < how.top_p * of_kept) sum += sorted[kept++].first;
        if (how.top_p == 1) kept = sorted.size();
        sorted.resize(kept);
        of_kept = how.top_p == 1 ? of_kept : sum;
        row_reader reader(row.size());
        double before = 0.0;
        for (const auto& [weight, number] : sorted) {
            if (number % 11 == 0 || kept < 100) {
                const auto found =
                    reader.draw(row.data(), changes, how, (before + 0.5 * weight) / of_kept);
                CHECK(found.number == number);
                CHECK(std::abs(found.probability / (weight / whole) - 1) < 3e-7);
            }
            before += weight;
        }
        CHECK(reader.draw(row.data(), changes, how, below_one).number == sorted.back().second);
    };
    for (const std::size_t classes : {70u, 3000u}) {
        std::vector<float> floats(classes);
        for (std::size_t i = 0; i < classes; ++i)
            floats[i] = 6.0f * static_cast<float>(std::sin(1.3 * static_cast<double>(i * i)));
        floats[classes / 2] = floats[classes / 3];  // two that are equal
        const std::vector<double> doubles(floats.begin(), floats.end());
        const int largest =
            static_cast<int>(std::max_element(floats.begin(), floats.end()) - floats.begin());
        for (const draw_options& how : {draw_options{.top_k = 1},
                                        {.top_k = 40},
                                        {.temperature = 1.7, .top_k = 200},
                                        {.top_p = 0.1},
                                        {.top_p = 0.9},
                                        {.temperature = 0.6, .top_p = 0.999},
                                        {.top_k = 60, .top_p = 0.7}})
            for (const row_changes& changes :
                 {row_changes{},
                  {.excluded = largest},
                  {.weighted = 65, .log_weight = 9.0},
                  {.excluded = largest, .weighted = 66, .log_weight = 1.0}}) {
                CAPTURE(classes, how.temperature, how.top_k, how.top_p, changes.excluded,
                        changes.weighted);
                check(floats, how, changes);
                check(doubles, how, changes);
            }
    }
}

TEST_CASE("of many classes the likeliest is the first of the largest") {
    std::vector<float> row(5000);
    for (std::size_t i = 0; i < row.size(); ++i)
        row[i] = static_cast<float>(std::sin(1.7 * static_cast<double>(i)));
    row_reader reader(row.size());
    double sum = 0.0;
    row[2100] = row[2222] = row[4444] = 2.0f;
    for (const float each : row) sum += std::exp(static_cast<double>(each) - 2.0);
    const auto found = reader.draw(row.data(), {}, {.temperature = 0}, 0.9);
    CHECK(found.number == 2100);
    CHECK(std::abs(found.probability * sum - 1) < 2e-7);
    CHECK(reader.draw(row.data(), {.excluded = 2100}, {.temperature = 0}, 0.1).number == 2222);
    CHECK(reader
              .draw(row.data(), {.excluded = 2100, .weighted = 4000, .log_weight = 30.0},
                    {.temperature = 0}, 0.1)
              .number == 4000);
}

TEST_CASE("entropy and margin are those of the row, in rows of any length") {
    for (const std::size_t classes : {2u, 5u, 1000u, 1024u, 1025u, 5000u})
        for (const double temperature : {1.0, 0.3}) {
            std::vector<float> floats(classes);
            for (std::size_t i = 0; i < classes; ++i)
                floats[i] = 9.0f * static_cast<float>(std::sin(1.7 * static_cast<double>(i)));
            floats[classes / 2] = -std::numeric_limits<float>::infinity();
            const std::vector<double> doubles(floats.begin(), floats.end());
            const row_changes changes{
                .excluded = 0, .weighted = static_cast<int>(classes) - 1, .log_weight = 2.0};
            for (const row_changes& c : {row_changes{}, changes}) {
                if (classes == 2 && c.excluded == 0) continue;
                std::vector<double> weights;
                for (std::size_t i = 0; i < classes; ++i)
                    if (static_cast<int>(i) != c.excluded)
                        weights.push_back(std::exp(
                            (doubles[i] + (static_cast<int>(i) == c.weighted ? 2.0 : 0.0)) /
                            temperature));
                std::sort(weights.rbegin(), weights.rend());
                double sum = 0.0, entropy = 0.0;
                for (const double each : weights) sum += each;
                for (const double each : weights)
                    if (each > 0) entropy -= each / sum * std::log(each / sum);
                row_reader reader(classes);
                const auto in_double = reader.summary_of(doubles.data(), c, temperature),
                           in_float = reader.summary_of(floats.data(), c, temperature);
                const double margin = (weights[0] - weights[1]) / sum;
                CHECK(std::abs(in_double.entropy - entropy) < 1e-13);
                CHECK(std::abs(in_double.margin - margin) < 1e-14);
                CHECK(std::abs(in_float.entropy - entropy) < 3e-6);
                CHECK(std::abs(in_float.margin - margin) < 3e-7);
            }
        }
}

TEST_CASE("a reader takes its memory once") {
    std::vector<double> row(3000, 0.0);
    row_reader reader(row.size());
    const auto all = [&] {
        for (const draw_options& how :
             {draw_options{}, {.temperature = 0}, {.top_p = 0.9}, {.top_k = 7}})
            (void)reader.draw(row.data(), {.excluded = 3}, how, 0.5);
    };
    all();
    const std::size_t before = fokker_test::allocations();
    all();
    CHECK(fokker_test::allocations() == before);
}
