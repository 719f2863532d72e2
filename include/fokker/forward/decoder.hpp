/// The decoder: the last term of the variational bound, the probability of data of so many levels
/// under a Gaussian. Ho et al. 2020, eq. 13.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fokker/forward/normal.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// The distribution function that the decoder takes. `exact` is that of the normal distribution,
/// by its logarithm, at any distance. `compat` is what the published code and numbers are: an
/// approximation by tanh, good to 2e-4, and probabilities bounded below by 1e-12.
enum class decoder_cdf { exact, compat };

namespace detail {

/// Levels -1, -1 + 2 h, .., 1, each an interval of half-width h; the outer two reach to infinity.
class decoder {
public:
    decoder(int levels, double std, decoder_cdf cdf)
        : half_(1.0 / (levels - 1.0)), std_(std), cdf_(cdf) {}

    /// log P(x), x one of the levels, under N(mean, std^2).
    double log_probability(double x, double mean) const { return log_probability(x, mean, std_); }
    double log_probability(double x, double mean, double std) const {
        const double above = (x - mean + half_) / std, below = (x - mean - half_) / std;
        const bool lowest = x < half_ / 4 - 1;
        const bool highest = x > 1 - half_ / 4;
        if (cdf_ == decoder_cdf::exact) {
            if (lowest) return log_normal_cdf(above);
            return highest ? log_normal_cdf(-below) : log_normal_interval(below, above);
        }
        if (lowest) return bounded_log(approximate(above));
        if (highest) return bounded_log(1.0 - approximate(below));
        return bounded_log(approximate(above) - approximate(below));
    }

private:
    static double approximate(double z) {
        return 0.5 +
               0.5 * std::tanh(std::sqrt(2.0 * std::numbers::inv_pi) * (z + 0.044715 * z * z * z));
    }
    static double bounded_log(double p) { return std::log((std::max)(p, 1e-12)); }

    double half_, std_;
    decoder_cdf cdf_;
};

}  // namespace detail
}  // namespace fokker

FOKKER_END_MAY_SHADOW
