/// Combinations of latents that are latents again, sample by sample.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <span>
#include <type_traits>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// Arrays that the functions of this file can combine.
template <class A, class B, class Out>
inline constexpr bool combine_into =
    array_like<A> && array_like<B> && array_like<Out> &&
    std::same_as<scalar_of<A>, scalar_of<Out>> && std::same_as<scalar_of<B>, scalar_of<Out>>;

/// One weight for all samples, or an array with one for each.
template <class W>
concept sample_weights = std::is_arithmetic_v<W> || array_like<W>;

template <class W>
double weight_of(const W& w, std::size_t sample) {
    double weight = 0.0;
    if constexpr (std::is_arithmetic_v<W>)
        weight = static_cast<double>(w);
    else
        weight = static_cast<double>(
            static_cast<kernel::arithmetic<scalar_of<W>>>(detail::data_of(w)[sample]));
    require(detail::is_finite(weight), "the weight of sample ", sample, " is ", weight,
            "; it must be finite");
    return weight;
}

template <class T>
double number_at(const T* a, std::size_t i) {
    return static_cast<double>(static_cast<kernel::arithmetic<T>>(a[i]));
}
template <class T>
void put(T* out, std::size_t i, double value) {
    out[i] = static_cast<T>(static_cast<kernel::arithmetic<T>>(value));
}

template <class... Arrays>
consteval void require_on_host() {
    static_assert(
        (std::derived_from<core::space_of<Arrays>, core::host_space<scalar_of<Arrays>>> && ...),
        "fokker: latents are combined in this program's memory; copy them there");
}

/// out = first(sample, w) a + second(sample, w) b: f gives both for a sample.
template <class A, class B, class W, class Out, class F>
void combine_two(const char* name, const A& a, const B& b, const W& w, Out& out, const F& f) {
    require_on_host<A, B, Out>();
    const array_shape shape = detail::shape_of(out);
    require(detail::shape_of(a) == shape && detail::shape_of(b) == shape, name,
            ": the two latents and the result must have one shape; the result is not resized");
    if constexpr (!std::is_arithmetic_v<W>)
        require(detail::shape_of(w).size() == shape.samples, name, ": got ",
                detail::shape_of(w).size(), " weights for ", shape.samples,
                " samples; give one weight, or one for each sample");
    const auto* const from_a = detail::const_data_of(a);
    const auto* const from_b = detail::const_data_of(b);
    auto* const to = detail::data_of(out);
    for (std::size_t sample = 0; sample < shape.samples; ++sample) {
        const std::size_t first = sample * shape.elements, end = first + shape.elements;
        const auto [of_a, of_b] = f(sample, detail::weight_of(w, sample), first, end);
        for (std::size_t i = first; i < end; ++i)
            detail::put(to, i,
                        of_a * detail::number_at(from_a, i) + of_b * detail::number_at(from_b, i));
    }
}

struct two_weights {
    double a, b;
};

/// The weights of a walk on a sphere. Where the two nearly agree, those of a line, which are their
/// limit.
inline two_weights on_sphere(double angle, double w) {
    if (angle < 1e-6) return {1 - w, w};
    const double sine = std::sin(angle);
    return {std::sin((1 - w) * angle) / sine, std::sin(w * angle) / sine};
}

}  // namespace detail

/// Spherical interpolation (slerp), from a (w = 0) to b (w = 1):
///   out = sin((1 - w) th) / sin(th) a + sin(w th) / sin(th) b,  cos(th) = a b / (|a| |b|),
/// with one angle for each sample. Shoemake 1985; Song, Meng & Ermon 2021, D.5. It keeps the norm
/// where both have the same; the law N(0, I) it keeps approximately, in many dimensions.
///   a, b   latents of the shape and element type of out, in any arrays
///   w      one weight, or an array with one for each sample; beyond 0 and 1 it goes on
///   out    is filled, not resized; may be a or b
/// Throws fokker::error where a sample is zero, or the two are opposite (th = pi, where no way is
/// the shortest), on other shapes, and on weights that are not finite.
template <class A, class B, detail::sample_weights W, class Out>
    requires detail::combine_into<A, B, Out>
void spherical(const A& a, const B& b, const W& w, Out&& out) {
    const auto* const from_a = detail::const_data_of(a);
    const auto* const from_b = detail::const_data_of(b);
    detail::combine_two(
        "spherical", a, b, w, out,
        [&](std::size_t sample, double weight, std::size_t first, std::size_t end) {
            double aa = 0.0, bb = 0.0, ab = 0.0;
            for (std::size_t i = first; i < end; ++i) {
                const double x = detail::number_at(from_a, i), y = detail::number_at(from_b, i);
                aa += x * x;
                bb += y * y;
                ab += x * y;
            }
            const double norms = std::sqrt(aa) * std::sqrt(bb);
            detail::require(norms > 0 && detail::is_finite(norms), "spherical: sample ", sample,
                            " of a latent is zero, or not finite, and has no direction");
            const double cosine = std::fmax(-1.0, std::fmin(1.0, ab / norms));
            detail::require(cosine > -1 + 1e-12, "spherical: the latents of sample ", sample,
                            " are opposite, so that every way round is the shortest; take "
                            "fokker::variance_preserving, or another latent");
            return detail::on_sphere(std::acos(cosine), weight);
        });
}

/// Interpolation that keeps the variance,
///   out = ((1 - w) a + w b) / sqrt((1 - w)^2 + w^2):
/// where a and b are independent draws of N(0, s^2 I), so is out, for every w. The arguments and
/// errors are those of `spherical`; zero and opposite latents are no error.
template <class A, class B, detail::sample_weights W, class Out>
    requires detail::combine_into<A, B, Out>
void variance_preserving(const A& a, const B& b, const W& w, Out&& out) {
    detail::combine_two("variance_preserving", a, b, w, out,
                        [](std::size_t, double weight, std::size_t, std::size_t) {
                            const double norm = std::hypot(1 - weight, weight);
                            return detail::two_weights{(1 - weight) / norm, weight / norm};
                        });
}

namespace detail {

template <class Mean>
double mean_at(const Mean& mean, std::size_t i, std::size_t elements) {
    if constexpr (std::is_arithmetic_v<Mean>)
        return static_cast<double>(mean);
    else
        return detail::number_at(detail::const_data_of(mean),
                                 detail::shape_of(mean).size() == elements ? i % elements : i);
}

/// latent(k) is the k-th.
template <class Latent, class Out, class Mean>
void combine_all(std::span<const double> weights, std::size_t count, const Latent& latent, Out& out,
                 const Mean& mean) {
    require_on_host<Out>();
    require(count > 0, "combined: got no latent");
    require(weights.size() == count, "combined: got ", weights.size(), " weights for ", count,
            " latents; give one for each");
    const array_shape shape = detail::shape_of(out);
    double sum = 0.0, squares = 0.0;
    for (std::size_t k = 0; k < count; ++k) {
        require(detail::shape_of(latent(k)) == shape,
                "combined: the latents and the result must have one shape; the result is not "
                "resized");
        require(detail::is_finite(weights[k]), "combined: weight ", k, " is ", weights[k],
                "; it must be finite");
        sum += weights[k];
        squares += weights[k] * weights[k];
    }
    require(squares > 0, "combined: all weights are 0, so that nothing says which latent is meant");
    if constexpr (!std::is_arithmetic_v<Mean>)
        require(detail::shape_of(mean).size() == shape.elements || detail::shape_of(mean) == shape,
                "combined: the mean must have the shape of the latents, or of one sample");
    const double norm = std::sqrt(squares);
    auto* const to = detail::data_of(out);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        double value = (norm - sum) * detail::mean_at(mean, i, shape.elements);
        for (std::size_t k = 0; k < count; ++k)
            value += weights[k] * detail::number_at(detail::const_data_of(latent(k)), i);
        detail::put(to, i, value / norm);
    }
}

}  // namespace detail

/// Any linear combination of latents, as a latent again (Bodin et al. 2024, Linear combinations of
/// latents in generative models): with y = sum w_k z_k,
///   out = y / sqrt(sum w_k^2) + (1 - sum w_k / sqrt(sum w_k^2)) mean,
/// which has the law of the z_k where these are independent draws of one Gaussian with that mean,
/// whatever its covariance: for centroids (equal weights), weighted means, steps along a direction
/// between two (w, -w). With the weights 1 - w and w it is `variance_preserving`.
///   weights   one for each latent, such as {0.2, 0.3, 0.5}; they need not add up to 1
///   latents   {a, b, c}, of the type of out, or a std::vector of them
///   out       is filled, not resized; may be one of the latents
///   mean      of the latents' law: a number, or an array of one sample or of the whole batch
/// Throws fokker::error on other shapes, weights that are not finite or all 0, and no latent.
template <array_like Out, class Mean = double>
void combined(std::initializer_list<double> weights,
              std::initializer_list<
                  std::reference_wrapper<const std::type_identity_t<std::remove_cvref_t<Out>>>>
                  latents,
              Out&& out, const Mean& mean = 0.0) {
    detail::combine_all(
        {weights.begin(), weights.size()}, latents.size(),
        [&](std::size_t k) -> const auto& { return (latents.begin() + k)->get(); }, out, mean);
}
template <class Weights, class Latents, array_like Out, class Mean = double>
    requires requires(const Latents& latents, const Weights& weights) {
        { latents[0] } -> array_like;
        std::span<const double>(weights);
    }
void combined(const Weights& weights, const Latents& latents, Out&& out, const Mean& mean = 0.0) {
    detail::combine_all(
        std::span<const double>(weights), std::size(latents),
        [&](std::size_t k) -> const auto& { return latents[k]; }, out, mean);
}

}  // namespace fokker
