/// How the elements of a sample are those of a picture.
#pragma once

#include <cstddef>

#include <fokker/error.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Where the channels of a picture stand: one plane after the other, as PyTorch has them, or the
/// channels of each pixel together.
enum class channel_order { planes, interleaved };

/// Rows from top to bottom, each of `width` pixels.
struct picture_shape {
    int height = 0, width = 0, channels = 1;
    channel_order order = channel_order::planes;

    std::size_t elements() const {
        return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) *
               static_cast<std::size_t>(channels);
    }
    /// The element of channel c in row i and column j.
    std::size_t element(int i, int j, int c) const {
        const auto at = [](int outer, int inner, int size) {
            return static_cast<std::size_t>(outer) * static_cast<std::size_t>(size) +
                   static_cast<std::size_t>(inner);
        };
        const std::size_t pixel = at(i, j, width);
        return order == channel_order::planes
                   ? static_cast<std::size_t>(c) * at(height, 0, width) + pixel
                   : pixel * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c);
    }
    /// Throws fokker::error unless the picture has 1 to 2^15 rows and columns and a channel.
    void check() const {
        constexpr int most = 1 << 15;
        detail::require(
            height >= 1 && width >= 1 && channels >= 1 && height <= most && width <= most,
            "a picture of ", height, " x ", width, " pixels in ", channels,
            " channels; it has 1 to ", most, " rows and columns, and at least one channel");
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
