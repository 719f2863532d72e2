/// Rectified flow: from data to noise on a straight line.
#pragma once

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/prior.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Rectified flow, alpha = 1 - t, sigma = t, t in [0, 1]: Liu et al. 2022, Lipman et al. 2022. The
/// label is t. At t = 1 there is no signal: alpha = 0.
struct flow_path {
    double time_min = 1e-3;

    static constexpr prior starts_from() { return prior::sigma; }
    double first_time() const { return time_min; }
    double last_time() const { return 1.0; }

    /// Throws fokker::error on t outside of [0, 1].
    knot at(double t) const {
        detail::require(detail::is_finite(t) && t >= 0 && t <= 1, "time ", t,
                        " is outside of this path; 0 <= t <= 1");
        return {t, 1.0 - t, t};
    }
    double time(double lambda) const { return 1.0 / (1.0 + std::exp(lambda)); }
};

/// What a flow network is handed: sigma itself, the unshifted time, or 1 - sigma.
enum class flow_label { sigma, time, one_minus_sigma };

/// Rectified flow whose time runs otherwise: sigma(t) = shift t / (1 + (shift - 1) t), alpha =
/// 1 - sigma, t in [0, 1]: Esser et al. 2024 (Stable Diffusion 3), eq. 23. A larger shift lays
/// evenly spaced times closer to the noise. With `sigma_min`, alpha is stretched so that
/// sigma(time_min) = sigma_min. The label is `label_scale` times what `label` says; networks of
/// diffusers take label_scale = 1000.
struct shifted_flow_path {
    double shift = 1.0;
    double time_min = 1e-3;
    double sigma_min = 0.0;  ///< sigma itself, not sigma / alpha; 0: nothing is stretched
    flow_label label = flow_label::sigma;
    double label_scale = 1.0;

    static constexpr prior starts_from() { return prior::sigma; }
    double first_time() const { return time_min; }
    double last_time() const { return 1.0; }

    /// Throws fokker::error on t outside of [0, 1], and on a shift that is not positive.
    knot at(double t) const {
        check();
        detail::require(detail::is_finite(t) && t >= 0 && t <= 1, "time ", t,
                        " is outside of this path; 0 <= t <= 1");
        const double below = 1.0 + (shift - 1.0) * t;
        // shift / below at the end may differ from 1 in the last bit, and there is no signal left.
        if (sigma_min == 0)
            return labelled({t, (1.0 - t) / below, t == 1 ? 1.0 : shift * t / below});
        const double alpha = (1.0 - t) / below * stretch();
        detail::require(alpha <= 1, "time ", t, " has no knot: sigma is stretched to ", sigma_min,
                        " at time_min = ", time_min, " and is 0 before t = 0");
        return labelled({t, alpha, 1.0 - alpha});
    }

    /// Its end, clean data, with its label.
    knot clean() const { return labelled({}); }

    double time(double lambda) const {
        if (sigma_min == 0)  // exp(lambda) = (1 - t) / (shift t)
            return 1.0 / (1.0 + shift * std::exp(lambda));
        const double alpha = 1.0 / (1.0 + std::exp(-lambda)) / stretch();
        return (1.0 - alpha) / (1.0 + (shift - 1.0) * alpha);
    }

    /// The knot with this sigma, which may be one that no time has. Throws fokker::error on sigma
    /// outside of [0, 1].
    knot at_sigma(double sigma) const {
        check();
        detail::require(detail::is_finite(sigma) && sigma >= 0 && sigma <= 1, "sigma is ", sigma,
                        "; that of a flow lies in [0, 1]");
        if (label != flow_label::time) return labelled({0.0, 1.0 - sigma, sigma});
        const double alpha = (1.0 - sigma) / (sigma_min == 0 ? 1.0 : stretch());
        return labelled({(1.0 - alpha) / (1.0 + (shift - 1.0) * alpha), 1.0 - sigma, sigma});
    }

private:
    void check() const {
        using detail::require, detail::is_finite;
        require(shift > 0 && is_finite(shift), "shift is ", shift,
                "; it must be positive and finite");
        require(time_min >= 0 && time_min < 1, "time_min is ", time_min, "; it must lie in [0, 1)");
        require(sigma_min >= 0 && sigma_min < 1, "sigma_min is ", sigma_min,
                "; it must lie in [0, 1)");
        require(label_scale > 0 && is_finite(label_scale), "label_scale is ", label_scale,
                "; it must be positive and finite");
    }

    double stretch() const {
        const double alpha = (1.0 - time_min) / (1.0 + (shift - 1.0) * time_min);
        return (1.0 - sigma_min) / alpha;
    }

    /// Handed the time in k.t.
    knot labelled(knot k) const {
        if (label == flow_label::sigma) k.t = k.sigma;
        if (label == flow_label::one_minus_sigma) k.t = k.alpha;
        k.t *= label_scale;
        return k;
    }
};

/// Options of `dynamic_shift`; the defaults are those of Flux.
struct dynamic_shift_options {
    int base_length = 256;
    int max_length = 4096;
    double base_shift = 0.5;  ///< mu at base_length
    double max_shift = 1.15;  ///< mu at max_length
    /// Whether the shift is exp(mu), or mu itself.
    bool exponential = true;
};

/// The shift for an image of so many tokens: mu is linear in the length, through both given points
/// and beyond them; the shift is exp(mu) (Esser et al. 2024, 5.3.2, as in Flux), or mu. Throws
/// fokker::error on a length below 1 and on points that do not make a line.
inline double dynamic_shift(int length, dynamic_shift_options options = {}) {
    detail::require(length >= 1, "length is ", length, "; an image has at least one token");
    detail::require(options.max_length > options.base_length, "base_length is ",
                    options.base_length, " and max_length is ", options.max_length,
                    "; max_length must be larger");
    detail::require(detail::is_finite(options.base_shift) && detail::is_finite(options.max_shift),
                    "base_shift is ", options.base_shift, " and max_shift is ", options.max_shift,
                    "; both must be finite");
    const double slope = (options.max_shift - options.base_shift) /
                         (double(options.max_length) - options.base_length);
    const double mu = length * slope + (options.base_shift - slope * options.base_length);
    detail::require(options.exponential || mu > 0, "mu is ", mu, " at length ", length,
                    "; a linear shift must be positive");
    return options.exponential ? std::exp(mu) : mu;
}

namespace detail {

/// Linear in the tokens, and through 10 and 200 steps linear in these, too.
inline double empirical_mu(int tokens, int steps) {
    require(tokens >= 1, "tokens is ", tokens, "; an image has at least one");
    require(steps >= 1, "steps is ", steps, "; a walk has at least one");
    const double many = 0.00016927 * tokens + 0.45666666;
    if (tokens > 4300) return many;
    const double few = 8.73809524e-05 * tokens + 1.89833333, slope = (many - few) / 190;
    return slope * steps + many - 200 * slope;
}

}  // namespace detail

/// The shift of FLUX.2 for an image of so many tokens and a walk of so many steps, as in
/// flow(steps, {.shift = empirical_shift(tokens, steps)}): exp(mu), mu fitted by its authors.
/// Throws fokker::error on numbers below 1.
inline double empirical_shift(int tokens, int steps) {
    return std::exp(detail::empirical_mu(tokens, steps));
}

}  // namespace fokker
