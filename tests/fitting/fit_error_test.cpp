#include <fokker/fitting/fit_error.hpp>

#include <cmath>
#include <cstdint>

#include "catch.hpp"

using fokker::fit_error;
using fokker::detail::fit_error_sums;
using fokker::detail::is_held_out;

TEST_CASE("One sample in each four is held out, of whatever conditions that take turns") {
    for (std::uint64_t first = 0; first < 400; first += 4) {
        int held = 0;
        for (std::uint64_t i = first; i < first + 4; ++i) held += is_held_out(i);
        CHECK(held == 1);
    }
    for (const std::uint64_t conditions : {2U, 4U, 8U, 10U, 12U, 16U})
        for (std::uint64_t which = 0; which < conditions; ++which) {
            int held = 0;
            for (std::uint64_t i = 0; i < 100; ++i) held += is_held_out(i * conditions + which);
            CAPTURE(conditions, which);
            CHECK(held >= 20);
            CHECK(held <= 30);
        }
}

TEST_CASE("The error of a fit is a root mean square, and has a standard error") {
    fit_error_sums sums;
    for (const double mean_square : {1.0, 2.0, 6.0}) sums.add(true, mean_square);
    for (const double mean_square : {4.0, 14.0}) sums.add(false, mean_square);
    const fit_error error = sums.error();
    CHECK(std::abs(error.held_out - std::sqrt(3.0)) < 1e-15);
    CHECK(error.fitted == 3.0);
    // The variance of 1, 2 and 6 is 7; that of their mean 7/3; and d sqrt(m) = dm / (2 sqrt(m)).
    CHECK(std::abs(error.standard_error - std::sqrt(7.0 / 3) / (2 * std::sqrt(3.0))) < 1e-15);
}

TEST_CASE("The error of samples without one is zero") {
    fit_error_sums sums;
    for (const bool held_out : {true, true, false}) sums.add(held_out, 0.0);
    CHECK(sums.error().held_out == 0.0);
    CHECK(sums.error().standard_error == 0.0);
    CHECK(sums.error().fitted == 0.0);
}
