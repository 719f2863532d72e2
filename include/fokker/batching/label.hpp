/// What a network is told of each sample of a batch whose samples are at knots of their own.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <fokker/model/network.hpp>
#include <fokker/model/network_of_times.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// One sample of the batch that a continuous_batch calls its network with.
struct batch_label {
    /// The label of the knot at which the sample is, as the network was trained on it.
    double time = 0.0;
    /// What the walk's options say: a class, or a place in a table of prompts of your own.
    std::int64_t condition = 0;
    /// Whether to use it: false for the samples of guidance that go without.
    bool has_condition = true;
    /// The walk, by what join() gave; 0 for a sample that fills the batch up and is not read.
    std::uint64_t ticket = 0;
    /// Which of the walk's samples.
    std::size_t sample = 0;
};

namespace detail {

/// A callable f(x, labels, out) or out = f(x, labels), with a label for each sample of x.
template <class F, class X>
concept network_of_labels =
    std::invocable<F&, const X&, std::span<const batch_label>, X&> || requires {
        requires returned_array<std::invoke_result_t<F&, const X&, std::span<const batch_label>>,
                                X>;
    };

/// With labels or with times alone.
template <class F, class X>
concept batch_network = network_of_labels<F, X> || network_of_times<F, X>;

}  // namespace detail

}  // namespace fokker
