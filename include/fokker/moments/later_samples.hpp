/// Noise for a batch that comes after others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <fokker/error.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// Whether the numbers depend on the position alone, and any sample can be asked for.
template <class Source>
concept any_sample_source =
    noise_source<Source> && std::remove_cvref_t<Source>::counted && !draw_source<Source>;

/// The draw of a batch after the first, of a source that cannot be asked for later samples. No run
/// has a draw of this number, unless a step draws 255 Gaussians. Throws fokker::error where there
/// is none left.
inline std::uint32_t later_draw(std::uint32_t batches) {
    require(batches < (std::uint32_t{1} << 24), "the moments have ", batches,
            " batches already, and there are no numbers for the noise of more; add larger batches");
    return 256 * batches + 254;
}

/// The samples of a source from `first` on: a batch then has the noise that it would have had as a
/// part of one large batch.
template <any_sample_source Source>
struct later_samples {
    static constexpr bool counted = true;
    Source& source;
    std::uint64_t first;

    template <class T>
    void require_shape(array_shape shape) const {
        shape.samples += first;
        detail::require_shape<T>(source, shape);
    }

    template <class T>
    void fill(T* out, std::size_t count, noise_position position) const {
        position.sample += first;
        source.fill(out, count, position);
    }
    template <class T>
        requires sample_source<Source>
    void fill_samples(T* out, std::size_t samples, std::size_t elements,
                      noise_position position) const {
        position.sample += first;
        source.fill_samples(out, samples, elements, position);
    }
};

}  // namespace fokker::detail
