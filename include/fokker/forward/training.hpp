/// Training pairs: a noisy state, and what a network should have returned for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/forward/checks.hpp>
#include <fokker/forward/noising.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/noise/draws.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// What a network of this parametrisation should have returned for x_t = alpha x_0 + sigma eps.
/// Throws fokker::error where that is not finite (the score at sigma = 0).
template <detail::parametrisation P>
detail::training_target target_at(const P& prediction, const knot& k) {
    const detail::training_target target = prediction.target(k);
    detail::require(detail::is_finite(target.data) && detail::is_finite(target.noise), P::name,
                    " has no finite training target at the knot {t = ", k.t, ", alpha = ", k.alpha,
                    ", sigma = ", k.sigma, "}; train it for sigma > 0");
    return target;
}

namespace detail {

template <array_like A, array_like B, array_like C>
void require_pair(const A& x0, const B& xt, const C& target) {
    detail::require_same_shape(x0, xt, "x0", "xt");
    detail::require_same_shape(x0, target, "x0", "target");
    require(!detail::share_elements(xt, target) && !detail::share_elements(x0, xt) &&
                !detail::share_elements(x0, target),
            "xt and target must not be x0, nor each other; pass three arrays");
}

/// `target` holds eps: xt = alpha x_0 + sigma eps, and then the target itself.
template <class T, parametrisation P>
void make_pair(const P& prediction, const knot& k, array_shape shape, const T* x0, T* xt,
               T* target) {
    const training_target wanted = prediction.target(k);
    no_noise none;
    const auto mixed = [&](double data, double eps) {
        return kernel::term<T>(data, x0) + kernel::term<T>(eps, static_cast<const T*>(target));
    };
    kernel::sweep(xt, mixed(k.alpha, k.sigma), shape, none);
    kernel::sweep(target, mixed(wanted.data, wanted.noise), shape, none);
}

}  // namespace detail

/// One training pair: x_t ~ q(x_t | x_0), and the target of a network of the given parametrisation
/// (such as velocity_prediction{}) for the same noise. x0, xt and target are three arrays of one
/// shape. A network that scales its input (edm_prediction) is to be handed prediction.at(t)
/// .input_scale times xt. Throws fokker::error if shapes differ, arrays coincide, the knot is on no
/// path, or the parametrisation has no target there.
template <array_like A, detail::parametrisation P, array_like B, array_like C,
          noise_or_engine Noise>
void training_pair(const A& x0, const knot& t, const P& prediction, Noise&& noise, B&& xt,
                   C&& target, std::uint32_t draw = detail::training_draw) {
    detail::require_pair(x0, xt, target);
    detail::require_knot(t);
    fokker::target_at(prediction, t);
    using T = detail::scalar_of<B>;
    detail::write(target, kernel::gaussian<const T*>(1.0, draw), std::forward<Noise>(noise));
    detail::make_pair<T>(prediction, t, detail::shape_of(x0), detail::data_of(x0),
                         detail::data_of(xt), detail::data_of(target));
}

/// The same with a knot for each sample. Throws fokker::error unless there is one knot a sample.
template <array_like A, detail::parametrisation P, array_like B, array_like C,
          noise_or_engine Noise>
void training_pair(const A& x0, std::span<const knot> knots, const P& prediction, Noise&& noise,
                   B&& xt, C&& target, std::uint32_t draw = detail::training_draw) {
    detail::require_pair(x0, xt, target);
    const array_shape shape = detail::shape_of(x0);
    detail::require_knots(knots, shape.samples);
    for (const knot& k : knots) fokker::target_at(prediction, k);
    using T = detail::scalar_of<B>;
    detail::write(target, kernel::gaussian<const T*>(1.0, draw), std::forward<Noise>(noise));
    for (std::size_t i = 0; i < shape.samples; ++i) {
        const std::size_t start = i * shape.elements;
        detail::make_pair<T>(prediction, knots[i], array_shape{1, shape.elements},
                             detail::data_of(x0) + start, detail::data_of(xt) + start,
                             detail::data_of(target) + start);
    }
}

}  // namespace fokker
