/// Random numbers of one sample, for what a noise source draws once a sample, such as a radius.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <fokker/kernel/exponential.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/noise/box_muller.hpp>
#include <fokker/noise/half_turns.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/uniforms.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// As many numbers as are asked for, one after the other. They are functions of a philox's seed, of
/// the sample and of the draw: the same in any batch and in any thread, and none of those that the
/// elements are made of. Their bits are the same on every machine. Their key is the first two words
/// of the counter {0, 0, 0, 2} under the seed; the counters are {i, draw, sample low, sample high},
/// i = 0, 1, ...
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
        using vector = kernel::lanes<double>;
        const vector square = noise::minus_two_log(vector{} + uniform());
        vector along, across;
        noise::turn_by_half_turns(kernel::square_root(square), vector{} + 2.0 * uniform(), along,
                                  across);
        return along[0];
    }

    /// Of the gamma distribution with this shape > 0 and scale 1. Exact: Marsaglia & Tsang 2000.
    double gamma(double shape) {
        if (shape < 1.0) {
            const double whole = gamma(shape + 1.0);
            return whole * kernel::exponential(logarithm(uniform()) / shape);
        }
        const double d = shape - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
        for (;;) {
            const double z = normal(), root = 1.0 + kernel::rounded(c * z);
            if (root <= 0.0) continue;
            const double v = kernel::rounded(root * root * root);
            const double most =
                kernel::rounded(0.5 * z * z) + kernel::rounded(d * (1.0 - v + logarithm(v)));
            if (logarithm(uniform()) < most) return d * v;
        }
    }

    /// Of the chi-square distribution with so many degrees of freedom > 0.
    double chi_square(double degrees) { return 2.0 * gamma(0.5 * degrees); }

private:
    // Not that of the standard library, whose last bits differ from one to the next.
    static double logarithm(double x) {
        return -0.5 * noise::minus_two_log(kernel::lanes<double>{} + x)[0];
    }

    philox keyed_;
    noise_position at_;
    std::array<double, 2> pair_{};
    std::size_t left_ = 0;
};

}  // namespace fokker
