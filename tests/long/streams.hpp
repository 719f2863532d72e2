/// The streams that are tested: four walks over the positions of `fokker::philox`, each along one
/// coordinate, a tile a step. At a lag of a tile's length the same elements of neighbouring draws,
/// samples or seeds meet.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>

#include <fokker/noise/philox.hpp>

#include "normality.hpp"

namespace fokker_test {

enum class coordinate { elements, draws, samples, seeds };

inline constexpr std::array<coordinate, 4> coordinates{coordinate::elements, coordinate::draws,
                                                       coordinate::samples, coordinate::seeds};

inline const char* name_of(coordinate along) {
    constexpr std::array<const char*, 4> names{"elements", "draws", "samples", "seeds"};
    return names[static_cast<std::size_t>(along)];
}

/// Writes a tile and goes one on. float and double, and the four walks, share no seed. Those along
/// samples and seeds cross a multiple of 2^32 soon, where the second word of the number changes.
struct walk {
    coordinate along;
    std::uint64_t tile;

    template <class T>
    void operator()(T* out) {
        constexpr std::uint64_t word = std::uint64_t{1} << 32, before = word - 1000;
        constexpr std::uint64_t seed = 100 * sizeof(T);
        using fokker::philox;
        switch (along) {
            case coordinate::elements:
                philox{.seed = seed + 1}.fill(out, tile_size, {0, 0, tile_size * tile});
                break;
            case coordinate::draws:
                philox{.seed = seed + 2}.fill(out, tile_size,
                                              {5, static_cast<std::uint32_t>(tile), 0});
                break;
            case coordinate::samples:
                philox{.seed = seed + 3, .first_sample = before}.fill(out, tile_size,
                                                                      {tile, 256, 0});
                break;
            case coordinate::seeds:
                philox{.seed = sizeof(T) * word + before + tile}.fill(out, tile_size,
                                                                      {3, 256, tile_size});
                break;
        }
        ++tile;
    }
};

/// The largest |z| that Box-Muller makes of the least u: 2^-32 for float, 2^-53 for double, and the
/// rounding of the last steps.
template <class T>
double largest_possible() {
    const int bits = sizeof(T) == 4 ? 32 : 53;
    return std::sqrt(2 * bits * std::numbers::ln2) *
           (1 + 4 * static_cast<double>(std::numeric_limits<T>::epsilon()));
}

}  // namespace fokker_test
