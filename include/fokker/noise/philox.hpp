/// Counter-based Gaussian noise: Philox4x32-10 (Salmon et al. 2011) and Box-Muller. There is no
/// state to carry, any element of any draw can be made anywhere.
///
/// The layout, fixed for every machine and instruction set. The key is the seed (low word, high
/// word). Element e of draw d of sample n comes from the counter {c, d, n low, n high} with
///   float:   c = 32 (e / 128) + e % 32, and the word pair (e / 64) % 2 of its four words: the
///   first
///            word of the pair gives the radius, the second the angle; r cos(theta) if e / 32 is
///            even, r sin(theta) if it is odd;
///   double:  c = 32 (e / 64) + e % 32, radius from words 0 and 1, angle from words 2 and 3 (low
///            first); r cos(theta) if e / 32 is even, r sin(theta) if it is odd.
/// Draw 0 is the prior, draw 256 (k + 1) + j the j-th Gaussian of step k, draw 1 that of the
/// forward process. The uniform integers are the same everywhere; the normals made of them may
/// differ in their last bits between instruction sets, as square roots and multiply-adds do.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <fokker/noise/box_muller.hpp>
#include <fokker/noise/source.hpp>

namespace fokker {

namespace noise {

/// The four words of `width` counters, word by word.
using philox_words = std::array<block<std::uint32_t>, 4>;

/// Ten rounds of Philox4x32, in place: counters in, random words out. Salmon et al. 2011, 3.3.
inline void philox_rounds(philox_words& w, std::uint32_t key_low, std::uint32_t key_high) {
    for (int round = 0; round < 10; ++round) {
        for (std::size_t i = 0; i < width; ++i) {
            const std::uint64_t even = std::uint64_t{0xD2511F53u} * w[0][i];
            const std::uint64_t odd = std::uint64_t{0xCD9E8D57u} * w[2][i];
            w[0][i] = static_cast<std::uint32_t>(odd >> 32) ^ w[1][i] ^ key_low;
            w[2][i] = static_cast<std::uint32_t>(even >> 32) ^ w[3][i] ^ key_high;
            w[1][i] = static_cast<std::uint32_t>(odd);
            w[3][i] = static_cast<std::uint32_t>(even);
        }
        key_low += 0x9E3779B9u;
        key_high += 0xBB67AE85u;
    }
}

}  // namespace noise

/// The default noise. The same seed gives the same bits whatever the batch size, the number of
/// threads, the split over processes, or where a run was interrupted and resumed.
/// `first_sample` names a slice of a larger batch: its sample k is sample first_sample + k.
struct philox {
    std::uint64_t seed = 0;
    std::uint64_t first_sample = 0;

    static constexpr bool counted = true;

    /// Writes `count` normals from `position` on; position.element is a multiple of noise_tile.
    template <class T>
    void fill(T* out, std::size_t count, noise_position position) const {
        constexpr std::size_t group = noise::width * (sizeof(T) == 4 ? 4 : 2);
        for (std::size_t done = 0; done < count; done += group) {
            const std::size_t wanted = std::min(group, count - done);
            position.element += done == 0 ? 0 : group;
            if (wanted == group) {
                make_group(out + done, wanted, position);
            } else {
                alignas(64) std::array<T, group> whole;
                make_group(whole.data(), wanted, position);
                std::copy_n(whole.data(), wanted, out + done);
            }
        }
    }

private:
    template <class T>
    void make_group(T* out, std::size_t wanted, noise_position position) const {
        using noise::width;
        const std::uint64_t sample = first_sample + position.sample;
        const auto first = static_cast<std::uint32_t>(position.element / (sizeof(T) == 4 ? 4 : 2));
        noise::philox_words words;
        for (std::size_t i = 0; i < width; ++i) {
            words[0][i] = first + static_cast<std::uint32_t>(i);
            words[1][i] = position.draw;
            words[2][i] = static_cast<std::uint32_t>(sample);
            words[3][i] = static_cast<std::uint32_t>(sample >> 32);
        }
        noise::philox_rounds(words, static_cast<std::uint32_t>(seed),
                             static_cast<std::uint32_t>(seed >> 32));
        if constexpr (sizeof(T) == 4) {
            noise::box_muller<T>(words[0], words[1], out, out + width);
            if (wanted > 2 * width)
                noise::box_muller<T>(words[2], words[3], out + 2 * width, out + 3 * width);
        } else {
            noise::block<std::uint64_t> x, y;
            for (std::size_t i = 0; i < width; ++i) {
                x[i] = words[0][i] | std::uint64_t{words[1][i]} << 32;
                y[i] = words[2][i] | std::uint64_t{words[3][i]} << 32;
            }
            noise::box_muller<T>(x, y, out, out + width);
        }
    }
};

}  // namespace fokker
