/// A noise source a part of the way from one to another: variations of a picture.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/weighted.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Every draw is ((1 - w) a + w b) / sqrt((1 - w)^2 + w^2), a from the first source and b from the
/// second, w being the strength: standard normals for every w, from those of the first source (0)
/// to those of the second (1), where the two are independent: give them different seeds (philox and
/// brownian with one seed are that source, whatever the strength). What other programs call a
/// variation seed (AUTOMATIC1111's subseed, which walks on a sphere instead: nearly the same). The
/// two are held as a run would hold them: a counted source is copied, of the others a variable is
/// referred to. Counted where both are; `reseed(first, second)` takes two seeds. It costs what both
/// cost. Throws fokker::error on a strength outside of [0, 1].
template <class First, class Second>
class varied final {
    static_assert(noise_or_engine<First> && noise_or_engine<Second>,
                  "fokker: varied takes two noise sources, or std engines, and the strength");
    static_assert(detail::gives_normals<First>() && detail::gives_normals<Second>(),
                  "fokker: what varied mixes are normals, and the mixture of others has another "
                  "law; vary the source inside, as in student_t(varied(a, b, 0.3), 128, radii)");
    using first_type = detail::source_for<First>;
    using second_type = detail::source_for<Second>;

public:
    static constexpr bool counted =
        std::remove_cvref_t<first_type>::counted && std::remove_cvref_t<second_type>::counted;

    static constexpr bool walks_once =
        fokker::detail::walks_once<first_type>() || fokker::detail::walks_once<second_type>();

    varied(First&& first, Second&& second, double strength)
        : first_(detail::as_source(std::forward<First>(first))),
          second_(detail::as_source(std::forward<Second>(second))) {
        detail::require(strength >= 0 && strength <= 1, "varied: the strength is ", strength,
                        "; it must lie in [0, 1]");
        // Not std::hypot, whose last bit depends on the library.
        const double norm = std::sqrt(kernel::rounded((1 - strength) * (1 - strength)) +
                                      kernel::rounded(strength * strength));
        apart_ = {(1 - strength) / norm, strength / norm};
        weigh();
    }

    /// Throws fokker::error on a walk that one of the sources cannot serve.
    void check(const auto& walk, array_shape shape) const {
        detail::check_source(first_, walk, shape);
        detail::check_source(second_, walk, shape);
    }

    /// Throws fokker::error if one of the sources has fewer draws.
    void require_draws(std::size_t first, std::size_t steps, array_shape shape) const
        requires(detail::ending_source<first_type> || detail::ending_source<second_type>)
    {
        detail::require_draws(first_, first, steps, shape);
        detail::require_draws(second_, first, steps, shape);
    }

    /// Both sources anew, each with its own seed.
    template <class A, class B>
    void reseed(const A& first_seed, const B& second_seed)
        requires requires(first_type& a, second_type& b) {
            a.reseed(first_seed);
            b.reseed(second_seed);
        }
    {
        first_.reseed(first_seed);
        second_.reseed(second_seed);
        weigh();
    }

    template <class T>
    void require_shape(const array_shape& shape) const {
        detail::require_shape<T>(first_, shape);
        detail::require_shape<T>(second_, shape);
    }

    template <class T>
    void begin_draw(const noise_draw& draw) {
        detail::begin_draw<T>(first_, draw);
        detail::begin_draw<T>(second_, draw);
    }

    template <class T>
    void fill(T* out, std::size_t count, noise_position position) {
        alignas(64) std::array<T, noise_tile> other;
        first_.fill(out, count, position);
        second_.fill(other.data(), count, position);
        mix(out, other.data(), count);
    }

    template <class T>
    void fill_samples(T* out, std::size_t samples, std::size_t elements, noise_position position)
        requires(sample_source<first_type> && sample_source<second_type>)
    {
        alignas(64) std::array<T, noise_tile> other;
        first_.fill_samples(out, samples, elements, position);
        second_.fill_samples(other.data(), samples, elements, position);
        mix(out, other.data(), samples * elements);
    }

    template <class Archive>
    void memory(Archive& archive)
        requires(core::keeps_memory<first_type> || core::keeps_memory<second_type>)
    {
        core::visit_memory(first_, archive);
        core::visit_memory(second_, archive);
    }

private:
    /// On the way from a source to itself there is nothing else: the sum of two equal draws would
    /// have another variance.
    void weigh() { weights_ = are_equal(first_, second_) ? std::array{1.0, 0.0} : apart_; }
    template <class A, class B>
    static bool are_equal(const A&, const B&) {
        return false;
    }
    template <class A>
        requires(A::counted && requires(const A& a) { a.seed + a.first_sample; })
    static bool are_equal(const A& a, const A& b) {
        return a.seed == b.seed && a.first_sample == b.first_sample;
    }

    template <class T>
    void mix(T* out, const T* other, std::size_t count) const {
        const T a = static_cast<T>(weights_[0]), b = static_cast<T>(weights_[1]);
        noise::mix_weighted(out, count, a, b, other);
    }

    first_type first_;
    second_type second_;
    std::array<double, 2> apart_{}, weights_{};  // of two sources that differ, and of these
};

template <class First, class Second>
varied(First&&, Second&&, double) -> varied<First, Second>;

}  // namespace fokker
