/// What a network predicts: for each parametrisation, how its output and the state give the data
/// prediction D and the noise prediction eps_hat. All are linear, so they cost a sweep nothing.
#pragma once

#include <cmath>
#include <concepts>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

namespace types {

/// prediction = state * x + output * out.
struct mix {
    double state;
    double output;
};

/// How to call the network at a knot, and how to read what it returns. The network sees
/// input_scale * x and the time `label`.
struct reading {
    mix data;
    mix noise;
    double label;
    double input_scale = 1.0;
};

/// A network's training target: data * x_0 + noise * eps.
struct training_target {
    double data;
    double noise;
};

}  // namespace types
using types::mix, types::reading, types::training_target;

/// A parametrisation: readings and training targets for knots, whether the network wants a scaled
/// input, and its name for error messages.
template <class P>
concept parametrisation = requires(const P& p, const knot& k) {
    { p.at(k) } -> std::same_as<reading>;
    { p.target(k) } -> std::same_as<training_target>;
    { P::scales_input } -> std::convertible_to<bool>;
    P::name;
};

}  // namespace detail

/// The network estimates eps: Ho et al. 2020. Needs alpha > 0.
struct noise_prediction {
    static constexpr bool scales_input = false;
    static constexpr const char* name = "noise prediction";
    detail::reading at(const knot& k) const {
        return {{1.0 / k.alpha, -k.sigma / k.alpha}, {0.0, 1.0}, k.t};
    }
    detail::training_target target(const knot&) const { return {0.0, 1.0}; }
};

/// The network estimates x_0. Works at alpha = 0.
struct data_prediction {
    static constexpr bool scales_input = false;
    static constexpr const char* name = "data prediction";
    detail::reading at(const knot& k) const {
        return {{0.0, 1.0}, {1.0 / k.sigma, -k.alpha / k.sigma}, k.t};
    }
    detail::training_target target(const knot&) const { return {1.0, 0.0}; }
};

/// The network estimates v = alpha eps - sigma x_0: Salimans & Ho 2022. Works at alpha = 0.
struct velocity_prediction {
    static constexpr bool scales_input = false;
    static constexpr const char* name = "velocity prediction";
    detail::reading at(const knot& k) const {
        const double norm = k.alpha * k.alpha + k.sigma * k.sigma;  // 1 where variance is preserved
        return {{k.alpha / norm, -k.sigma / norm}, {k.sigma / norm, k.alpha / norm}, k.t};
    }
    detail::training_target target(const knot& k) const { return {-k.sigma, k.alpha}; }
};

/// The network estimates the score, grad log p_t(x) = -eps / sigma: Song et al. 2021. Needs
/// alpha > 0.
struct score_prediction {
    static constexpr bool scales_input = false;
    static constexpr const char* name = "score prediction";
    detail::reading at(const knot& k) const {
        return {{1.0 / k.alpha, k.sigma * k.sigma / k.alpha}, {0.0, -k.sigma}, k.t};
    }
    detail::training_target target(const knot& k) const { return {0.0, -1.0 / k.sigma}; }
};

/// Where the velocity of a flow network points: eps - x_0, to the noise, or x_0 - eps, to the data.
enum class flow_direction { to_noise, to_data };

/// The network estimates the flow velocity eps - x_0 (Liu et al. 2022), or x_0 - eps. Works at
/// alpha = 0.
struct flow_prediction {
    flow_direction direction = flow_direction::to_noise;

    static constexpr bool scales_input = false;
    static constexpr const char* name = "flow prediction";
    detail::reading at(const knot& k) const {
        const double sum = k.alpha + k.sigma;  // 1 on a rectified flow
        return {{1.0 / sum, -sign() * k.sigma / sum}, {1.0 / sum, sign() * k.alpha / sum}, k.t};
    }
    detail::training_target target(const knot&) const { return {-sign(), sign()}; }

private:
    double sign() const { return direction == flow_direction::to_noise ? 1.0 : -1.0; }
};

/// D = c_skip X + c_out F(c_in X; ln(nsr) / 4), with X = x / alpha and nsr = sigma / alpha, the
/// sigma of Karras et al. 2022, table 1. Needs alpha > 0.
struct edm_prediction {
    double sigma_data = 0.5;

    static constexpr bool scales_input = true;
    static constexpr const char* name = "EDM preconditioning";
    detail::reading at(const knot& k) const {
        const double sigma = k.noise_to_signal();
        const double variance = sigma * sigma + sigma_data * sigma_data;
        const double skip = sigma_data * sigma_data / variance;
        const double out = sigma * sigma_data / std::sqrt(variance);
        return {.data = {skip / k.alpha, out},
                .noise = {(1.0 - skip) / k.sigma, -k.alpha * out / k.sigma},
                .label = 0.25 * std::log(sigma),
                .input_scale = 1.0 / (std::sqrt(variance) * k.alpha)};
    }
    detail::training_target target(const knot& k) const {
        const double sigma = k.noise_to_signal();
        const double root = std::sqrt(sigma * sigma + sigma_data * sigma_data);
        return {sigma / (sigma_data * root), -sigma_data / root};
    }
};

namespace detail {

namespace types {

/// Another parametrisation, of the state x / n with the knot {alpha / n, sigma / n}, n^2 = alpha^2
/// + sigma^2: as it is where the variance is preserved.
template <parametrisation Inner>
struct unit_scale_prediction {
    Inner inner{};

    static constexpr bool scales_input = true;
    static constexpr const char* name = Inner::name;

    reading at(const knot& k) const {
        const double n = std::hypot(k.alpha, k.sigma);
        reading r = inner.at(scaled(k));
        r.data.state /= n;
        r.noise.state /= n;
        r.input_scale /= n;
        return r;
    }
    training_target target(const knot& k) const { return inner.target(scaled(k)); }

private:
    static knot scaled(const knot& k) {
        const double n = std::hypot(k.alpha, k.sigma);
        return {k.t, k.alpha / n, k.sigma / n};
    }
};

}  // namespace types
using types::unit_scale_prediction;

/// Refuses a knot at which this parametrisation says nothing about the data.
template <parametrisation P>
void require_readable(const P& p, const knot& k) {
    const reading r = p.at(k);
    require(is_finite(r.data.state) && is_finite(r.data.output) && is_finite(r.noise.state) &&
                is_finite(r.noise.output) && is_finite(r.label) && is_finite(r.input_scale),
            P::name, " cannot be read at the knot {t = ", k.t, ", alpha = ", k.alpha,
            ", sigma = ", k.sigma, "}; ",
            k.alpha == 0
                ? "start from alpha > 0 (a grid without zero terminal SNR), or use a network "
                  "that predicts data, velocity or flow"
                : "it is called only where sigma > 0, with finite options");
}
}  // namespace detail

}  // namespace fokker
