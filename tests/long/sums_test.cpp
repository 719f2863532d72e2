// The fast sums are those of the definitions.
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "catch.hpp"
#include "long/defects.hpp"
#include "long/normality.hpp"

using namespace fokker_test;

namespace {

constexpr std::size_t block = normality<double>::block, blocks = 3;

struct known_stream {
    std::vector<double> z;
    verdicts all;

    known_stream() {
        normality<double> checks;
        for (std::size_t i = 0; i < blocks; ++i)
            checks.draw([&, source = sound{std::mt19937_64(i)}](double* out) mutable {
                source(out);
                z.insert(z.end(), out, out + tile_size);
            });
        all = checks.judge_all(9);
    }

    double statistic(const std::string& group, const std::string& name) const {
        for (const verdict& each : all)
            if (each.group == group && each.name == name) return each.statistic;
        FAIL("there is no " << group << ", " << name);
        return 0;
    }
};

/// Chi-square of the pairs within a block whose first number lies in an even or an odd run.
double chi_square(const std::vector<double>& z, std::size_t lag, std::size_t odd) {
    std::vector<double> counts(64 * 64);
    double pairs = 0;
    for (std::size_t b = 0; b < blocks; ++b)
        for (std::size_t i = 0; i + lag < block; ++i) {
            if (i / lag % 2 != odd) continue;
            const double x = z[b * block + i], y = z[b * block + i + lag];
            const double turn = std::atan2(y, x) / (2 * std::numbers::pi) + 0.5;
            const double ring = std::exp(-(x * x + y * y) / 2);
            ++counts[64 * static_cast<std::size_t>(64 * ring) +
                     static_cast<std::size_t>(64 * turn) % 64];
            ++pairs;
        }
    double sum = 0;
    for (double seen : counts) sum += (seen - pairs / 4096) * (seen - pairs / 4096);
    return sum / (pairs / 4096);
}

}  // namespace

TEST_CASE("correlations") {
    const known_stream known;
    const auto& z = known.z;
    for (std::size_t lag : all_lags) {
        double sum = 0, squares = 0;
        for (std::size_t i = lag; i < z.size(); ++i) {
            sum += z[i] * z[i - lag];
            squares += (z[i] * z[i] - 1) * (z[i - lag] * z[i - lag] - 1);
        }
        const double pairs = static_cast<double>(z.size() - lag);
        const std::string name = "lag " + std::to_string(lag);
        CHECK(std::abs(known.statistic("correlation of z", name) - sum / pairs) < 1e-13);
        CHECK(std::abs(known.statistic("correlation of z^2", name) - squares / pairs / 2) < 1e-13);
    }
}

TEST_CASE("pairs") {
    const known_stream known;
    for (std::size_t lag : pairs::lags)
        for (std::size_t odd : {0u, 1u})
            CHECK(known.statistic("pairs",
                                  "lag " + std::to_string(lag) + (odd == 1 ? ", odd" : ", even")) ==
                  Catch::Approx(chi_square(known.z, lag, odd)).epsilon(1e-9));
}

TEST_CASE("tails and moments") {
    const known_stream known;
    double right = 0, left = 0, fourth = 0;
    for (double z : known.z) {
        right += z >= 3;
        left += z < -3;
        fourth += z * z * z * z;
    }
    CHECK(known.statistic("tails", "count above +3.0 sigma") == right);
    CHECK(known.statistic("tails", "count below -3.0 sigma") == left);
    CHECK(known.statistic("moments", "moment 4") ==
          Catch::Approx(fourth / static_cast<double>(known.z.size())));
}

TEST_CASE("streams that were checked apart add up") {
    normality<float> first, second, both;
    sound source, again;
    first.draw(source);
    second.draw(source);
    both.draw(again);
    both.draw(again);
    first += second;
    CHECK(first.draws() == both.draws());
    const verdicts sum = first.judge_all(9), whole = both.judge_all(9);
    for (std::size_t i = 0; i < sum.size(); ++i) {
        if (sum[i].group.starts_with("correlation")) continue;  // across the cut there is none
        INFO(sum[i].group << ", " << sum[i].name);
        CHECK(sum[i].statistic == Catch::Approx(whole[i].statistic));
    }
}
