/// The concept of a noise source, and the two simplest ones: any std engine, and none at all.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <random>
#include <type_traits>
#include <utility>

#include <fokker/core/memory.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Where a Gaussian stands: which sample of the batch, which draw of the run, which element of the
/// sample is the first.
struct noise_position {
    std::uint64_t sample = 0;
    std::uint32_t draw = 0;
    std::uint64_t element = 0;
};

/// Elements of a sample that one call of `fill` is asked for, at most; the sweep starts every call
/// at a multiple of it.
inline constexpr std::size_t noise_tile = 512;

/// A source of standard normals, or of what says `static constexpr bool gives_normals = false`.
/// `fill(out, count, position)` writes `count` <= noise_tile of them.
/// `counted` tells that the numbers depend on the position alone, so that tiles may be made in any
/// order and by any thread; an uncounted source is asked in order: samples, then elements. What an
/// uncounted one keeps from draw to draw it says by `memory` (see core/memory.hpp), so that a step
/// that failed can be repeated with the same numbers.
template <class S>
concept noise_source =
    requires(S source, float* f, double* d, std::size_t count, noise_position position) {
        { std::remove_cvref_t<S>::counted } -> std::convertible_to<bool>;
        source.fill(f, count, position);
        source.fill(d, count, position);
    };

/// A counted source that also makes whole small samples together: `fill_samples(out, samples,
/// elements, position)` writes all elements of each of them, one sample after the other.
template <class S>
concept sample_source = noise_source<S> && requires(S source, float* f, double* d,
                                                    std::size_t count, noise_position position) {
    source.fill_samples(f, count, count, position);
    source.fill_samples(d, count, count, position);
};

/// What a source may want to know of a draw before its tiles are asked for.
struct noise_draw {
    array_shape shape;       ///< all of it
    std::uint32_t draw = 0;  ///< its number in the run
    /// The interval of the path that the Gaussian belongs to, in the path's bounded clock (see
    /// brownian_clock), from noise to data; both 0 where there is none, as for the prior and for a
    /// jump of the grid.
    double from = 0.0, to = 0.0;
    std::uint64_t first_sample = 0;  ///< the number of its first sample in the batch
};

/// A source that is told of a draw before its tiles are asked for, by `begin_draw<T>(noise_draw)`.
/// T is the element type of the state; fill() writes floats for one of 16 bits.
template <class S>
concept draw_source =
    noise_source<S> && requires(std::remove_reference_t<S>& source, noise_draw draw) {
        source.template begin_draw<float>(draw);
        source.template begin_draw<double>(draw);
        source.template begin_draw<Eigen::half>(draw);
        source.template begin_draw<Eigen::bfloat16>(draw);
    };

namespace detail {

/// Asks a source whether it has numbers for draws of this shape, before any is made: one that may
/// have none says so by `require_shape<T>(shape)`, which throws fokker::error. T is the element
/// type of the state.
template <class T, class Source>
void require_shape(const Source& source, const array_shape& shape) {
    if constexpr (requires { source.template require_shape<T>(shape); })
        source.template require_shape<T>(shape);
    else if constexpr (requires { source.require_shape(shape); })
        source.require_shape(shape);
}

/// Whether a source's Gaussians belong to places of the path, so that it cannot be walked twice:
/// `static constexpr bool walks_once = true`.
template <class S>
constexpr bool walks_once() {
    if constexpr (requires { std::remove_cvref_t<S>::walks_once; })
        return std::remove_cvref_t<S>::walks_once;
    else
        return false;
}

/// Whether a source gives standard normals, which those are that say nothing of it. Steps and jumps
/// that add noise to noise have the right law with normals alone.
template <class S>
constexpr bool gives_normals() {
    if constexpr (requires { std::remove_cvref_t<S>::gives_normals; })
        return std::remove_cvref_t<S>::gives_normals;
    else
        return true;
}

/// One sentence for what adds noise to noise, or reckons with densities of normals.
template <class S>
consteval void require_normals() {
    static_assert(fokker::detail::gives_normals<S>(),
                  "fokker: this noise source gives no normals, and what is asked for holds for "
                  "normal noise alone; take fokker::philox{.seed = 7}");
}

namespace types {

/// The noise of a deterministic solver. A run that would draw from it refuses to start.
struct no_noise {
    static constexpr bool counted = true;
    template <class T>
    void fill(T* out, std::size_t count, noise_position) const {
        for (std::size_t i = 0; i < count; ++i) out[i] = T(0);
    }
};

/// Any std engine through std::normal_distribution, in the order in which the sweep asks. The
/// numbers depend on the standard library and on the batch size; `philox` keeps the stronger
/// promise.
template <class Engine>
class engine_source {
    static_assert(std::uniform_random_bit_generator<std::remove_cvref_t<Engine>>,
                  "fokker: this is no noise source; after the solver comes one, such as "
                  "fokker::philox{.seed = 7} or a std engine, and observers come after it");
    static_assert(!std::is_const_v<std::remove_reference_t<Engine>>,
                  "fokker: the engine is const, and it advances with every draw; pass one that is "
                  "not const, or a copy");

public:
    static constexpr bool counted = false;
    explicit engine_source(Engine&& engine) : engine_(std::forward<Engine>(engine)) {}

    template <class T>
    void fill(T* out, std::size_t count, noise_position) {
        for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<T>(normal_(engine_));
    }

    /// From the beginning, with another seed. Throws fokker::error on one that the engine would
    /// cut.
    void reseed(std::uint64_t seed)
        requires requires(Engine& e) {
            e.seed(typename std::remove_reference_t<Engine>::result_type{});
        }
    {
        using plain = std::remove_reference_t<Engine>;
        detail::require(seed <= (plain::max)(), "the seed ", seed,
                        " is larger than any number of the engine; give at most ", (plain::max)());
        engine_.seed(static_cast<typename plain::result_type>(seed));
        normal_.reset();
    }

    /// Where the engine is, as far as its bytes tell.
    template <class Archive>
    void memory(Archive& archive)
        requires std::is_trivially_copyable_v<std::remove_reference_t<Engine>>
    {
        archive(engine_);
        archive(normal_);
    }

private:
    Engine engine_;  // a reference, if the user passed an lvalue: it advances
    std::normal_distribution<double> normal_;
};

}  // namespace types
using types::no_noise, types::engine_source;

}  // namespace detail

/// What the verbs take as noise: a source or a std engine. One that is const is copied where it is
/// counted, and refused by a sentence where it is not.
template <class N>
concept noise_or_engine = (noise_source<std::remove_cvref_t<N>> &&
                           !std::same_as<std::remove_cvref_t<N>, detail::no_noise>) ||
                          std::uniform_random_bit_generator<std::remove_cvref_t<N>>;

namespace detail {

template <class N>
struct held_source {
    using type = engine_source<N>;
};
template <class N>
    requires noise_source<std::remove_cvref_t<N>>
struct held_source<N> {
    static constexpr bool copied = std::remove_cvref_t<N>::counted;
    static_assert(copied || noise_source<N>,
                  "fokker: the noise source is const, and it advances with every draw; pass one "
                  "that is not const, or a copy");
    using type = std::conditional_t<copied, std::remove_cvref_t<N>, N>;
};

/// How noise is held: an engine is wrapped, a counted source copied; of the others a variable is
/// referred to and a temporary moved in.
template <class N>
using source_for = typename held_source<N>::type;

template <class N>
source_for<N> as_source(N&& noise) {
    return source_for<N>(std::forward<N>(noise));
}

/// Lets a source look at the walk and the state that it is to serve, if it wants to: `void
/// check(const grid&, array_shape) const` throws fokker::error on those that it cannot.
void check_source(const auto& source, const auto& walk, array_shape shape) {
    if constexpr (requires { source.check(walk, shape); }) source.check(walk, shape);
}

/// A source that runs out of draws: it says by `require_draws(first, steps, shape)` whether it has
/// so many, the first of a walk (0 or 1) and those of its steps, each of this shape.
template <class Source>
concept ending_source = requires(const Source& source, std::size_t draws, array_shape shape) {
    source.require_draws(draws, draws, shape);
};

/// Throws fokker::error, before the walk, if the source has fewer draws than it takes.
void require_draws(const auto& source, std::size_t first, std::size_t steps, array_shape shape) {
    if constexpr (ending_source<decltype(source)>) source.require_draws(first, steps, shape);
}

/// An integer of any type as a seed, and a list of seeds as it is.
template <class Seed>
decltype(auto) as_seed(const Seed& seed) {
    if constexpr (std::is_integral_v<Seed>) {
        if constexpr (std::is_signed_v<Seed>)
            require(seed >= 0, "the seed is ", seed, "; it must not be negative");
        return static_cast<std::uint64_t>(seed);
    } else
        return (seed);
}

/// A begin_draw that no sweep would call.
template <class Source>
concept misses_draws =
    !draw_source<Source> &&
    (
        requires(Source& s, noise_draw draw) { s.begin_draw(draw); } ||
        requires(Source& s, noise_draw draw) { s.template begin_draw<float>(draw); } ||
        requires(Source& s, noise_draw draw) { s.template begin_draw<double>(draw); });

/// Tells a source of a draw, if it wants to know and there is anything to draw.
template <class T, class Source>
FOKKER_ALWAYS_INLINE inline void begin_draw(Source& source, const noise_draw& draw) {
    static_assert(
        !misses_draws<Source>,
        "fokker: the source's begin_draw would not be called; write it as template <class "
        "T> void begin_draw(const fokker::noise_draw&), for every element type T");
    if constexpr (draw_source<Source>)
        if (draw.shape.size() > 0) source.template begin_draw<T>(draw);
}

}  // namespace detail

}  // namespace fokker
