/// The forward process: what a training loop and image-to-image need. All functions write their
/// last array argument, which may be one of the inputs of the same shape, in one pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>

namespace fokker {

namespace detail {

template <array A, array B>
void require_same_shape(const A& a, const B& b, const char* first, const char* second) {
    require(shape_of(a) == shape_of(b), first, " has ", shape_of(a).samples, " samples of ",
            shape_of(a).elements, " elements and ", second, " has ", shape_of(b).samples, " of ",
            shape_of(b).elements, "; give them the same shape");
}

inline void require_knot(const knot& k) {
    require(is_finite(k.alpha) && is_finite(k.sigma) && k.alpha >= 0 && k.sigma >= 0 &&
                k.alpha + k.sigma > 0,
            "the knot {t = ", k.t, ", alpha = ", k.alpha, ", sigma = ", k.sigma,
            "} is on no path; alpha and sigma must be finite, not negative and not both zero");
}

/// The sweep of one verb: out = value.
template <array Out, class T, std::size_t N, bool Noisy, class Noise>
void write(Out& out, const kernel::linear<T, N, Noisy>& value, Noise&& noise) {
    auto&& source = as_source(std::forward<Noise>(noise));
    kernel::sweep(data_of(out), value, shape_of(out), source);
}

/// A counted source as sample `first` and those after it see it.
template <class Source>
struct from_sample {
    static constexpr bool counted = std::remove_cvref_t<Source>::counted;
    Source& source;
    std::size_t first;
    template <class T>
    void fill(T* out, std::size_t count, noise_position p) {
        p.sample += first;
        source.fill(out, count, p);
    }
};

}  // namespace detail

/// The draws of a counted source that the verbs take unless told otherwise: each its own, and none
/// that a run takes, so that one seed may serve a chain of them. Draws 6 .. 255 are free.
inline constexpr std::uint32_t forward_draw = 1, transition_draw = 2, posterior_draw = 3,
                               training_draw = 4, moments_draw = 5;

/// x_t ~ q(x_t | x_0) = N(alpha x_0, sigma^2 I). `draw` tells one draw of a counted source from
/// another. Throws fokker::error if the shapes differ.
template <array A, array B, noise_or_engine Noise>
void forward(const A& x0, const knot& t, Noise&& noise, B&& xt, std::uint32_t draw = forward_draw) {
    detail::require_same_shape(x0, xt, "x0", "xt");
    detail::require_knot(t);
    using T = scalar_of<B>;
    detail::write(xt, kernel::term<T>(t.alpha, data_of(x0)) + kernel::gaussian<T>(t.sigma, draw),
                  std::forward<Noise>(noise));
}

/// The same with a knot for each sample, as training wants it. Throws fokker::error unless there is
/// one knot a sample.
template <array A, array B, noise_or_engine Noise>
void forward(const A& x0, std::span<const knot> knots, Noise&& noise, B&& xt,
             std::uint32_t draw = forward_draw) {
    detail::require_same_shape(x0, xt, "x0", "xt");
    using T = scalar_of<B>;
    const array_shape shape = shape_of(x0);
    detail::require(knots.size() == shape.samples, "got ", knots.size(), " knots for ",
                    shape.samples, " samples; give one knot for each sample");
    for (const knot& k : knots) detail::require_knot(k);
    auto&& source = detail::as_source(std::forward<Noise>(noise));
    for (std::size_t i = 0; i < shape.samples; ++i) {
        detail::from_sample<std::remove_reference_t<decltype(source)>> shifted{source, i};
        const std::size_t start = i * shape.elements;
        kernel::sweep(data_of(xt) + start,
                      kernel::term<T>(knots[i].alpha, data_of(x0) + start) +
                          kernel::gaussian<T>(knots[i].sigma, draw),
                      array_shape{1, shape.elements}, shifted);
    }
}

/// x_t ~ q(x_t | x_s), from a knot to a noisier one. Throws fokker::error if t is not noisier than
/// s.
template <array A, array B, noise_or_engine Noise>
void forward_between(const A& xs, const knot& s, const knot& t, Noise&& noise, B&& xt,
                     std::uint32_t draw = transition_draw) {
    detail::require_same_shape(xs, xt, "xs", "xt");
    detail::require(s.alpha > 0 && t.sigma * s.alpha >= s.sigma * t.alpha, "the knot {t = ", t.t,
                    "} is not noisier than {t = ", s.t,
                    "}; forward_between goes from less noise to more");
    using T = scalar_of<B>;
    const transition q = transition_between(s, t);
    detail::write(xt, kernel::term<T>(q.scale, data_of(xs)) + kernel::gaussian<T>(q.std, draw),
                  std::forward<Noise>(noise));
}

/// x_s ~ q(x_s | x_t, x_0), from a knot to a cleaner one. Ho et al. 2020, eq. 6. Throws
/// fokker::error if s is not cleaner than t.
template <array A, array B, array C, noise_or_engine Noise>
void sample_posterior(const A& xt, const B& x0, const knot& t, const knot& s, Noise&& noise, C&& xs,
                      std::uint32_t draw = posterior_draw) {
    detail::require_same_shape(xt, x0, "xt", "x0");
    detail::require_same_shape(xt, xs, "xt", "xs");
    detail::require(s.alpha > 0 && t.sigma > 0 && t.sigma * s.alpha >= s.sigma * t.alpha,
                    "the knot {t = ", s.t, "} is not cleaner than {t = ", t.t,
                    "}; sample_posterior goes from more noise to less");
    using T = scalar_of<C>;
    const posterior q = posterior_between(s, t);
    detail::write(xs,
                  kernel::term<T>(q.state, data_of(xt)) + kernel::term<T>(q.data, data_of(x0)) +
                      kernel::gaussian<T>(q.std, draw),
                  std::forward<Noise>(noise));
}

/// What a network of this parametrisation should have returned for x_t = alpha x_0 + sigma eps.
/// Throws fokker::error where that is not finite (the score at sigma = 0).
template <parametrisation P>
training_target target_at(const P& prediction, const knot& k) {
    const training_target target = prediction.target(k);
    detail::require(detail::is_finite(target.data) && detail::is_finite(target.noise), P::name,
                    " has no finite training target at the knot {t = ", k.t, ", alpha = ", k.alpha,
                    ", sigma = ", k.sigma, "}; train it for sigma > 0");
    return target;
}

/// One training pair: x_t ~ q(x_t | x_0), and the target of a network of the given parametrisation
/// (such as velocity_prediction{}) for the same noise. x0, xt and target are three
/// arrays of one shape. Throws fokker::error if shapes differ, arrays coincide, or the
/// parametrisation has no target at the knot.
template <array A, parametrisation P, array B, array C, noise_or_engine Noise>
void training_pair(const A& x0, const knot& t, const P& prediction, Noise&& noise, B&& xt,
                   C&& target, std::uint32_t draw = training_draw) {
    detail::require_same_shape(x0, xt, "x0", "xt");
    detail::require_same_shape(x0, target, "x0", "target");
    using T = scalar_of<B>;
    const void* const pointers[] = {data_of(x0), data_of(xt), data_of(target)};
    detail::require(
        shape_of(x0).size() == 0 || (pointers[2] != pointers[0] && pointers[2] != pointers[1] &&
                                     pointers[1] != pointers[0]),
        "xt and target must not be x0, nor each other; pass three arrays");
    const training_target wanted = target_at(prediction, t);
    detail::write(target, kernel::gaussian<T>(1.0, draw), std::forward<Noise>(noise));
    const auto mixed = [&](double data, double eps) {
        return kernel::term<T>(data, data_of(x0)) + kernel::term<T>(eps, data_of(target));
    };
    detail::write(xt, mixed(t.alpha, t.sigma), no_noise{});
    detail::write(target, mixed(wanted.data, wanted.noise), no_noise{});
}

}  // namespace fokker
