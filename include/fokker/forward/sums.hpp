/// The sums over a sample that the variational bound takes, in double.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <fokker/finite.hpp>
#include <fokker/forward/decoder.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/model/prediction.hpp>

namespace fokker::detail {

/// term(0) + .. + term(size - 1), in eight sums side by side, so that its bits depend on nothing
/// but the sample.
template <class Term>
double sum_over(std::size_t size, const Term& term) {
    std::array<double, 8> sums{};
    const std::size_t whole = size - size % sums.size();
    for (std::size_t j = 0; j < whole; j += sums.size())
        kernel::unrolled<8>([&](auto i) { sums[i] += term(j + i); });
    for (std::size_t j = whole; j < size; ++j) sums[j - whole] += term(j);
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
           ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

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
        return sum_over(size, [this](std::size_t j) {
            const double away = prediction(j) - truth(j);
            return away * away;
        });
    }

    double log_likelihood(const decoder& last) const {
        return sum_over(
            size, [&](std::size_t j) { return last.log_probability(truth(j), prediction(j)); });
    }

    /// Of q(x_t | x_0) from N(0, prior_variance), in nats.
    double prior_divergence(const knot& k, double prior_variance) const {
        const double square = sum_over(size, [this](std::size_t j) { return truth(j) * truth(j); });
        const double n = static_cast<double>(size), variance = k.sigma * k.sigma;
        return n * normal_divergence(k.alpha * k.alpha * square / n, variance, prior_variance);
    }
};

}  // namespace fokker::detail
