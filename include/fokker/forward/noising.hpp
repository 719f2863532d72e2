/// Adding noise: draws from q(x_t | x_0) and q(x_noisy | x_clean). All functions write their last
/// array argument, which may be one of the inputs of the same shape, in one pass.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/forward/checks.hpp>
#include <fokker/forward/noise_each.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/noise/draws.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// x_t ~ q(x_t | x_0) = N(alpha x_0, sigma^2 I). `draw` tells one draw of a counted source from
/// another. Throws fokker::error if the shapes differ.
template <array_like A, array_like B, noise_or_engine Noise>
void forward(const A& x0, const knot& t, Noise&& noise, B&& xt,
             std::uint32_t draw = detail::forward_draw) {
    detail::require_same_shape(x0, xt, "x0", "xt");
    detail::require_knot(t);
    using T = detail::scalar_of<B>;
    detail::write(
        xt,
        kernel::term<T>(t.alpha, detail::data_of(x0)) + kernel::gaussian<const T*>(t.sigma, draw),
        std::forward<Noise>(noise));
}

/// The same with a knot for each sample, as training wants it: each sample gets the bits that a
/// single knot would have given it. Throws fokker::error unless there is one knot a sample.
template <array_like A, array_like B, noise_or_engine Noise>
void forward(const A& x0, std::span<const knot> knots, Noise&& noise, B&& xt,
             std::uint32_t draw = detail::forward_draw) {
    detail::require_same_shape(x0, xt, "x0", "xt");
    detail::require_knots(knots, detail::shape_of(x0).samples);
    auto&& source = detail::as_source(std::forward<Noise>(noise));
    detail::noise_each<detail::scalar_of<B>>(detail::shape_of(x0), knots, detail::data_of(x0),
                                             source, draw, detail::data_of(xt));
}

/// x_noisy ~ q(x_noisy | x_clean), from a knot to a noisier one. Throws fokker::error if `noisy` is
/// not noisier than `clean`.
template <array_like A, array_like B, noise_or_engine Noise>
void forward_between(const A& x_clean, const knot& clean, const knot& noisy, Noise&& noise,
                     B&& x_noisy, std::uint32_t draw = detail::transition_draw) {
    detail::require_normals<Noise>();
    detail::require_same_shape(x_clean, x_noisy, "x_clean", "x_noisy");
    detail::require_knot(clean);
    detail::require_knot(noisy);
    detail::require(clean.alpha > 0 && noisy.sigma * clean.alpha >= clean.sigma * noisy.alpha,
                    "the knot {t = ", noisy.t, "} is not noisier than {t = ", clean.t,
                    "}; forward_between goes from less noise to more");
    using T = detail::scalar_of<B>;
    const transition q = transition_between(clean, noisy);
    detail::write(x_noisy,
                  kernel::term<T>(q.scale, detail::data_of(x_clean)) +
                      kernel::gaussian<const T*>(q.std, draw),
                  std::forward<Noise>(noise));
}

}  // namespace fokker
