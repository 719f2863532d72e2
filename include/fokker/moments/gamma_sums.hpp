/// What a measurement of moments adds up, knot by knot, and what it says of Gamma.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <fokker/kernel/array.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/moments/controlled_sums.hpp>
#include <fokker/moments/options.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

/// Sums over all elements of a knot, or over each of them, and the errors that they leave. Gamma of
/// all elements takes its control from the elements, of which there are many, and its error from
/// the samples, as elements of one sample depend on each other.
class gamma_sums {
public:
    gamma_sums(std::size_t knots, const moment_options& options)
        : options_(options), sums_(knots), samples_(options.each_element ? 0 : knots) {}

    /// Counts a batch at a knot: eps_hat = noise.state x + noise.output out, and the noise z.
    template <class T>
    void add(std::size_t knot, const mix& noise, const T* x, const T* out, const T* z,
             array_shape shape) {
        const bool each = options_.each_element;
        sums_[knot].resize(each ? shape.elements : 1);
        for (std::size_t n = 0; n < shape.samples; ++n) {
            double y = 0, u = 0;
            for (std::size_t j = 0; j < shape.elements; ++j, ++x, ++out, ++z) {
                const double e = noise.state * static_cast<double>(*x) +
                                 noise.output * static_cast<double>(*out);
                const auto eps = static_cast<double>(*z);
                const double counted = of_residual() ? eps - e : e;
                sums_[knot][each ? j : 0].add(counted * counted, eps * eps);
                y += counted * counted;
                u += eps * eps;
            }
            const auto d = static_cast<double>(shape.elements);
            if (!each) samples_[knot].add(y / d, u / d);
        }
    }

    /// Knot after knot, one value or one for each element.
    std::vector<double> gamma() const {
        std::vector<double> values;
        for (const auto& of_knot : sums_)
            for (const auto& sums : of_knot) {
                const double mean = (std::max)(0.0, sums.mean(sums.slope()));
                values.push_back(of_residual() ? (std::max)(0.0, 1.0 - mean) : mean);
            }
        return values;
    }

    /// In the same order.
    std::vector<double> standard_errors() const {
        std::vector<double> errors;
        for (std::size_t i = 0; i < sums_.size(); ++i)
            for (const auto& sums : sums_[i])
                errors.push_back(
                    (options_.each_element ? sums : samples_[i]).standard_error(sums.slope()));
        return errors;
    }

    /// The largest, over the knots, of the errors' root mean square over that of 1 - Gamma.
    double relative_error() const {
        const auto values = gamma(), errors = standard_errors();
        const std::size_t each = values.size() / sums_.size();
        double worst = 0.0;
        for (std::size_t first = 0; first < values.size(); first += each) {
            double error = 0.0, unknown = 0.0;
            for (std::size_t i = first; i < first + each; ++i) {
                error += errors[i] * errors[i];
                unknown += (1.0 - values[i]) * (1.0 - values[i]);
            }
            worst = (std::max)(worst, unknown > 0 ? std::sqrt(error / unknown)
                                                  : std::numeric_limits<double>::infinity());
        }
        return worst;
    }

private:
    bool of_residual() const { return options_.of == moment_of::residual; }

    moment_options options_;
    std::vector<std::vector<controlled_sums>> sums_;
    std::vector<controlled_sums> samples_;  // of means over a sample; not for a map
};

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
