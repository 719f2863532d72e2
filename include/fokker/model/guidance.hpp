/// Guidance: networks made of networks.
#pragma once

#include <any>
#include <cmath>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/source.hpp>

namespace fokker {

/// Classifier-free guidance: unconditional + scale (conditional - unconditional), Ho & Salimans
/// 2022, in the convention in which scale = 1 is the conditional network alone and 0 the
/// unconditional one. A network itself; both parts predict the same thing. It calls each part once;
/// a run counts the pair as one evaluation. Its scratch array is made at the first call and again
/// when the shape changes, so one object serves one thread at a time.
template <class Conditional, class Unconditional>
class guided_network {
public:
    guided_network(Conditional&& conditional, Unconditional&& unconditional, double scale)
        : conditional_(std::forward<Conditional>(conditional)),
          unconditional_(std::forward<Unconditional>(unconditional)),
          scale_(scale) {
        detail::require(detail::is_finite(scale), "the guidance scale is ", scale,
                        "; it must be finite");
    }

    /// out = f(x, knot).
    template <array X, array Out>
        requires network_for<std::remove_reference_t<Conditional>, X, Out> &&
                 network_for<std::remove_reference_t<Unconditional>, X, owner_of<Out>>
    void operator()(const X& x, const knot& k, Out& out) {
        detail::call_network(conditional_, x, k, k.t, out);
        if constexpr (array_traits<Out>::is_fixed) {
            auto other = array_traits<Out>::like(out);
            combine(x, k, out, other);
        } else {
            combine(x, k, out, scratch(out));
        }
    }

private:
    template <class X, class Out>
    void combine(const X& x, const knot& k, Out& out, owner_of<Out>& other) {
        detail::call_network(unconditional_, x, k, k.t, other);
        using T = scalar_of<Out>;
        no_noise none;
        kernel::sweep(
            data_of(out),
            kernel::term<T>(scale_, data_of(out)) + kernel::term<T>(1.0 - scale_, data_of(other)),
            shape_of(out), none);
    }

    template <class Out>
    owner_of<Out>& scratch(const Out& like) {
        using owner = owner_of<Out>;
        owner* held = std::any_cast<owner>(&scratch_);
        if (!held || !array_traits<Out>::same_shape(like, *held))
            held = &scratch_.emplace<owner>(array_traits<Out>::like(like));
        return *held;
    }

    Conditional conditional_;
    Unconditional unconditional_;
    double scale_;
    std::any scratch_;
};

/// Combines two callables by classifier-free guidance; wrap the result like any network, for
/// example predicts_noise(guided(conditional, unconditional, 2.0)). Throws fokker::error on a scale
/// that is not finite.
template <class Conditional, class Unconditional>
auto guided(Conditional&& conditional, Unconditional&& unconditional, double scale) {
    static_assert(!detail::is_model<std::remove_cvref_t<Conditional>> &&
                      !detail::is_model<std::remove_cvref_t<Unconditional>>,
                  "fokker: guided combines networks, and what they predict is said around it: "
                  "predicts_noise(guided(a, b, scale))");
    return guided_network<Conditional, Unconditional>(
        std::forward<Conditional>(conditional), std::forward<Unconditional>(unconditional), scale);
}

}  // namespace fokker
