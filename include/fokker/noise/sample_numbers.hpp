/// Random numbers of one sample, for what a noise source draws once a sample, such as a radius.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

#include <fokker/noise/philox.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/uniforms.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// As many numbers as are asked for, one after the other. They are functions of a philox's seed, of
/// the sample and of the draw: the same in any batch and in any thread, and none of those that the
/// elements are made of. Their key is the first two words of the counter {0, 0, 0, 2} under the
/// seed; the counters are {i, draw, sample low, sample high}, i = 0, 1, ...
class sample_numbers {
public:
    sample_numbers(const philox& source, std::uint64_t sample, std::uint32_t draw)
        : keyed_{noise::words_at({source.seed, 0}, {std::uint64_t{2} << 32, 0, 0})[0],
                 source.first_sample},
          at_{sample, draw, 0} {}

    /// Uniform in (0, 1), without its ends.
    double uniform() {
        if (left_ == 0) {
            pair_ = noise::uniforms_at(keyed_, at_);
            ++at_.element;
            left_ = 2;
        }
        return noise::without_ends(pair_[2 - left_--]);
    }

    /// N(0, 1).
    double normal() {
        const double radius = std::sqrt(-2.0 * std::log(uniform()));
        return radius * std::cos(2.0 * std::numbers::pi * uniform());
    }

    /// Of the gamma distribution with this shape > 0 and scale 1. Exact: Marsaglia & Tsang 2000.
    double gamma(double shape) {
        if (shape < 1.0) {
            const double whole = gamma(shape + 1.0);
            return whole * std::pow(uniform(), 1.0 / shape);
        }
        const double d = shape - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
        for (;;) {
            const double z = normal(), root = 1.0 + c * z;
            if (root <= 0.0) continue;
            const double v = root * root * root;
            if (std::log(uniform()) < 0.5 * z * z + d * (1.0 - v + std::log(v))) return d * v;
        }
    }

    /// Of the chi-square distribution with so many degrees of freedom > 0.
    double chi_square(double degrees) { return 2.0 * gamma(0.5 * degrees); }

private:
    philox keyed_;
    noise_position at_;
    std::array<double, 2> pair_{};
    std::size_t left_ = 0;
};

}  // namespace fokker
