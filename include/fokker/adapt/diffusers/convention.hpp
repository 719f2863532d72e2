/// What a diffusers network is called with and what it says, which its scheduler decides.
#pragma once

#include <cmath>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/model/consistency.hpp>
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
    preconditioned,           ///< F of Karras et al. 2022 (EDM)
    preconditioned_velocity,  ///< -F: EDM's of a network that was trained on velocities
    score,                    ///< of x, as Song et al. 2021 have it
    consistency,              ///< F of Song et al. 2023 (Consistency Models)
    flow_to_data,             ///< the flow velocity that points to the data
    trigflow,        ///< cos t z - sin t x_0 with t the label, both sigma_data times as large
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
    bool scales = false;       ///< whether the network sees a scaled x; EDM's see one anyhow
    double sigma_data = 0.5;   ///< of EDM, consistency models and trigflow
    double sigma_min = 0.002;  ///< of consistency models

    detail::reading at(const knot& k) const {
        detail::reading r = of_kind(k);
        r.label = k.t;
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
            case output::preconditioned:
                return edm_prediction{sigma_data}.target(k);
            case output::preconditioned_velocity: {
                const detail::training_target t = edm_prediction{sigma_data}.target(k);
                return {-t.data, -t.noise};
            }
            case output::score:
                return score_prediction{}.target(k);
            case output::consistency:
                return detail::consistency_prediction{sigma_min, sigma_data}.target(k);
            case output::flow_to_data:
                return flow_prediction{flow_direction::to_data}.target(k);
            case output::trigflow:
                return {-sigma_data * std::sin(k.t), sigma_data * std::cos(k.t)};
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
            case output::preconditioned:
                return edm_prediction{sigma_data}.at(k);
            case output::preconditioned_velocity: {
                detail::reading r = edm_prediction{sigma_data}.at(k);
                r.data.output = -r.data.output;
                r.noise.output = -r.noise.output;
                return r;
            }
            case output::score:
                return score_prediction{}.at(k);
            case output::consistency:
                return detail::consistency_prediction{sigma_min, sigma_data}.at(k);
            case output::flow_to_data:
                return flow_prediction{flow_direction::to_data}.at(k);
            case output::trigflow:
                return of_trigflow(k);
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
    /// Of x = sigma_data (cos t x_0 + sin t z), also where t is a little more than a quarter turn.
    detail::reading of_trigflow(const knot& k) const {
        const double c = std::cos(k.t) / sigma_data, s = std::sin(k.t) / sigma_data;
        return {{c, -s}, {s, c}, k.t};
    }
};

}  // namespace fokker::diffusers
