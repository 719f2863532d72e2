#include "long/laws.hpp"

#include <cmath>

#include "catch.hpp"

using namespace fokker_test;

namespace {

/// What is accepted at a level is what has that p-value at least.
template <class Law>
void check_edges(const Law& law, double level, double step) {
    const range accepted = law.accepted(level);
    CHECK(law.p_value(accepted.low + step) >= level);
    CHECK(law.p_value(accepted.high - step) >= level);
    CHECK(law.p_value(accepted.low - step) < level);
    CHECK(law.p_value(accepted.high + step) < level);
}

}  // namespace

TEST_CASE("p-values of tables") {
    CHECK(normal_tail(6) == Catch::Approx(9.865876450377e-10));
    CHECK(normal_law{1, 2}.p_value(1 + 2 * 1.959963984540054) == Catch::Approx(0.05));
    CHECK(chi_square_law{10}.p_value(18.30703805327515) == Catch::Approx(0.1));
    CHECK(chi_square_law{10}.p_value(3.940299136118919) == Catch::Approx(0.1));
    // Of 10 throws of a coin at most 1 is heads: 11 / 1024.
    CHECK(binomial_law{10, 0.5}.p_value(1) == Catch::Approx(22.0 / 1024));
    CHECK(binomial_law{10, 0.5}.p_value(9) == Catch::Approx(22.0 / 1024));
    CHECK(binomial_law{10, 0.5}.p_value(5) == 1.0);
    // So many trials that it is Poisson's law: P(0) = exp(-28.67).
    const double five = normal_tail(5);
    CHECK(binomial_law{1e8, five}.p_value(0) ==
          Catch::Approx(2 * std::exp(-1e8 * five)).epsilon(1e-4));
    CHECK(distance_law{100}.p_value(0.2) == Catch::Approx(2 * std::exp(-8.0)));
    CHECK(largest_law{1, 9}.p_value(1.959963984540054) == Catch::Approx(0.1));
    CHECK(largest_law{1e9, 6.66}.p_value(6.67) == 0.0);
    CHECK(never_law{}.p_value(1) == 0.0);
    CHECK(never_law{}.p_value(0) == 1.0);
}

TEST_CASE("the accepted range ends where the p-value does") {
    for (double level : {0.05, 1e-9}) {
        check_edges(normal_law{3, 2}, level, 1e-6);
        check_edges(chi_square_law{4095}, level, 1e-4);
        check_edges(largest_law{1e6, 9}, level, 1e-6);
        CHECK(distance_law{1e6}.p_value(distance_law{1e6}.accepted(level).high) ==
              Catch::Approx(level));
        for (const binomial_law law :
             {binomial_law{1e9, normal_tail(3)}, binomial_law{1e9, normal_tail(5.5)},
              binomial_law{50, 0.3}}) {
            const range accepted = law.accepted(level);
            CHECK(law.p_value(accepted.low) >= level);
            CHECK(law.p_value(accepted.high) >= level);
            if (accepted.low > 0) CHECK(law.p_value(accepted.low - 1) < level);
            if (accepted.high < law.trials) CHECK(law.p_value(accepted.high + 1) < level);
        }
    }
}
