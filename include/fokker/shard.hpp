/// Which samples are whose, where several processes or machines draw one set of them.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

template <class T, class... Others>
concept none_of = (!std::same_as<T, Others> && ...);

/// An integer type that counts: std::integral has bool and the characters, too.
template <class T>
concept counts = std::integral<T> &&
                 none_of<std::remove_cv_t<T>, bool, char, wchar_t, char8_t, char16_t, char32_t>;

}  // namespace detail

/// The samples of one of `ranks` equal workers: `count` of them, from sample `first` on. All
/// together have each of `total` samples once, in the order of their ranks, and their counts differ
/// by one at most. Where there are fewer samples than ranks, the last ranks have none: count is 0,
/// and nothing is to be done.
///
///     const fokker::shard mine(rank, ranks, total);
///     Eigen::ArrayXXf x(784, mine.count);
///     const fokker::philox noise{.seed = 7, .first_sample = mine.first};
///     fokker::sample(x, network, grid, solver, noise);
///
/// These are samples first .. first + count - 1 of one process that draws all, bit for bit, if the
/// network treats the samples one by one. Numbers of any integer type but bool and characters, up
/// to 2^64 - 1. Throws fokker::error unless 0 <= rank < ranks and total >= 0.
struct shard final {
    std::uint64_t first = 0, count = 0;

    template <detail::counts Rank, detail::counts Ranks, detail::counts Total>
    constexpr shard(Rank rank, Ranks ranks, Total total) {
        if (std::cmp_less_equal(ranks, 0))
            detail::refuse("shard: ranks is ", ranks,
                           "; say how many workers there are, 1 or more");
        if (std::cmp_less(rank, 0) || std::cmp_greater_equal(rank, ranks))
            detail::refuse("shard: rank is ", rank, ", and of ", ranks,
                           " ranks the first is 0 and the last ", ranks - 1);
        if (std::cmp_less(total, 0))
            detail::refuse("shard: total is ", total,
                           "; say how many samples there are, 0 or more");
        // rank * total / ranks would need twice the bits.
        const auto of = static_cast<std::uint64_t>(total);
        const auto each = of / static_cast<std::uint64_t>(ranks);
        const auto one_more = of % static_cast<std::uint64_t>(ranks);
        const auto before = static_cast<std::uint64_t>(rank);
        first = before * each + (before < one_more ? before : one_more);
        count = each + (before < one_more ? 1 : 0);
    }

    bool operator==(const shard&) const = default;
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
