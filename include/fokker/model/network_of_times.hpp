/// A network whose samples are at knots of their own, and its model around what stands for it in
/// the walk of one of them.
#pragma once

#include <concepts>
#include <span>
#include <type_traits>

#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// A callable f(x, times, out) or out = f(x, times), with a time for each sample of x.
template <class F, class X>
concept network_of_times = std::invocable<F&, const X&, std::span<const double>, X&> || requires {
    requires returned_array<std::invoke_result_t<F&, const X&, std::span<const double>>, X>;
};

/// The same model around another network.
template <class F, class N, class P, class B, class C, class K>
model<F&, P, B, C, K> around(F& network, const model<N, P, B, C, K>& m) {
    return {network, m.prediction, m.second, m.bounds, m.classifier, m.known};
}

}  // namespace fokker::detail
