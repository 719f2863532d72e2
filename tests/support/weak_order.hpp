/// The weak order of stochastic solvers, exactly: for Gaussian data every step is affine in the
/// state and its noises, so the mean and the variance of what a walk leaves follow from one walk.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/fokker.hpp>

#include "solver_properties.hpp"

namespace fokker_test {

/// Gives the state's element 1 + j the value 1 in the j-th draw of a walk, and all others 0, so
/// that each collects what one Gaussian counts in the end. A draw over an interval that begins
/// where the last one did is the rest of the same Brownian path.
struct unit_draws {
    static constexpr bool counted = false;
    bool brownian = false;

    template <class T>
    void begin_draw(const fokker::noise_draw& draw) {
        ++drawn;
        // from > to: the clock runs from noise to data.
        const bool longer = brownian && draw.from == last.from && draw.to < last.to;
        shared = longer ? std::sqrt((last.from - last.to) / (draw.from - draw.to)) : 0.0;
        last = draw;
    }

    template <class T>
    void fill(T* out, std::size_t count, fokker::noise_position position) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t at = position.element + i;
            out[i] = static_cast<T>(at == drawn       ? std::sqrt(1.0 - shared * shared)
                                    : at + 1 == drawn ? shared
                                                      : 0.0);
        }
    }

    std::size_t drawn = 0;
    double shared = 0.0;
    fokker::noise_draw last{};
};

/// Data N(0, deviation^2), whose exact noise prediction is linear.
struct gaussian_data {
    double deviation;

    double variance(const fokker::knot& k) const {
        return k.alpha * k.alpha * deviation * deviation + k.sigma * k.sigma;
    }
    any_network<double> network() const {
        return [*this](const Eigen::ArrayXXd& x, const fokker::knot& k, Eigen::ArrayXXd& out) {
            out = k.sigma / variance(k) * x;
        };
    }
};

/// An uneven walk that begins so far in the noise that the low order of a multistep method's first
/// steps costs nothing.
inline fokker::grid long_grid(int steps) {
    const fokker::vp_path path;
    std::vector<fokker::knot> knots;
    for (int i = 0; i <= steps; ++i) {
        const double u = static_cast<double>(i) / steps;
        knots.push_back(path.at(path.time(-5.0 + 7.0 * (0.7 * u + 0.3 * u * u))));
    }
    return fokker::grid(std::move(knots), path);
}

/// What a walk makes of a mean that is off by one standard deviation, and by how much it misses the
/// variance of the data at its end when it begins with the right one.
struct carried_moments {
    double mean, variance_error;
};

template <class Solver>
carried_moments moments_after(const Solver& solver, int steps, const gaussian_data& data,
                              bool brownian) {
    const fokker::grid walk = long_grid(steps);
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Zero(1 + std::max(2, Solver::evaluations) * steps, 1);
    x(0) = std::sqrt(data.variance(walk.front()));
    unit_draws noise{.brownian = brownian};
    fokker::denoise(x, data.network(), walk, solver, noise);
    REQUIRE(1 + noise.drawn <= static_cast<std::size_t>(x.size()));
    return {x(0), x.square().sum() - data.variance(walk.back())};
}

/// The orders of both, between walks of so many steps and of half as many again. The mean's limit
/// depends on how much noise the solver's SDE has, so its order comes from differences to walks of
/// twice as many steps; 0 where that is rounding alone.
template <class Solver>
weak_order measured_weak_order(const Solver& solver, const weak_order& expected,
                               bool brownian = false) {
    const auto at = [&](int steps) {
        return moments_after(solver, steps, {expected.deviation}, brownian);
    };
    const int n = expected.steps;
    const carried_moments a = at(n), b = at(3 * n / 2), a2 = at(2 * n), b2 = at(3 * n);
    const auto order = [](double coarse, double fine) {
        return std::log(std::abs(coarse / fine)) / std::log(1.5);
    };
    const double off = std::abs(b.mean - b2.mean);
    return {.mean = off < 1e-12 ? 0.0 : order(a.mean - a2.mean, b.mean - b2.mean),
            .variance = order(a.variance_error, b.variance_error)};
}

void check_weak_orders(const auto& for_each) {
    for_each([](const auto& entry) {
        if (!is_stochastic(entry.solver)) return;
        INFO(entry.name);
        if (entry.weak.variance == 0) {
            // er_sde has a test of its own; Langevin steps leave a bias; the analytic solvers'
            // moments are of no network, and few-step models solve no equation. The published
            // SA-Solver draws between two labels alone.
            const bool has_none = !entry.keeps_marginals ||
                                  std::string_view(entry.name).starts_with("er_sde") ||
                                  std::string_view(entry.name).starts_with("published_sa_solver") ||
                                  std::string_view(entry.name).starts_with("predictor_corrector");
            CHECK(has_none);
            return;
        }
        const weak_order measured = measured_weak_order(entry.solver, entry.weak);
        if (entry.weak.mean != weak_order::jumps)
            CHECK(std::abs(measured.mean - entry.weak.mean) < 0.1);
        CHECK(std::abs(measured.variance - entry.weak.variance) < 0.1);
    });
}

}  // namespace fokker_test
