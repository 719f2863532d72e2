#include <fokker/shard.hpp>

#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/euler_ancestral.hpp>

#include "catch.hpp"

using Catch::Matchers::ContainsSubstring;
using fokker::shard;

namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

/// The ranks one after the other have all samples, and their counts differ by one at most.
bool shares(std::uint64_t ranks, std::uint64_t total) {
    std::uint64_t next = 0;
    for (std::uint64_t rank = 0; rank < ranks; ++rank) {
        const shard mine(rank, ranks, total);
        if (mine.first != next || mine.count < total / ranks || mine.count > total / ranks + 1)
            return false;
        next += mine.count;
    }
    return next == total;
}

static_assert(shard(1, 3, 10).first == 4 && shard(1, 3, 10).count == 3);

template <class T>
constexpr bool counts = std::is_constructible_v<shard, T, T, int>;

static_assert(counts<signed char> && counts<unsigned short> && counts<long long>);
static_assert(!counts<bool> && !counts<char> && !counts<wchar_t> && !counts<char8_t> &&
              !counts<char16_t> && !counts<char32_t> && !counts<double>);

}  // namespace

TEST_CASE("every sample has one rank, and the ranks have as many as each other") {
    for (std::uint64_t ranks = 1; ranks <= 20; ++ranks)
        for (std::uint64_t total = 0; total <= 50; ++total) {
            CAPTURE(ranks, total);
            CHECK(shares(ranks, total));
        }
    CHECK(shares(1000, most));
    CHECK(shares(997, 1000 * 1000));
}

TEST_CASE("where samples are fewer than ranks, the last ranks have none") {
    CHECK(shard(2, 8, 3).count == 1);
    CHECK(shard(3, 8, 3).count == 0);
    CHECK(shard(7, 8, 3).first == 3);
    CHECK(shard(0, 1, 0).count == 0);
}

TEST_CASE("numbers near 2^64 do not overflow") {
    CHECK(shard(most - 1, most, most).first == most - 1);
    CHECK(shard(most - 1, most, most).count == 1);
    CHECK(shard(0, 1, most).count == most);
    const shard last(most / 2, most / 2 + 1, most);
    CHECK(last.first + last.count == most);
}

TEST_CASE("a place that there is not is refused, in words that have its numbers") {
    CHECK_THROWS_WITH(shard(4, 4, 10), ContainsSubstring("rank is 4, and of 4 ranks"));
    CHECK_THROWS_WITH(shard(-1, 4, 10), ContainsSubstring("rank is -1, and of 4 ranks"));
    CHECK_THROWS_WITH(shard(0, 0, 10), ContainsSubstring("ranks is 0"));
    CHECK_THROWS_WITH(shard(0, -2, 10), ContainsSubstring("ranks is -2"));
    CHECK_THROWS_WITH(shard(0, 1, -10), ContainsSubstring("total is -10"));
    CHECK_THROWS_AS(shard(0, 0, 0), fokker::error);
    CHECK_THROWS_AS(shard(most, 4, 10), fokker::error);
}

TEST_CASE("what the ranks draw is what one process draws") {
    const auto grid = fokker::karras(fokker::vp_path{}, 4);
    const auto network = [](const Eigen::ArrayXXf& x, double, Eigen::ArrayXXf& out) {
        out = 0.25F * x;
    };
    const auto draw = [&](shard mine) {
        Eigen::ArrayXXf x(13, static_cast<Eigen::Index>(mine.count));
        fokker::sample(x, network, grid, fokker::euler_ancestral{},
                       fokker::philox{.seed = 7, .first_sample = mine.first});
        return x;
    };
    const Eigen::ArrayXXf whole = draw(shard(0, 1, 11));
    for (const int ranks : {2, 3, 11})
        for (int rank = 0; rank < ranks; ++rank) {
            const shard mine(rank, ranks, 11);
            CAPTURE(rank, ranks);
            CHECK((draw(mine) == whole.middleCols(static_cast<Eigen::Index>(mine.first),
                                                  static_cast<Eigen::Index>(mine.count)))
                      .all());
        }
}
