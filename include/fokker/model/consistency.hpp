/// The scalings of consistency models, which make the network the identity at the least noise: a
/// parametrisation like the others, linear in the state and the network's output.
#pragma once

#include <cmath>

#include <fokker/model/prediction.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

namespace types {

/// D = c_skip X + c_out F(c_in X; label), with X = x / alpha, nsr = sigma / alpha, and
///   c_skip = sigma_data^2 / ((nsr - sigma_min)^2 + sigma_data^2),
///   c_out = (nsr - sigma_min) sigma_data / sqrt(nsr^2 + sigma_data^2),
///   c_in = 1 / sqrt(nsr^2 + sigma_data^2),   label = 250 ln(nsr);
/// D = X where nsr = sigma_min. Song et al. 2023 (Consistency Models), appendix C. Needs alpha > 0.
struct consistency_prediction {
    double sigma_min = 0.002;  ///< a noise-to-signal ratio, sigma / alpha
    double sigma_data = 0.5;

    static constexpr bool scales_input = true;
    static constexpr const char* name = "consistency scaling";

    double skip(double sigma) const {
        const double above = sigma - sigma_min;
        return sigma_data * sigma_data / (above * above + sigma_data * sigma_data);
    }
    double out(double sigma) const {
        return (sigma - sigma_min) * sigma_data / std::hypot(sigma, sigma_data);
    }

    reading at(const knot& k) const {
        const double sigma = k.noise_to_signal();
        const double c_skip = skip(sigma), c_out = out(sigma);
        return {.data = {c_skip / k.alpha, c_out},
                .noise = {(1.0 - c_skip) / k.sigma, -k.alpha * c_out / k.sigma},
                .label = 250.0 * std::log(sigma),
                .input_scale = 1.0 / (std::hypot(sigma, sigma_data) * k.alpha)};
    }
    training_target target(const knot& k) const {
        const double sigma = k.noise_to_signal();
        const double c_skip = skip(sigma), c_out = out(sigma);
        return {(1.0 - c_skip) / c_out, -c_skip * sigma / c_out};
    }
};

/// D = c_skip x + c_out D_inner with u = timestep_scaling t,
///   c_skip = sigma_data^2 / (u^2 + sigma_data^2),   c_out = u / sqrt(u^2 + sigma_data^2),
/// where D_inner is what another parametrisation reads in the output, and t is the knot's label,
/// which must be the training time of a discrete schedule. Luo et al. 2023 (Latent Consistency
/// Models), with the constants of the published weights.
template <parametrisation Inner>
struct latent_consistency_prediction {
    Inner inner{};
    double timestep_scaling = 10.0;
    double sigma_data = 0.5;

    static constexpr bool scales_input = Inner::scales_input;
    static constexpr const char* name = "latent consistency scaling";

    double skip(double t) const {
        const double s = timestep_scaling * t;
        return sigma_data * sigma_data / (s * s + sigma_data * sigma_data);
    }
    double out(double t) const {
        const double s = timestep_scaling * t;
        return s / std::hypot(s, sigma_data);
    }

    reading at(const knot& k) const {
        reading r = inner.at(k);
        const double c_skip = skip(k.t), c_out = out(k.t);
        r.data = {c_skip + c_out * r.data.state, c_out * r.data.output};
        r.noise = {(1.0 - k.alpha * r.data.state) / k.sigma, -k.alpha * r.data.output / k.sigma};
        return r;
    }
    /// As an output whose D is x_0.
    training_target target(const knot& k) const {
        const reading r = at(k);
        return {(1.0 - r.data.state * k.alpha) / r.data.output,
                -r.data.state * k.sigma / r.data.output};
    }
};

/// Epsilon scaling: the noise prediction of the parametrisation inside divided by a number, and the
/// data prediction that goes with it. Ning et al. 2023 (Elucidating the Exposure Bias in Diffusion
/// Models).
template <class Inner>
struct scaled_noise_prediction {
    Inner inner;
    double scale;

    static constexpr bool scales_input = Inner::scales_input;
    static constexpr const char* name = "epsilon scaling";

    reading at(const knot& k) const {
        reading r = inner.at(k);
        r.noise = {r.noise.state / scale, r.noise.output / scale};
        r.data = {(1.0 - k.sigma * r.noise.state) / k.alpha, -k.sigma * r.noise.output / k.alpha};
        return r;
    }
    /// The network's own: it is trained without.
    training_target target(const knot& k) const { return inner.target(k); }
};

}  // namespace types
using types::consistency_prediction, types::latent_consistency_prediction,
    types::scaled_noise_prediction;

}  // namespace fokker::detail
