#include <fokker/path/grids/inverse_beta.hpp>

#include <cmath>
#include <fokker/error.hpp>

#include "catch.hpp"
#include "support/golden.hpp"

using Catch::Matchers::ContainsSubstring;
using fokker::detail::incomplete_beta, fokker::detail::inverse_incomplete_beta;

TEST_CASE("the quantiles are scipy's") {
    int seen = 0;
    for (const auto& entry : fokker_test::golden_cases("grids")) {
        if (entry.at("recipe") != "quantiles") continue;
        INFO(entry.at("name").get<std::string>());
        const auto p = fokker_test::golden_numbers(entry.at("p"));
        const auto x = fokker_test::golden_numbers(entry.at("x"));
        for (std::size_t i = 0; i < p.size(); ++i) {
            INFO(p[i]);
            ++seen;
            const double found = inverse_incomplete_beta(p[i], entry.at("alpha"), entry.at("beta"));
            CHECK(fokker_test::relative_error(found, x[i]) < 1e-12);
        }
    }
    CHECK(seen == 70);
}

TEST_CASE("the quantile is the inverse of the probability, and symmetric") {
    for (const double p : {1e-8, 0.05, 0.4, 0.6, 0.97})
        for (const double a : {0.2, 0.6, 1.0, 7.5})
            for (const double b : {0.6, 1.0, 12.0}) {
                INFO(p << " " << a << " " << b);
                const double x = inverse_incomplete_beta(p, a, b);
                CHECK(incomplete_beta(x, 1 - x, a, b) == Catch::Approx(p).epsilon(1e-12));
                CHECK(inverse_incomplete_beta(1 - p, b, a) == Catch::Approx(1 - x).epsilon(1e-8));
            }
    CHECK(inverse_incomplete_beta(0.0, 0.6, 0.6) == 0.0);
    CHECK(inverse_incomplete_beta(1.0, 0.6, 0.6) == 1.0);
    CHECK(inverse_incomplete_beta(0.5, 0.6, 0.6) == 0.5);
    CHECK(inverse_incomplete_beta(0.25, 1.0, 1.0) == Catch::Approx(0.25).epsilon(1e-15));
    CHECK(incomplete_beta(0.0, 1.0, 2.0, 2.0) == 0.0);
    CHECK(incomplete_beta(1.0, 0.0, 2.0, 2.0) == 1.0);
}

TEST_CASE("wrong parameters of the Beta distribution are named") {
    CHECK_THROWS_WITH(inverse_incomplete_beta(1.5, 1, 1), ContainsSubstring("p is 1.5"));
    CHECK_THROWS_WITH(inverse_incomplete_beta(std::nan(""), 1, 1), ContainsSubstring("p is"));
    CHECK_THROWS_WITH(inverse_incomplete_beta(0.5, 0, 1), ContainsSubstring("alpha of the Beta"));
    CHECK_THROWS_WITH(inverse_incomplete_beta(0.5, 1, 51), ContainsSubstring("beta of the Beta"));
}
