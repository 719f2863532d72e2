/// Gamma over lambda: 1 - Gamma is the variance of the noise eps given x_t, in the mean over the
/// data, and over the elements of a sample or for each of them. It is what the analytic variances
/// need. Of an exact network Gamma is also the mean square of its noise prediction: see moment_of.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// Linear in log((1 - Gamma) / Gamma), which for Gaussian data is exact: there it is 2 lambda plus
/// a constant. Linear in Gamma where a measured one does not lie in (0, 1).
inline double gamma_between(double a, double b, double weight) {
    if (weight == 0 || a == b) return a;
    if (!(a > 0 && a < 1 && b > 0 && b < 1)) return (1.0 - weight) * a + weight * b;
    const double log_odds =
        (1.0 - weight) * std::log((1.0 - a) / a) + weight * std::log((1.0 - b) / b);
    return 1.0 / (1.0 + std::exp(log_odds));
}

}  // namespace detail

/// Gamma at knots, noisiest first. It is a function of lambda = ln(alpha / sigma): what was
/// measured on one path serves every path and grid of the same network within the measured lambdas.
/// 0 <= Gamma <= 1 for an exact network: 1 where x_t determines the noise, 0 where it says
/// nothing of it.
struct moments {
    /// Where it was measured: lambda finite and rising, the reverse of rising training times.
    std::vector<knot> knots;
    /// One value a knot; or, knot after knot, one for each element of a sample: a map.
    std::vector<double> gamma;

    /// Values a knot: 1, or the elements of a sample.
    std::size_t values() const { return knots.empty() ? 0 : gamma.size() / knots.size(); }

    /// A place between measured knots: `weight` of the way from the values `below` to those
    /// `above`. It refers to the moments.
    struct place {
        const double* below;
        const double* above;
        double weight;

        double gamma(std::size_t value) const {
            return weight == 0 ? below[value]
                               : detail::gamma_between(below[value], above[value], weight);
        }
    };

    /// Where a lambda lies; outside of the measured range, the nearest knot.
    place find(double lambda) const {
        const auto above = std::partition_point(
            knots.begin(), knots.end(), [=](const knot& k) { return k.lambda() <= lambda; });
        const std::size_t n = values();
        const auto at_knot = [&](std::size_t i) { return &gamma[i * n]; };
        if (above == knots.begin()) return {at_knot(0), at_knot(0), 0.0};
        const auto i = static_cast<std::size_t>(above - knots.begin()) - 1;
        if (above == knots.end()) return {at_knot(i), at_knot(i), 0.0};
        const double from = knots[i].lambda(), to = above->lambda();
        const double weight = (lambda - from) / (to - from);
        // The same lambda on another path differs by its rounding.
        if (weight > 1.0 - same) return {at_knot(i + 1), at_knot(i + 1), 0.0};
        return {at_knot(i), at_knot(i + 1), weight < same ? 0.0 : weight};
    }

    /// Gamma at a lambda: between two knots linear in log((1 - Gamma) / Gamma), outside constant.
    double at(double lambda, std::size_t value = 0) const { return find(lambda).gamma(value); }

    /// One value a knot, the mean over the elements: what a measurement without a map gives.
    moments mean() const {
        moments m{knots, std::vector<double>(knots.size())};
        const std::size_t n = values();
        for (std::size_t i = 0; i < gamma.size(); ++i)
            m.gamma[i / n] += gamma[i] / static_cast<double>(n);
        return m;
    }

    /// Throws fokker::error unless there is one or more knots of finite t and finite, rising
    /// lambda, and one or more finite, not negative values for each.
    void check() const {
        using detail::require;
        require(!knots.empty() && !gamma.empty() && gamma.size() % knots.size() == 0,
                "moments hold ", knots.size(), " knots and ", gamma.size(),
                " values of Gamma; make them with estimate_moments, and pass them as "
                "analytic_ddpm{.variance = {.gamma = moments}}");
        for (std::size_t i = 0; i < knots.size(); ++i) {
            const double lambda = knots[i].lambda();
            require(detail::is_finite(lambda), "the moments have a knot {t = ", knots[i].t,
                    ", alpha = ", knots[i].alpha, ", sigma = ", knots[i].sigma,
                    "}; its alpha and sigma must be positive and finite");
            require(detail::is_finite(knots[i].t), "the moments have a knot {t = ", knots[i].t,
                    ", alpha = ", knots[i].alpha, ", sigma = ", knots[i].sigma,
                    "}; its t, the label that the network was given, must be finite");
            require(i == 0 || lambda > knots[i - 1].lambda(), "the moments' lambda goes from ",
                    i ? knots[i - 1].lambda() : 0.0, " to ", lambda,
                    "; it must rise: knots from noise to data, none twice");
        }
        for (std::size_t i = 0; i < gamma.size(); ++i)
            require(detail::is_finite(gamma[i]) && gamma[i] >= 0, "Gamma is ", gamma[i],
                    " at t = ", knots[i / values()].t, "; it must be finite and not negative");
    }

    /// Throws fokker::error unless Gamma was measured around this knot. At alpha = 0, where it is 1
    /// and only bounds on the data matter, it need not be.
    void require_measured(const knot& k, const char* who) const {
        if (k.alpha == 0) return;
        const double lambda = k.lambda();
        detail::require(
            lambda >= knots.front().lambda() - slack && lambda <= knots.back().lambda() + slack,
            "Gamma was measured from lambda = ", knots.front().lambda(), " (t = ", knots.front().t,
            ") to ", knots.back().lambda(), " (t = ", knots.back().t, "), and ", who,
            " needs it at lambda = ", lambda, " (t = ", k.t,
            "); measure it over all of the grid's path");
    }

private:
    static constexpr double same = 1e-12, slack = 1e-6;
};

}  // namespace fokker
