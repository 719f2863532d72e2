/// What a continuous batch asks of its types, with a sentence for each mistake.
#pragma once

#include <span>
#include <type_traits>

#include <fokker/batching/label.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/callable.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Whether a walk that is handed this source has it for itself: it is moved in, or copied.
template <class Noise>
constexpr bool is_own_source = !std::is_lvalue_reference_v<Noise>;
template <class Noise>
    requires noise_source<std::remove_cvref_t<Noise>>
constexpr bool is_own_source<Noise> =
    !std::is_lvalue_reference_v<Noise> || std::remove_cvref_t<Noise>::counted;

template <class X, class Model>
consteval void check_batch_types() {
    static_assert(array_like<X>,
                  "fokker: the first argument of a continuous_batch is an array of one sample, of "
                  "the type that the network takes");
    if constexpr (array_like<X>) {
        using network = network_of<model_for<Model>>;
        static_assert(repeatable<std::remove_cvref_t<X>>,
                      "fokker: a continuous batch needs an array that can hold any number of "
                      "samples, and this one's size is fixed (or its array_traits have no "
                      "repeated(a, times)); take a dynamic number of samples");
        static_assert(
            !std::remove_cvref_t<model_for<Model>>::has_correction,
            "fokker: a continuous batch asks the network before it makes the steps, and "
            "a correction asks it in a step; leave the correction out, or use fokker::sample");
        static_assert(batch_network<network, owner_of<X>>,
                      "fokker: the network of a continuous batch sees samples of several knots at "
                      "once; write it as f(x, times, out) with a std::span<const double> that has "
                      "a time for each sample of x, or as f(x, labels, out) with a "
                      "std::span<const fokker::batch_label>");
        static_assert(
            !loses_output<network, owner_of<X>, const owner_of<X>&, std::span<const double>> &&
                !loses_output<network, owner_of<X>, const owner_of<X>&,
                              std::span<const batch_label>>,
            "fokker: the network takes its output by value, so what it writes would be lost; take "
            "it by reference");
    }
}

}  // namespace fokker::detail
