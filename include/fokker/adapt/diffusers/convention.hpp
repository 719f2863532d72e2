/// What a diffusers network is called with and what it says, which its scheduler decides.
#pragma once

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers {

/// What the network predicts.
enum class output {
    epsilon,
    sample,
    v_prediction,
    flow_prediction,
    mixed_velocity,  ///< v, which the solver asks for as if it were the noise: PNDM mixes v as it
                     ///< is
};

/// A parametrisation that is chosen at run time. In the classes that walk in sigma, with alpha = 1
/// at every knot, the network sees x / sqrt(sigma^2 + 1), as it was trained where alpha^2 + sigma^2
/// = 1.
struct convention {
    static constexpr bool scales_input = true;
    static constexpr const char* name = "this prediction_type";

    output predicts = output::epsilon;
    bool scales = false;  ///< whether the network sees a scaled x

    detail::reading at(const knot& k) const {
        detail::reading r = of_kind(k);
        if (scales) r.input_scale = 1.0 / std::hypot(k.alpha, k.sigma);
        return r;
    }
    detail::training_target target(const knot& k) const {
        switch (predicts) {
            case output::epsilon:
                return noise_prediction{}.target(k);
            case output::sample:
                return data_prediction{}.target(k);
            case output::v_prediction:
            case output::mixed_velocity:
                return velocity_prediction{}.target(k);
            case output::flow_prediction:
                return flow_prediction{}.target(k);
        }
        return {};
    }

private:
    detail::reading of_kind(const knot& k) const {
        switch (predicts) {
            case output::epsilon:
                return noise_prediction{}.at(k);
            case output::sample:
                return data_prediction{}.at(k);
            case output::v_prediction:
                return of_velocity(k);
            case output::flow_prediction:
                return flow_prediction{}.at(k);
            case output::mixed_velocity: {
                detail::reading r = of_velocity(k);
                r.noise = {0.0, 1.0};
                return r;
            }
        }
        return {};
    }
    /// v belongs to the knot scaled to alpha^2 + sigma^2 = 1: x / n with alpha / n and sigma / n.
    static detail::reading of_velocity(const knot& k) {
        const double n = std::hypot(k.alpha, k.sigma);
        return {{k.alpha / (n * n), -k.sigma / n}, {k.sigma / (n * n), k.alpha / n}, k.t};
    }
};

}  // namespace fokker::diffusers
