/// What a network may say of a position, and how the one is made of the other.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include <fokker/error.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

// Of one position, whose value at a knot is `token`:
//   classes      p(x_0 | x_t), given all positions
//   left_out     p(x_0 | x_t without this position)
//   ratios       p_t(x_t with y at this position) / p_t(x_t), of each value y; 1 at the token: the
//                score of SEDD (Lou et al. 2023)
//   rates        of jumps to y in the reverse process, for a unit of alpha: Campbell et al. 2022.
//                Times the speed |d alpha / dt| they are those for a unit of time. Minus their sum
//                at the token
//   velocities   of discrete flow matching for a unit of alpha, (p - [y = x_t]) / (1 - alpha): Gat
//                et al. 2024. They lead along the same marginals as the rates, and are others
// Classes have as many numbers as the network has classes, the others as many as a position has
// values: a mask after the last class is one more. What is read and what is written are different
// arrays.

namespace detail {

using namespace fokker::detail;

/// ln x, and -inf of 0 whatever the compiler assumes.
inline double log_of(double x) {
    return x > 0 ? std::log(x) : -std::numeric_limits<double>::infinity();
}

/// Divides by the sum. Leaves zeros as they are.
inline void normalise(std::span<double> weights) {
    double sum = 0.0;
    for (const double each : weights) sum += each;
    if (sum > 0)
        for (double& each : weights) each /= sum;
}

inline constexpr knot clean_knot{0.0, 1.0, 0.0};

template <class Process>
void require_row(const Process& process, std::span<const double> of_classes,
                 std::span<const double> of_states, int token) {
    const int classes = static_cast<int>(of_classes.size());
    const int states = process.states(classes);
    require(static_cast<int>(of_states.size()) == states, "there are ", of_states.size(),
            " numbers for values of a position, which can have ", states, " with ", classes,
            " classes");
    require(token >= 0 && token < states, "the position's value is ", token,
            ", and it has one from 0 to ", states - 1);
}

template <class Process>
void require_classes(const Process& process, std::span<const double> a, std::span<const double> b,
                     int token) {
    const int states = process.states(static_cast<int>(a.size()));
    require(a.size() == b.size(), "there are ", a.size(), " classes to read and ", b.size(),
            " to write");
    require(token >= 0 && token < states, "the position's value is ", token,
            ", and it has one from 0 to ", states - 1);
}

/// The law of a position's value at a knot, given the others, up to the sum of left_out, which is
/// `whole`.
template <class Process>
double marginal_at(const Process& process, const knot& k, std::span<const double> left_out,
                   double whole, int value) {
    const int count = static_cast<int>(left_out.size());
    if constexpr (requires { process.noise(value, count); }) {
        const double clean = value < count ? left_out[static_cast<std::size_t>(value)] : 0.0;
        return k.alpha * clean + (1.0 - k.alpha) * process.noise(value, count) * whole;
    } else {
        double sum = 0.0;
        for (int y = 0; y < count; ++y)
            sum += left_out[static_cast<std::size_t>(y)] *
                   process.transition(y, value, clean_knot, k, count);
        return sum;
    }
}

inline double sum_of(std::span<const double> row) {
    double sum = 0.0;
    for (const double each : row) sum += each;
    return sum;
}

}  // namespace detail

/// By Bayes' rule p is the other times q(x_t | x_0) of the position, up to their sum.
template <class Process>
void classes_from_left_out(const Process& process, const knot& k, int token,
                           std::span<const double> left_out, std::span<double> classes) {
    detail::require_classes(process, left_out, classes, token);
    const int count = static_cast<int>(classes.size());
    for (int y = 0; y < count; ++y) {
        const auto i = static_cast<std::size_t>(y);
        const double seen = process.transition(y, token, detail::clean_knot, k, count);
        classes[i] = left_out[i] * seen;
    }
    detail::normalise(classes);
}

/// The way back. A class that cannot become this value has 0 in both: of it nothing is known. So
/// that of an open position of a masked state is the class that it has.
template <class Process>
void left_out_from_classes(const Process& process, const knot& k, int token,
                           std::span<const double> classes, std::span<double> left_out) {
    detail::require_classes(process, classes, left_out, token);
    const int count = static_cast<int>(classes.size());
    for (int y = 0; y < count; ++y) {
        const auto i = static_cast<std::size_t>(y);
        const double seen = process.transition(y, token, detail::clean_knot, k, count);
        left_out[i] = seen > 0 ? classes[i] / seen : 0.0;
    }
    detail::normalise(left_out);
}

/// The marginal of the position at the knot, given the others, over what it is at the token.
template <class Process>
void ratios_from_left_out(const Process& process, const knot& k, int token,
                          std::span<const double> left_out, std::span<double> ratios) {
    detail::require_row(process, left_out, ratios, token);
    const double all = detail::sum_of(left_out),
                 here = detail::marginal_at(process, k, left_out, all, token);
    for (int value = 0; value < static_cast<int>(ratios.size()); ++value)
        ratios[static_cast<std::size_t>(value)] =
            value == token ? 1.0 : detail::marginal_at(process, k, left_out, all, value) / here;
}

/// The way back, for processes whose noise has a law of its own (not matrices). Ratios of a network
/// need not be those of a distribution: what would be negative is 0. All 0 at alpha = 0, where
/// ratios say nothing.
template <class Process>
void left_out_from_ratios(const Process& process, const knot& k, int token,
                          std::span<const double> ratios, std::span<double> left_out) {
    detail::require_row(process, left_out, ratios, token);
    const int count = static_cast<int>(left_out.size());
    double whole = 0.0;
    for (const double each : ratios) whole += each;
    for (int y = 0; y < count; ++y) {
        const auto i = static_cast<std::size_t>(y);
        const double noise = (1.0 - k.alpha) * process.noise(y, count) * whole;
        left_out[i] =
            y == process.excluded() || k.alpha == 0 ? 0.0 : (std::max)(0.0, ratios[i] - noise);
    }
    detail::normalise(left_out);
}

/// A term of the variational bound, in nats: the divergence of q(x_s | x_t, x_0) from what the
/// network makes of it, at a position whose value at the noisier knot is `token` and whose clean
/// class is x0. Infinite if the network rules out what can be. It takes time in proportion to the
/// values, and for processes without one law of noise to their square.
template <class Process>
double posterior_divergence(const Process& process, const knot& noisy, const knot& clean, int token,
                            int x0, std::span<const double> left_out) {
    const int count = static_cast<int>(left_out.size());
    const double whole = process.transition(x0, token, detail::clean_knot, noisy, count),
                 all = detail::sum_of(left_out),
                 here = detail::marginal_at(process, noisy, left_out, all, token);
    double sum = 0.0;
    for (int y = 0; y < process.states(count); ++y) {
        const double from_data = process.transition(x0, y, detail::clean_knot, clean, count),
                     q = from_data * process.transition(y, token, clean, noisy, count) / whole;
        if (q == 0) continue;
        const double by_network = detail::marginal_at(process, clean, left_out, all, y);
        sum +=
            q * (std::log(from_data / whole) - detail::log_of(by_network) + detail::log_of(here));
    }
    return (std::max)(0.0, sum);  // but for rounding it is not negative
}

/// rate(y) = pi(x_t) ratio(y) / alpha. Of alpha > 0.
template <class Process>
void rates_from_ratios(const Process& process, const knot& k, int token, int classes,
                       std::span<const double> ratios, std::span<double> rates) {
    const double each = process.noise(token, classes) / k.alpha;
    double sum = 0.0;
    for (std::size_t i = 0; i < ratios.size(); ++i) {
        rates[i] = each * ratios[i];
        if (static_cast<int>(i) != token) sum += rates[i];
    }
    rates[static_cast<std::size_t>(token)] = -sum;
}

/// The way back. Of a position that may be noise.
template <class Process>
void ratios_from_rates(const Process& process, const knot& k, int token, int classes,
                       std::span<const double> rates, std::span<double> ratios) {
    const double each = k.alpha / process.noise(token, classes);
    for (std::size_t i = 0; i < rates.size(); ++i) ratios[i] = each * rates[i];
    ratios[static_cast<std::size_t>(token)] = 1.0;
}

/// (p - [y = x_t]) / (1 - alpha). Of alpha < 1.
inline void velocities_from_classes(const knot& k, int token, std::span<const double> classes,
                                    std::span<double> velocities) {
    for (std::size_t i = 0; i < velocities.size(); ++i) {
        const double p = i < classes.size() ? classes[i] : 0.0;
        velocities[i] = (p - (static_cast<int>(i) == token ? 1.0 : 0.0)) / (1.0 - k.alpha);
    }
}

/// The way back.
inline void classes_from_velocities(const knot& k, int token, std::span<const double> velocities,
                                    std::span<double> classes) {
    for (std::size_t i = 0; i < classes.size(); ++i)
        classes[i] = (1.0 - k.alpha) * velocities[i] + (static_cast<int>(i) == token ? 1.0 : 0.0);
}

}  // namespace fokker::discrete
