#include <fokker/forward/decoder.hpp>

#include <cmath>

#include "catch.hpp"
#include "support/golden.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

TEST_CASE("the decoder is exact however unlikely the data, and compat as published") {
    int far = 0;
    const golden_case all = golden("forward", "decoder");
    for (const auto& row : all.at("rows")) {
        const auto r = golden_numbers(row);
        const int levels = static_cast<int>(r[0]);
        const double exact =
            detail::decoder(levels, r[3], decoder_cdf::exact).log_probability(r[1], r[2]);
        const double compat =
            detail::decoder(levels, r[3], decoder_cdf::compat).log_probability(r[1], r[2]);
        INFO("levels " << levels << " x " << r[1] << " mean " << r[2] << " std " << r[3]);
        // Relative to the number, or to the probability near 1.
        CHECK(std::abs(exact - r[4]) < 1e-12 * std::max(1.0, std::abs(r[4])));
        // A difference of doubles near 1: what is lost is lost in the original, too.
        CHECK(std::abs(std::exp(compat) - std::exp(r[5])) < 1e-15);
        CHECK(compat >= std::log(1e-12));
        far += r[4] < -700;
    }
    CHECK(far > 10);
}

TEST_CASE("the levels share all of the probability") {
    for (const int levels : {2, 3, 256})
        for (const double mean : {-3.0, -0.999, 0.2, 1.0})
            for (const double std : {1e-4, 0.01, 0.5, 30.0})
                for (const auto cdf : {decoder_cdf::exact, decoder_cdf::compat}) {
                    const detail::decoder decoder(levels, std, cdf);
                    double sum = 0;
                    for (int i = 0; i < levels; ++i)
                        sum += std::exp(decoder.log_probability(2.0 * i / (levels - 1) - 1, mean));
                    CHECK(sum == Approx(1.0).epsilon(cdf == decoder_cdf::exact ? 1e-12 : 1e-9));
                }
}

TEST_CASE("log probabilities of the normal distribution meet where their formulas do") {
    const double below = std::nextafter(detail::far_tail, -100.0);
    // Both sides of the border, a step of 2^-48 apart: the slope is 30.
    CHECK(std::abs(detail::log_normal_tail(below) -
                   detail::log_normal_tail(std::nextafter(detail::far_tail, 0.0))) < 5e-13);
    CHECK(relative_error(detail::log_normal_tail(below), detail::log_normal_tail(-30 + 1e-9)) <
          1e-9);
    CHECK(detail::log_normal_cdf(0) == Approx(-std::log(2)).epsilon(1e-15));
    CHECK(detail::log_normal_interval(-1, 1) ==
          Approx(std::log(std::erf(1 / std::sqrt(2)))).epsilon(1e-15));
    CHECK(detail::log_normal_interval(2, 3) == detail::log_normal_interval(-3, -2));
    CHECK(detail::log_normal_interval(-1e6, 1e6) == 0.0);
    CHECK(detail::log_normal_interval(1e6, 1e6 + 1) == Approx(-5e11).epsilon(1e-10));
    // Across the border of the two formulas: one end in each.
    CHECK(detail::log_normal_interval(-30.1, -29.9) < detail::log_normal_tail(-29.9));
    CHECK(detail::normal_divergence(0, 2, 2) == 0.0);
    CHECK(detail::normal_divergence(3, 2, 2) == Approx(0.75));
    CHECK(detail::normal_divergence(0, 1, 2) == Approx(0.5 * (std::log(2) - 0.5)));
    // (ln(w / v) + (v + square) / w - 1) / 2
    CHECK(detail::normal_divergence(3, 2, 4) == Approx(0.5 * (std::log(2) + 5.0 / 4 - 1)));
}
