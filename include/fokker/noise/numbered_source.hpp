/// What noise sources have in common that multiply another source by one number a sample.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <fokker/noise/philox.hpp>
#include <fokker/noise/sample_numbers.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// A source with a seed that the numbers of a sample can be made of, too.
template <class S>
concept seeded_source = requires(const std::remove_cvref_t<S>& source) {
    { source.seed } -> std::convertible_to<std::uint64_t>;
    { source.first_sample } -> std::convertible_to<std::uint64_t>;
};

namespace types {

/// A source of normals, and a philox for one or more numbers a sample beside.
template <class Source>
class numbered_source {
public:
    static_assert(noise_or_engine<Source>,
                  "fokker: the first argument is a noise source or a std engine, such as "
                  "fokker::philox{.seed = 7}");
    static_assert(fokker::detail::gives_normals<Source>(),
                  "fokker: the first argument is a source of normals, such as "
                  "fokker::philox{.seed = 7}, and this one gives others");
    using source_type = detail::source_for<Source>;

    static constexpr bool counted = std::remove_cvref_t<source_type>::counted;
    static constexpr bool walks_once = fokker::detail::walks_once<source_type>();
    static constexpr bool gives_normals = false;

    /// Throws fokker::error on a walk that the source cannot serve.
    void check(const auto& walk, array_shape shape) const {
        detail::check_source(source_, walk, shape);
    }
    void require_draws(std::size_t first, std::size_t steps, array_shape shape) const
        requires detail::ending_source<source_type>
    {
        detail::require_draws(source_, first, steps, shape);
    }

    /// Another seed for both, or one for the source and one for the numbers beside.
    template <class Seed>
    void reseed(const Seed& seed)
        requires std::convertible_to<Seed, std::uint64_t> &&
                 requires(source_type& source) { source.reseed(seed); }
    {
        reseed(seed, seed);
    }
    template <class Seed>
    void reseed(const Seed& seed, std::uint64_t of_numbers)
        requires requires(source_type& source) { source.reseed(seed); }
    {
        source_.reseed(seed);
        beside_.reseed(of_numbers);
    }

    template <class T>
    void require_shape(const array_shape& shape) const {
        detail::require_shape<T>(source_, shape);
        detail::require_shape<T>(beside_, {shape.samples, 1});
    }

    template <class Archive>
    void memory(Archive& archive)
        requires core::keeps_memory<source_type>
    {
        core::visit_memory(source_, archive);
    }

protected:
    explicit numbered_source(Source&& source)
        requires seeded_source<Source>
        : source_(detail::as_source(std::forward<Source>(source))),
          beside_{source_.seed, source_.first_sample} {}
    numbered_source(Source&& source, const philox& beside)
        : source_(detail::as_source(std::forward<Source>(source))), beside_(beside) {}

    sample_numbers numbers_of(std::uint64_t sample, std::uint32_t draw) const {
        return {beside_, sample, draw};
    }

    source_type source_;

private:
    philox beside_;
};

}  // namespace types
using types::numbered_source;

template <class T>
void multiply(T* out, std::size_t count, double factor) {
    const T by = static_cast<T>(factor);
    for (std::size_t i = 0; i < count; ++i) out[i] *= by;
}

}  // namespace fokker::detail
