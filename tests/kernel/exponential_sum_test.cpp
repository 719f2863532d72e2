#include <fokker/kernel/exponential_sum.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <fokker/finite.hpp>

#include "catch.hpp"

using fokker::kernel::exponential_sum;
using fokker::kernel::sum_exponentials;

namespace {

template <class T>
std::vector<T> row_of(std::size_t count) {
    std::vector<T> row(count);
    for (std::size_t i = 0; i < count; ++i)
        row[i] = static_cast<T>(static_cast<int>(i * i * 7919 % 4001) - 2000) / 128;
    return row;
}

}  // namespace

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
            CHECK(found.reference == largest);
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
        CHECK(fokker::detail::is_nan(sum_exponentials(row.data(), 37, 1.0).reference));
        row[at] = infinity;
        CHECK_FALSE(fokker::detail::is_finite(sum_exponentials(row.data(), 37, 1.0).reference));
    }
    const std::vector<float> none(37, -infinity);
    CHECK_FALSE(fokker::detail::is_finite(sum_exponentials(none.data(), 37, 1.0).reference));
    CHECK(sum_exponentials(none.data(), 37, 1.0).sum == 0.0);
    const double of_double[] = {0.0, std::numeric_limits<double>::quiet_NaN()};
    CHECK(fokker::detail::is_nan(sum_exponentials(of_double, 2, 1.0).reference));
}

TEST_CASE("a sum has the same bits on all machines, and whatever is read next") {
    const auto floats = row_of<float>(1000);
    const auto doubles = row_of<double>(1000);
    CHECK(sum_exponentials(floats.data(), 777, 1.0).sum == 0x1.fc2d1cp+4);
    CHECK(sum_exponentials(floats.data(), 777, 0.3).sum == 0x1.575604p+6);
    CHECK(sum_exponentials(doubles.data(), 777, 0.3).sum == 0x1.57560625b3598p+6);
    CHECK(sum_exponentials(floats.data(), 777, 0.3, 223).sum ==
          sum_exponentials(floats.data(), 777, 0.3).sum);
}

TEST_CASE("a row that is read once has the same sum, and the reference 0 where floats hold it") {
    const float infinity = std::numeric_limits<float>::infinity();
    for (const std::size_t count : {1u, 15u, 16u, 17u, 64u, 65u, 777u, 1000u})
        for (const float more : {0.0f, 30.0f, 60.0f, -40.0f, -100.0f, 200.0f, 3e4f}) {
            auto row = row_of<float>(count);
            for (float& each : row) each += more;
            const std::vector<double> in_double(row.begin(), row.end());
            const auto once = fokker::kernel::sum_exponentials_once(row.data(), count),
                       wanted = sum_exponentials(in_double.data(), count, 1.0);
            const double of_once = once.reference + std::log(once.sum),
                         of_wanted = wanted.reference + std::log(wanted.sum);
            CHECK(std::abs(of_once - of_wanted) < 2e-7 + 1e-15 * std::abs(of_wanted));
            if (more == 0.0f || more == 30.0f) CHECK(once.reference == 0.0);
            if (std::abs(more) >= 100.0f) CHECK(once.reference != 0.0);
        }
    // Near the least of all floats.
    std::vector<float> small(901, -90.0f);
    small[0] = -80.0f;
    const auto of_small = fokker::kernel::sum_exponentials_once(small.data(), 901);
    CHECK(std::abs(of_small.sum - 1.0 - 900 * std::exp(-10.0)) < 1e-6);
    CHECK(of_small.reference == -80.0);
    const auto row = row_of<float>(1000);
    CHECK(fokker::kernel::sum_exponentials_once(row.data(), 777).sum == 0x1.6f194p+27);
    CHECK(fokker::kernel::sum_exponentials_once(row.data(), 777, 223).sum == 0x1.6f194p+27);
    for (std::size_t at = 0; at < 37; ++at) {
        std::vector<float> ones(37, 0.0f);
        ones[at] = -infinity;
        CHECK(fokker::kernel::sum_exponentials_once(ones.data(), 37).sum == 36.0);
        ones[at] = -std::numeric_limits<float>::quiet_NaN();
        CHECK(fokker::detail::is_nan(
            fokker::kernel::sum_exponentials_once(ones.data(), 37).reference));
        ones[at] = infinity;
        CHECK(fokker::kernel::sum_exponentials_once(ones.data(), 37).reference == infinity);
    }
    const std::vector<float> none(37, -infinity);
    CHECK(fokker::kernel::sum_exponentials_once(none.data(), 37).reference == -infinity);
    CHECK(fokker::kernel::sum_exponentials_once(none.data(), 37).sum == 0.0);
}

TEST_CASE("sums of parts are that of the whole") {
    const double infinity = std::numeric_limits<double>::infinity();
    const auto row = row_of<double>(100);
    for (const double scale : {1.0, 0.25}) {
        const auto whole = sum_exponentials(row.data(), 100, scale);
        for (const std::size_t first : {1u, 30u, 99u}) {
            auto parts = sum_exponentials(row.data(), first, scale);
            parts.add(sum_exponentials(row.data() + first, 100 - first, scale), scale);
            CHECK(parts.reference == whole.reference);
            CHECK(std::abs(parts.sum / whole.sum - 1) < 1e-14);
        }
    }
    exponential_sum sum;
    sum.add({-infinity, 0.0}, 1.0);
    CHECK(sum.reference == -infinity);
    CHECK(sum.sum == 0.0);
    sum.add({2.0, 3.0}, 1.0);
    sum.add({-infinity, 0.0}, 1.0);
    CHECK(sum.reference == 2.0);
    CHECK(sum.sum == 3.0);
    auto infinite = sum;
    infinite.add({infinity, 0.0}, 1.0);
    infinite.add({2.0, 3.0}, 1.0);
    CHECK(infinite.reference == infinity);
    sum.add({std::numeric_limits<double>::quiet_NaN(), 0.0}, 1.0);
    sum.add({2.0, 3.0}, 1.0);
    CHECK(fokker::detail::is_nan(sum.reference));
}

TEST_CASE("what else is known of a row: the second largest, and the mean of the exponent") {
    const auto check = [](auto row, double tolerance) {
        for (const std::size_t count : {1u, 2u, 15u, 16u, 17u, 100u, 777u})
            for (const double scale : {1.0, 0.3}) {
                auto sorted = row;
                sorted.resize(count);
                std::sort(sorted.rbegin(), sorted.rend());
                double sum = 0.0, mean = 0.0;
                for (const auto each : sorted) {
                    const double away =
                        (static_cast<double>(each) - static_cast<double>(sorted[0])) * scale;
                    sum += std::exp(away);
                    mean += std::exp(away) * away;
                }
                const auto found = fokker::kernel::exponential_moments_of(row.data(), count, scale);
                CHECK(found.of.reference == static_cast<double>(sorted[0]));
                if (count > 1) CHECK(found.next == static_cast<double>(sorted[1]));
                CHECK(std::abs(found.of.sum - sum) < tolerance * sum);
                CHECK(std::abs(found.mean - mean) <= tolerance * sum);
            }
    };
    check(row_of<float>(1000), 1e-6);
    check(row_of<double>(1000), 1e-14);
    // The largest twice.
    const float twice[] = {1.0f, 3.0f, 3.0f, -std::numeric_limits<float>::infinity()};
    CHECK(fokker::kernel::exponential_moments_of(twice, 4, 1.0).next == 3.0);
}

TEST_CASE("the largest number of a row") {
    std::vector<float> row = row_of<float>(100);
    row[99] = 50.0f;
    CHECK(fokker::kernel::largest_number(row.data(), 100) == 50.0f);
    CHECK(fokker::kernel::largest_number(row.data(), 99) < 50.0f);
    row[3] = std::numeric_limits<float>::quiet_NaN();
    CHECK(fokker::detail::is_nan(
        static_cast<double>(fokker::kernel::largest_number(row.data(), 100))));
}

TEST_CASE("exponentials are made in place") {
    for (const std::size_t count : {1u, 2u, 7u, 8u, 9u, 100u}) {
        auto row = row_of<double>(count);
        const auto before = row;
        fokker::kernel::make_exponentials(row.data(), count, 20.0, 0.5);
        for (std::size_t i = 0; i < count; ++i) {
            const double wanted = std::exp((before[i] - 20.0) * 0.5);
            CHECK(std::abs(row[i] / wanted - 1) < 5e-16);
        }
    }
}
