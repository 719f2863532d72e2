/// The laws that statistics of true normals follow: the p-value of what was seen, and the range in
/// which it is accepted. Every p-value is two-sided: too good is a defect, too.
#pragma once

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numbers>

namespace fokker_test {

struct range {
    double low, high;
};

/// P(Z >= z) of the standard normal, exact far into the tail.
inline double normal_tail(double z) { return std::erfc(z / std::numbers::sqrt2) / 2; }

inline double two_sided(double below, double above) {
    return std::min(1.0, 2 * std::min(below, above));
}

/// Sums of many draws: the normal law, by the central limit theorem.
struct normal_law {
    double mean = 0, deviation = 1;

    double p_value(double seen) const { return 2 * normal_tail(std::abs(seen - mean) / deviation); }
    range accepted(double level) const {
        const double reach = deviation * std::numbers::sqrt2 * boost::math::erfc_inv(level);
        return {mean - reach, mean + reach};
    }
};

/// Sums of (seen - expected)^2 / expected over cells.
struct chi_square_law {
    double degrees;

    double p_value(double seen) const {
        return two_sided(boost::math::gamma_p(degrees / 2, seen / 2),
                         boost::math::gamma_q(degrees / 2, seen / 2));
    }
    range accepted(double level) const {
        return {2 * boost::math::gamma_p_inv(degrees / 2, level / 2),
                2 * boost::math::gamma_q_inv(degrees / 2, level / 2)};
    }
};

/// Counts: the binomial law itself, for rare events, too.
struct binomial_law {
    double trials, probability;

    double at_most(double k) const {
        return k >= trials ? 1 : boost::math::ibetac(k + 1, trials - k, probability);
    }
    double at_least(double k) const {
        return k <= 0 ? 1 : boost::math::ibeta(k, trials - k + 1, probability);
    }
    double p_value(double seen) const { return two_sided(at_most(seen), at_least(seen)); }
    range accepted(double level) const {
        // The least and the greatest count whose own side is not too rare, by bisection.
        const double middle = std::floor(trials * probability);
        double low = -1, low_in = middle, high_in = middle, high = trials + 1;
        while (low_in - low > 1) {
            const double k = std::floor((low + low_in) / 2);
            (at_most(k) >= level / 2 ? low_in : low) = k;
        }
        while (high - high_in > 1) {
            const double k = std::floor((high_in + high) / 2);
            (at_least(k) >= level / 2 ? high_in : high) = k;
        }
        return {low_in, high_in};
    }
};

/// The distance of an empirical distribution function of `draws` numbers from the true one:
/// P(D >= d) <= 2 exp(-2 n d^2) for every n and d. Massart 1990.
struct distance_law {
    double draws;

    double p_value(double seen) const {
        return std::min(1.0, 2 * std::exp(-2 * draws * seen * seen));
    }
    range accepted(double level) const { return {0, std::sqrt(std::log(2 / level) / 2 / draws)}; }
};

/// The largest |z| of `draws` normals, none of which can lie beyond `limit`.
struct largest_law {
    double draws, limit;

    double p_value(double seen) const {
        if (seen > limit) return 0;
        const double log_below = draws * std::log1p(-2 * normal_tail(seen));
        return two_sided(std::exp(log_below), -std::expm1(log_below));
    }
    range accepted(double level) const {
        return {at(std::log(level / 2)), std::min(limit, at(std::log1p(-level / 2)))};
    }

private:
    /// Where the logarithm of the distribution function is `log_below`.
    double at(double log_below) const {
        return std::numbers::sqrt2 * boost::math::erfc_inv(-std::expm1(log_below / draws));
    }
};

/// What must not happen at all.
struct never_law {
    double p_value(double seen) const { return seen == 0 ? 1 : 0; }
    range accepted(double) const { return {0, 0}; }
};

}  // namespace fokker_test
