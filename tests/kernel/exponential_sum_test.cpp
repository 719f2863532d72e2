#include <fokker/kernel/exponential_sum.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <fokker/finite.hpp>

#include "catch.hpp"

using fokker::kernel::sum_exponentials;

TEST_CASE("exponentials are summed to the rounding of floats, in rows of any length") {
    for (std::size_t count = 1; count <= 70; ++count)
        for (const double scale : {1.0, 0.25, 3.0}) {
            std::vector<float> row(count);
            for (std::size_t i = 0; i < count; ++i)
                row[i] = 5.0f * static_cast<float>(std::sin(1.3 * static_cast<double>(i * count)));
            const double largest = static_cast<double>(*std::max_element(row.begin(), row.end()));
            double wanted = 0.0;
            for (const float each : row)
                wanted += std::exp((static_cast<double>(each) - largest) * scale);
            const auto found = sum_exponentials(row.data(), count, scale);
            CHECK(found.largest == largest);
            CHECK(std::abs(found.sum / wanted - 1) <
                  2e-6);  // differences to the largest are floats
            const std::vector<double> in_double(row.begin(), row.end());
            CHECK(std::abs(sum_exponentials(in_double.data(), count, scale).sum / wanted - 1) <
                  1e-12);
        }
}

TEST_CASE("one exponential is right to 1e-7 wherever a float can hold it") {
    for (float x = 0.0f; x > -87.0f; x -= 0.0371f) {
        const float row[] = {0.0f, x};
        const double wanted = std::exp(static_cast<double>(x));
        // What the sum of a float cannot show is left out.
        if (wanted > 1e-3) CHECK(std::abs(sum_exponentials(row, 2, 1.0).sum - 1 - wanted) < 2.5e-7);
    }
    const float far[] = {0.0f, -88.0f, -1000.0f, -3e38f};
    CHECK(sum_exponentials(far, 4, 1.0).sum == 1.0);
}

TEST_CASE("what is no number shows, at every place") {
    const float infinity = std::numeric_limits<float>::infinity();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (std::size_t at = 0; at < 37; ++at) {
        std::vector<float> row(37, 1.0f);
        row[at] = -infinity;
        CHECK(sum_exponentials(row.data(), 37, 1.0).sum == 36.0);
        row[at] = nan;
        CHECK(fokker::detail::is_nan(sum_exponentials(row.data(), 37, 1.0).largest));
        row[at] = infinity;
        CHECK_FALSE(fokker::detail::is_finite(sum_exponentials(row.data(), 37, 1.0).largest));
    }
    const std::vector<float> none(37, -infinity);
    CHECK_FALSE(fokker::detail::is_finite(sum_exponentials(none.data(), 37, 1.0).largest));
    CHECK(sum_exponentials(none.data(), 37, 1.0).sum == 0.0);
    const double of_double[] = {0.0, std::numeric_limits<double>::quiet_NaN()};
    CHECK(fokker::detail::is_nan(sum_exponentials(of_double, 2, 1.0).largest));
}
