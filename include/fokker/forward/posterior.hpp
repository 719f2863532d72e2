/// The posterior of the forward process: draws from q(x_clean | x_noisy, x_0).
#pragma once

#include <cstdint>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/forward/checks.hpp>
#include <fokker/forward/noising.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/noise/draws.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// x_clean ~ q(x_clean | x_noisy, x_0), from a knot to a cleaner one; x_clean may be x_noisy or x0.
/// Ho et al. 2020, eq. 6. Throws fokker::error if `clean` is not cleaner than `noisy`.
template <array_like A, array_like B, array_like C, noise_or_engine Noise>
void sample_posterior(const A& x_noisy, const B& x0, const knot& noisy, const knot& clean,
                      Noise&& noise, C&& x_clean, std::uint32_t draw = detail::posterior_draw) {
    detail::require_normals<Noise>();
    detail::require_same_shape(x_noisy, x0, "x_noisy", "x0");
    detail::require_same_shape(x_noisy, x_clean, "x_noisy", "x_clean");
    detail::require_knot(clean);
    detail::require_knot(noisy);
    detail::require(clean.alpha > 0 && noisy.sigma > 0 &&
                        noisy.sigma * clean.alpha >= clean.sigma * noisy.alpha,
                    "the knot {t = ", clean.t, "} is not cleaner than {t = ", noisy.t,
                    "}; sample_posterior goes from more noise to less");
    using T = detail::scalar_of<C>;
    const posterior q = posterior_between(clean, noisy);
    detail::write(x_clean,
                  kernel::term<T>(q.state, detail::data_of(x_noisy)) +
                      kernel::term<T>(q.data, detail::data_of(x0)) +
                      kernel::gaussian<const T*>(q.std, draw),
                  std::forward<Noise>(noise));
}

}  // namespace fokker
