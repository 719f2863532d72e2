/// Generators with one defect each, that the tests have to find; and one without.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>

#include "normality.hpp"

namespace fokker_test {

/// Nothing of Fokker, and no defect.
struct sound {
    std::mt19937_64 engine{};
    std::normal_distribution<double> normal{};

    template <class T>
    void operator()(T* out) {
        std::generate_n(out, tile_size, [&] { return static_cast<T>(normal(engine)); });
    }
};

struct wrong_variance {
    double variance;
    sound normals{};

    template <class T>
    void operator()(T* out) {
        normals(out);
        const T factor = static_cast<T>(std::sqrt(variance));
        std::for_each_n(out, tile_size, [&](T& z) { z *= factor; });
    }
};

/// Draws anew what lies beyond.
struct truncated {
    double limit;
    sound normals{};

    template <class T>
    void operator()(T* out) {
        std::generate_n(out, tile_size, [&] {
            double z = 0;
            do z = normals.normal(normals.engine);
            while (std::abs(z) > limit);
            return static_cast<T>(z);
        });
    }
};

/// The same correlation of all neighbours; each number alone is normal.
struct correlated {
    double correlation;
    sound normals{};
    double last = 0;

    template <class T>
    void operator()(T* out) {
        normals(out);
        for (std::size_t i = 0; i < tile_size; ++i) {
            last = correlation * last +
                   std::sqrt(1 - correlation * correlation) * static_cast<double>(out[i]);
            out[i] = static_cast<T>(last);
        }
    }
};

/// One tile in `period` is the one before, once more.
struct repeating {
    std::uint64_t period;
    sound normals{};
    std::uint64_t tile = 0;
    std::array<double, tile_size> last{};

    template <class T>
    void operator()(T* out) {
        if (++tile % period != 0) normals(last.data());
        std::transform(last.begin(), last.end(), out, [](double z) { return static_cast<T>(z); });
    }
};

/// Box-Muller whose u is a multiple of 2^-bits: the radius ends at sqrt(2 bits ln 2).
struct coarse {
    int bits;
    std::mt19937_64 engine{};

    template <class T>
    void operator()(T* out) {
        for (std::size_t i = 0; i < tile_size; i += 2) {
            const double u = std::ldexp(static_cast<double>((engine() >> (64 - bits)) + 1), -bits);
            const double angle =
                2 * std::numbers::pi * std::ldexp(static_cast<double>(engine() >> 12), -52);
            const double radius = std::sqrt(-2 * std::log(u));
            out[i] = static_cast<T>(radius * std::cos(angle));
            out[i + 1] = static_cast<T>(radius * std::sin(angle));
        }
    }
};

/// Of each two numbers the first is the larger one a little too often. All numbers together are
/// still normal, and no two are correlated.
struct uneven_angle {
    double excess;
    sound normals{};
    std::uniform_real_distribution<double> uniform{};

    template <class T>
    void operator()(T* out) {
        normals(out);
        for (std::size_t i = 0; i < tile_size; i += 2) {
            const bool across = std::abs(out[i]) < std::abs(out[i + 1]);
            if (across && uniform(normals.engine) < excess) std::swap(out[i], out[i + 1]);
        }
    }
};

/// One number in `period` is none.
struct broken {
    std::uint64_t period;
    double none;
    sound normals{};
    std::uint64_t tile = 0;

    template <class T>
    void operator()(T* out) {
        normals(out);
        if (++tile % period == 0) out[5] = static_cast<T>(none);
    }
};

}  // namespace fokker_test
