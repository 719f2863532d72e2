/// The exact flow map of Gaussian data: what a perfect network of two knots says.
#pragma once

#include <cmath>

#include <fokker/kernel/array.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/path/knot.hpp>

namespace fokker_test {

/// The data are N(mean, deviation^2), so that the flow takes x from s to t as
///   (x_t - alpha_t mean) / S_t = (x_s - alpha_s mean) / S_s,   S^2 = alpha^2 deviation^2 +
///   sigma^2.
struct gaussian_map {
    double mean = 0.4, deviation = 0.7;

    double spread(const fokker::knot& k) const { return std::hypot(k.alpha * deviation, k.sigma); }
    double state(double x, const fokker::knot& s, const fokker::knot& t) const {
        return t.alpha * mean + spread(t) / spread(s) * (x - s.alpha * mean);
    }
    /// The D with which DDIM's step from s ends there. Without cancellation: with a and b the
    /// factors of DDIM's step, D = (state - a x) / b.
    double data(double x, const fokker::knot& s, const fokker::knot& t) const {
        const double a = t.sigma / s.sigma, b = t.alpha - a * s.alpha;
        const double slope = (spread(t) / spread(s) - a) / b;
        return mean + slope * (x - s.alpha * mean);
    }

    /// f(x, from, to, out) for a model that reads its output by P.
    template <fokker::detail::parametrisation P>
    auto network(const P& predicts) const {
        return [*this, predicts](const auto& x, const fokker::knot& s, const fokker::knot& t,
                                 auto& out) {
            const auto r = predicts.at(s);
            const std::size_t size = fokker::detail::shape_of(x).size();
            for (std::size_t i = 0; i < size; ++i) {
                const double given = x.data()[i] / r.input_scale;
                out.data()[i] = static_cast<std::remove_reference_t<decltype(out.data()[0])>>(
                    (data(given, s, t) - r.data.state * given) / r.data.output);
            }
        };
    }
};

}  // namespace fokker_test
