/// Heun's method in the coordinates of rectified flow: Liu et al. 2022 (Flow Straight and Fast);
/// Esser et al. 2024.
#pragma once

#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Solves dX/du = eps_hat - D by the trapezoidal rule, where u = sigma / (alpha + sigma) and
/// X = x / (alpha + sigma): on flow_path these are t and x, and eps_hat - D is what the network of
/// a rectified flow returns. Diffusers' FlowMatchHeunDiscreteScheduler without churn. Order 2; two
/// evaluations a step, from alpha = 0 too, one to sigma = 0; deterministic; any path. (Heun's
/// method of EDM, in sigma / alpha, is `heun`, and begins at alpha = 0 with an Euler step.)
struct flow_heun {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        if (t.sigma == 0) {
            x = t.alpha * D;
            return;
        }
        // eps_hat - D = (X - D) / u
        const double scale_s = s.alpha + s.sigma, scale_t = t.alpha + t.sigma;
        const double u_s = s.sigma / scale_s, u_t = t.sigma / scale_t;
        const double h = u_t - u_s;
        const auto slope = (x / scale_s - D) / u_s;
        auto x_euler = run.stage(0);
        x_euler = scale_t * (x / scale_s + h * slope);
        const auto slope_euler = (x_euler / scale_t - run.data(x_euler, t)) / u_t;
        x = scale_t * (x / scale_s + 0.5 * h * (slope + slope_euler));
    }
};

}  // namespace fokker
