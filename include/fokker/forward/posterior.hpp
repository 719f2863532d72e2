/// The posterior of the forward process: draws from q(x_s | x_t, x_0).
#pragma once

#include <cstdint>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/forward/checks.hpp>
#include <fokker/forward/noising.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// x_s ~ q(x_s | x_t, x_0), from a knot to a cleaner one; xs may be xt or x0. Ho et al. 2020, eq.
/// 6. Throws fokker::error if s is not cleaner than t.
template <array_like A, array_like B, array_like C, noise_or_engine Noise>
void sample_posterior(const A& xt, const B& x0, const knot& t, const knot& s, Noise&& noise, C&& xs,
                      std::uint32_t draw = detail::posterior_draw) {
    detail::require_same_shape(xt, x0, "xt", "x0");
    detail::require_same_shape(xt, xs, "xt", "xs");
    detail::require_knot(s);
    detail::require_knot(t);
    detail::require(s.alpha > 0 && t.sigma > 0 && t.sigma * s.alpha >= s.sigma * t.alpha,
                    "the knot {t = ", s.t, "} is not cleaner than {t = ", t.t,
                    "}; sample_posterior goes from more noise to less");
    using T = detail::scalar_of<C>;
    const posterior q = posterior_between(s, t);
    detail::write(xs,
                  kernel::term<T>(q.state, detail::data_of(xt)) +
                      kernel::term<T>(q.data, detail::data_of(x0)) +
                      kernel::gaussian<const T*>(q.std, draw),
                  std::forward<Noise>(noise));
}

}  // namespace fokker
