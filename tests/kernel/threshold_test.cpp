#include <fokker/kernel/threshold.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "support/golden.hpp"
#include "support/sorted_quantile.hpp"

using namespace fokker::kernel;
using fokker_test::sorted_quantile;

namespace {

template <class T>
void check_golden(const fokker_test::golden_case& entry, double tolerance) {
    INFO(entry.at("name"));
    for (std::size_t n = 0; n < 2; ++n) {
        const auto data = fokker_test::golden_numbers(entry.at("data")[n]);
        const auto wanted = fokker_test::golden_numbers(entry.at("thresholded")[n]);
        std::vector<T> D(data.begin(), data.end()), state(D.size(), T(0)), scratch(D.size());
        run_threshold<T>({state.data(),
                          D.data(),
                          D.data(),
                          0.0,
                          1.0,
                          entry.at("quantile"),
                          entry.at("max"),
                          {1, D.size()},
                          scratch.data()});
        for (std::size_t i = 0; i < D.size(); ++i)
            CHECK(std::abs(double(D[i]) - wanted[i]) <= tolerance);
    }
}

}  // namespace

TEST_CASE("thresholding is that of diffusers, its largest threshold included") {
    int seen = 0;
    for (const auto& entry : fokker_test::golden_cases("predictions")) {
        if (entry.at("original") != "threshold") continue;
        ++seen;
        // Results lie in [-1, 1]; four units in the last place of 1.
        if (entry.at("precision") == "double")
            check_golden<double>(entry, 1e-12);
        else
            check_golden<float>(entry, 4 * std::numeric_limits<float>::epsilon() / 2);
    }
    CHECK(seen == 30);
}

TEST_CASE("the quantile is that of sorted magnitudes, linear in between") {
    for (int size : {1, 2, 3, 17, 400}) {
        const Eigen::ArrayXd x = Eigen::ArrayXd::Random(size);
        Eigen::ArrayXd scratch(size);
        const std::vector<double> values(x.begin(), x.end());
        for (double q : {0.0, 0.3, 0.5, 0.995, 1.0})
            CHECK(magnitude_quantile(x.data(), values.size(), q, scratch.data()) ==
                  Catch::Approx(sorted_quantile(values, q)).epsilon(1e-15));
    }
}

TEST_CASE("where the threshold would be infinite it is the largest number") {
    const auto check = [](auto infinity) {
        using T = decltype(infinity);
        // The quantile is infinite: one element's, between a finite and an infinite one, and
        // between two infinite ones.
        for (const double quantile : {0.5, 0.4, 0.9}) {
            std::vector<T> D{infinity, -infinity, infinity, T(2), T(-3)}, state(5, T(0)), few(5);
            run_threshold<T>({state.data(),
                              D.data(),
                              D.data(),
                              0.0,
                              1.0,
                              quantile,
                              std::numeric_limits<double>::max(),
                              {1, 5},
                              few.data()});
            for (std::size_t i = 0; i < 3; ++i) {
                const double wanted = i == 1 ? -1 : 1;
                CHECK(double(D[i]) == Catch::Approx(wanted).epsilon(1e-6));
            }
            CHECK(std::abs(double(D[3])) < 1e-30);
            CHECK(std::abs(double(D[4])) < 1e-30);
        }
    };
    check(std::numeric_limits<double>::infinity());
    check(std::numeric_limits<float>::infinity());
}

TEST_CASE("not-a-number stands above all in the order of magnitudes") {
    const auto key = [](double x) { return detail::magnitude_key(x); };
    CHECK(key(-3.0) == key(3.0));
    CHECK(key(-0.0) == key(0.0));
    CHECK(key(-3.0) < key(3.5));
    CHECK(key(1e300) < key(std::numeric_limits<double>::infinity()));
    CHECK(key(-std::numeric_limits<double>::infinity()) <
          key(std::numeric_limits<double>::quiet_NaN()));
    CHECK(detail::magnitude_key(Eigen::half(-2.0f)) < detail::magnitude_key(Eigen::half(3.0f)));
}

TEST_CASE("each sample has a threshold of its own, of the prediction and not of the output") {
    const std::vector<double> state{1, 2, 3, 4, 10, 20, 30, 40}, raw{1, 1, 1, 1, 2, 2, 2, 2};
    std::vector<double> D(8), few(4);
    run_threshold<double>(
        {state.data(), raw.data(), D.data(), 2.0, -1.0, 1.0, 1e9, {2, 4}, few.data()});
    const double first[] = {1, 3, 5, 7}, second[] = {18, 38, 58, 78};
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(D[i] == Catch::Approx(first[i] / 7).epsilon(1e-15));
        CHECK(D[4 + i] == Catch::Approx(second[i] / 78).epsilon(1e-15));
    }
}
