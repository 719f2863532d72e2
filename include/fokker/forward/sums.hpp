/// The sums over a sample that the variational bound takes, in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fokker/finite.hpp>
#include <fokker/forward/decoder.hpp>
#include <fokker/forward/normal.hpp>
#include <fokker/kernel/reduce.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// One sample of the bound: its data, and the data prediction as a mix of state and output.
template <class T, bool Clips>
struct measured_sample {
    const T *x0, *state, *output;
    std::size_t size;
    mix data;
    double low, high;  // where Clips

    double truth(std::size_t j) const { return static_cast<double>(x0[j]); }
    double prediction(std::size_t j) const {
        const double D = data.state * static_cast<double>(state[j]) +
                         data.output * static_cast<double>(output[j]);
        if constexpr (Clips) return std::clamp(D, low, high);
        return D;
    }

    /// Whether the network returned numbers.
    bool is_finite() const {
        bool finite = true;
        for (std::size_t j = 0; j < size; ++j)
            finite &= detail::is_finite(static_cast<double>(output[j]));
        return finite;
    }

    double squared_error() const {
        return kernel::sum(size, [this](std::size_t j) {
            const double away = prediction(j) - truth(j);
            return away * away;
        });
    }

    double log_likelihood(const decoder& last) const {
        return kernel::sum(
            size, [&](std::size_t j) { return last.log_probability(truth(j), prediction(j)); });
    }

    /// The same with a variance for each element.
    double log_likelihood(const decoder& last, const auto& variances) const {
        return kernel::sum(size, [&](std::size_t j) {
            return last.log_probability(truth(j), prediction(j), std::sqrt(variances(j)));
        });
    }

    /// Of a step whose mean takes `weight` of the data and whose variance is known, in nats.
    double divergence(double weight, double known, const auto& variances) const {
        return kernel::sum(size, [&](std::size_t j) {
            const double away = weight * (prediction(j) - truth(j));
            return normal_divergence(away * away, known, variances(j));
        });
    }

    /// Of q(x_t | x_0) from N(0, prior_variance), in nats.
    double prior_divergence(const knot& k, double prior_variance) const {
        const double square =
            kernel::sum(size, [this](std::size_t j) { return truth(j) * truth(j); });
        const double n = static_cast<double>(size), variance = k.sigma * k.sigma;
        return n * normal_divergence(k.alpha * k.alpha * square / n, variance, prior_variance);
    }
};

}  // namespace fokker::detail
