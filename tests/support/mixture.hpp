/// An exact network: the noise predictor of a one-dimensional Gaussian mixture, applied to every
/// element, in closed form.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fokker/kernel/array.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/path/knot.hpp>

namespace fokker_test {

struct mixture {
    std::array<double, 2> weight{0.4, 0.6};
    std::array<double, 2> mean{-0.7, 0.8};
    std::array<double, 2> std{0.35, 0.5};

    /// E[x_0 | x_t = x].
    double data(double x, const fokker::knot& k) const { return data_moments(x, k)[0]; }
    /// Var(x_0 | x_t = x).
    double data_variance(double x, const fokker::knot& k) const {
        const auto [mean_of_it, square] = data_moments(x, k);
        return square - mean_of_it * mean_of_it;
    }
    /// The density of x_t.
    double density(double x, const fokker::knot& k) const;
    /// E[x_0 | x_t = x] and E[x_0^2 | x_t = x].
    std::array<double, 2> data_moments(double x, const fokker::knot& k) const;
    /// What a network says that is read like this, for each of n states.
    template <class T>
    void predict(const T* x, std::size_t n, const fokker::knot& k, const fokker::detail::reading& r,
                 T* out) const;

    double first_moment() const { return weight[0] * mean[0] + weight[1] * mean[1]; }
    double central_moment(int order) const {
        double sum = 0.0;
        for (std::size_t i = 0; i < 2; ++i) {
            const double d = mean[i] - first_moment(), v = std[i] * std[i];
            sum += weight[i] * (order == 2 ? d * d + v : d * d * d * d + 6 * d * d * v + 3 * v * v);
        }
        return sum;
    }
};

// Most of what tests compute is this. So their build compiles it once, optimised, in mixture.cpp;
// a test that is compiled by itself has it from here.
#ifndef FOKKER_TESTS_SUPPORT_COMPILED
#ifndef FOKKER_TESTS_INLINE
#define FOKKER_TESTS_INLINE inline
#endif

FOKKER_TESTS_INLINE double mixture::density(double x, const fokker::knot& k) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < 2; ++i) {
        const double v = k.alpha * k.alpha * std[i] * std[i] + k.sigma * k.sigma;
        const double away = x - k.alpha * mean[i];
        sum += weight[i] * std::exp(-0.5 * away * away / v) / std::sqrt(2 * std::numbers::pi * v);
    }
    return sum;
}

FOKKER_TESTS_INLINE std::array<double, 2> mixture::data_moments(double x,
                                                                const fokker::knot& k) const {
    std::array<double, 2> variance, exponent;
    for (std::size_t i = 0; i < 2; ++i) {
        const double away = x - k.alpha * mean[i];
        variance[i] = k.alpha * k.alpha * std[i] * std[i] + k.sigma * k.sigma;
        exponent[i] = -0.5 * away * away / variance[i];
    }
    // Relative to the nearer part, so that far away not both densities are 0.
    const double most = std::max(exponent[0], exponent[1]);
    double total = 0.0, sum = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < 2; ++i) {
        const double density = weight[i] / std::sqrt(variance[i]) * std::exp(exponent[i] - most);
        const double m =
            mean[i] + k.alpha * std[i] * std[i] / variance[i] * (x - k.alpha * mean[i]);
        total += density;
        sum += density * m;
        squares += density * (m * m + std::pow(std[i] * k.sigma, 2) / variance[i]);
    }
    return {sum / total, squares / total};
}

#endif

template <class T>
void mixture::predict(const T* x, std::size_t n, const fokker::knot& k,
                      const fokker::detail::reading& r, T* out) const {
    for (std::size_t i = 0; i < n; ++i) {
        const double state = static_cast<double>(x[i]) / r.input_scale;
        out[i] = static_cast<T>((data(state, k) - r.data.state * state) / r.data.output);
    }
}
#ifdef FOKKER_TESTS_SUPPORT_COMPILED
extern template void mixture::predict(const float*, std::size_t, const fokker::knot&,
                                      const fokker::detail::reading&, float*) const;
extern template void mixture::predict(const double*, std::size_t, const fokker::knot&,
                                      const fokker::detail::reading&, double*) const;
#endif

/// The network that predicts what `Prediction` says, for a mixture: out = f(x, knot, out).
template <class Prediction = fokker::noise_prediction>
struct exact_network {
    mixture target{};
    Prediction prediction{};

    template <class X, class Out>
    void operator()(const X& x, const fokker::knot& k, Out& out) const {
        // The label may be the network's own; everything here needs only alpha and sigma.
        target.predict(fokker::detail::data_of(x), fokker::detail::shape_of(out).size(), k,
                       prediction.at(k), fokker::detail::data_of(out));
    }
};

/// Where the probability-flow ODE carries x from one knot to another: classical Runge-Kutta of
/// order 4 in log(sigma / alpha), with steps far finer than any sampler's. The target is a mixture,
/// or whatever else says data(x, knot).
template <class Target>
double exact_flow(const Target& m, double x, const fokker::knot& from, const fokker::knot& to,
                  int steps = 20000) {
    double y = x / from.alpha;
    const double first = std::log(from.noise_to_signal());
    const double h = (std::log(to.noise_to_signal()) - first) / steps;
    const auto slope = [&](double u, double v) {
        return v - m.data(v, fokker::knot{0.0, 1.0, std::exp(u)});
    };
    for (int i = 0; i < steps; ++i) {
        const double u = first + i * h;
        const double a = slope(u, y), b = slope(u + h / 2, y + h / 2 * a),
                     c = slope(u + h / 2, y + h / 2 * b), d = slope(u + h, y + h * c);
        y += h / 6 * (a + 2 * b + 2 * c + d);
    }
    return y * to.alpha;
}

}  // namespace fokker_test
