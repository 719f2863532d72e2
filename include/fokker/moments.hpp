/// Moments of a noise predictor: Gamma_t = E ||eps_hat(x_t, t)||^2 / d, the one number a time that
/// the analytic variances need. Bao et al. 2022 (Analytic-DPM), section 3.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/forward/checks.hpp>
#include <fokker/forward/noising.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/knot.hpp>

namespace fokker {

/// Gamma at rising times, linear between them and constant outside. 0 <= Gamma <= 1 for an exact
/// network: 1 where x_t gives the noise away, 0 where it says nothing of it.
struct moments {
    std::vector<double> times;
    std::vector<double> gamma;

    double at(double t) const {
        const auto above = std::lower_bound(times.begin(), times.end(), t);
        if (above == times.begin()) return gamma.front();
        if (above == times.end()) return gamma.back();
        const auto i = static_cast<std::size_t>(above - times.begin());
        const double weight = (t - times[i - 1]) / (times[i] - times[i - 1]);
        return (1.0 - weight) * gamma[i - 1] + weight * gamma[i];
    }

    /// Throws fokker::error unless there is one finite, not negative value for each of one or more
    /// rising times.
    void check() const {
        detail::require(!times.empty() && times.size() == gamma.size(), "moments hold ",
                        times.size(), " times and ", gamma.size(),
                        " values of Gamma; make them with estimate_moments, and pass them as "
                        "analytic_ddpm{.variance = {.gamma = moments}}");
        for (std::size_t i = 0; i < times.size(); ++i) {
            detail::require(detail::is_finite(gamma[i]) && gamma[i] >= 0, "Gamma is ", gamma[i],
                            " at t = ", times[i], "; it must be finite and not negative");
            detail::require(i == 0 || times[i] > times[i - 1], "the times of the moments go from ",
                            times[i ? i - 1 : 0], " to ", times[i], "; they must rise");
        }
    }
};

/// The variance of x_0 given x_t that Gamma implies, averaged over the elements: sigma^2 / alpha^2
/// (1 - Gamma), bounded by 0 and by data_radius^2, the most that data in [-radius, radius] can
/// have. Bao et al. 2022, eq. 8 and theorem 2.
inline double data_variance(const knot& k, double gamma,
                            double data_radius = std::numeric_limits<double>::infinity()) {
    const double most = data_radius * data_radius;
    if (k.alpha == 0) return most;  // x_t says nothing about x_0
    return std::clamp((1.0 - gamma) / k.signal_to_noise_squared(), 0.0, most);
}

namespace detail {

/// The mean of eps_hat^2, with the square of the noise itself, whose mean is 1, as a control
/// variate: where the network finds nearly all of the noise, at large t, the chance of the draw
/// cancels, and it is there that sigma^2 / alpha^2 multiplies every error of Gamma.
template <class T>
double controlled_mean_square(const T* eps_hat, const T* x, const T* x0, std::size_t size,
                              double input_scale, const knot& k) {
    double e1 = 0, z1 = 0, z2 = 0, ez = 0;
    for (std::size_t j = 0; j < size; ++j) {
        const double state = static_cast<double>(x[j]) / input_scale;
        const double z = (state - k.alpha * static_cast<double>(x0[j])) / k.sigma;
        const double e = static_cast<double>(eps_hat[j]);
        e1 += e * e;
        z1 += z * z;
        z2 += z * z * z * z;
        ez += e * e * z * z;
    }
    const auto n = static_cast<double>(size);
    const double variance = z2 / n - z1 / n * z1 / n, covariance = ez / n - e1 / n * z1 / n;
    const double slope = variance > 0 ? covariance / variance : 0.0;
    return std::max(0.0, e1 / n - slope * (z1 / n - 1.0));
}

}  // namespace detail

/// Measures Gamma at each of the knots (times rising, so the reverse of a grid) over all of `data`.
/// It calls the network once a knot, with a batch of the shape of `data`. Every sample has one draw
/// of noise, the same at every knot, so that the error of Gamma is smooth in t. The noise
/// prediction is taken before any bounds and without a classifier. Throws fokker::error on misuse
/// before the first call.
template <class Model, array Data, noise_or_engine Noise>
moments estimate_moments(Model&& model, const std::vector<knot>& knots, const Data& data,
                         Noise&& noise) {
    using T = scalar_of<Data>;
    using buffer = owner_of<Data>;
    auto&& m = detail::as_model(std::forward<Model>(model));
    detail::require(!knots.empty(), "estimate_moments got no knots; give at least one");
    detail::require(shape_of(data).size() > 0, "estimate_moments got no data");
    for (std::size_t i = 0; i < knots.size(); ++i) {
        detail::require_readable(m.prediction, knots[i]);
        detail::require(knots[i].sigma > 0,
                        "there is no noise to predict at the knot {t = ", knots[i].t,
                        "}; measure where sigma > 0");
        detail::require(i == 0 || knots[i].t > knots[i - 1].t, "the knots' times go from ",
                        i ? knots[i - 1].t : 0.0, " to ", knots[i].t,
                        "; they must rise (reverse the knots of a grid)");
    }

    auto&& source = detail::as_source(std::forward<Noise>(noise));
    buffer x = array_traits<Data>::like(data), out = array_traits<Data>::like(data);
    moments result;
    detail::begin_walk(m.network);
    for (std::size_t i = 0; i < knots.size(); ++i) {
        const reading r = m.at(knots[i]);
        forward(data, knots[i], source, x, moments_draw);
        if (r.input_scale != 1.0)
            detail::write(x, kernel::term<T>(r.input_scale, data_of(x)), no_noise{});
        using network = std::remove_reference_t<decltype(m.network)>;
        if constexpr (network_for<network, buffer, buffer>) {
            detail::call_network(m.network, std::as_const(x), knots[i], r.label, out);
        } else {
            buffer second = array_traits<Data>::like(data);
            detail::call_network_twice(m.network, std::as_const(x), knots[i], r.label, out, second);
        }
        detail::write(out,
                      kernel::term<T>(r.noise.state / r.input_scale, data_of(x)) +
                          kernel::term<T>(r.noise.output, data_of(out)),
                      no_noise{});
        result.times.push_back(knots[i].t);
        result.gamma.push_back(detail::controlled_mean_square(data_of(out), data_of(x),
                                                              data_of(data), shape_of(data).size(),
                                                              r.input_scale, knots[i]));
    }
    result.check();
    return result;
}

/// The same at every training time of a schedule.
template <class Model, array Data, noise_or_engine Noise>
moments estimate_moments(Model&& model, const discrete_schedule& schedule, const Data& data,
                         Noise&& noise) {
    std::vector<knot> knots;
    for (int t = 0; t < schedule.steps(); ++t) knots.push_back(schedule.at(t));
    return estimate_moments(std::forward<Model>(model), knots, data, std::forward<Noise>(noise));
}

}  // namespace fokker
