/// Measures Gamma batch by batch, with its error, so that one knows when to stop.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward/checks.hpp>
#include <fokker/forward/noising.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/moments/controlled_sums.hpp>
#include <fokker/moments/later_samples.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>

namespace fokker {

/// From what Gamma is measured; for an exact network both are the same. `prediction`: the mean of
/// eps_hat^2, by the network and the data alone (Bao et al. 2022, Analytic-DPM, eq. 8). `residual`:
/// 1 minus the mean of (eps - eps_hat)^2, so that the variance makes up for what the network's mean
/// misses, too (Bao et al. 2022, Extended-Analytic-DPM, on imperfect means); it needs fewer data
/// where there is much noise.
enum class moment_of { prediction, residual };

/// What a measurement of moments leaves to choose.
struct moment_options {
    moment_of of = moment_of::prediction;
    /// A map: Gamma of each element of a sample in place of its mean over them. Takes 48 bytes a
    /// knot and element, and thousands of samples, as there is no mean over elements.
    bool each_element = false;
};

/// Gamma at given knots, from any number of batches of data. Every batch costs one network call a
/// knot. Every sample has one draw of noise, the same at every knot, so that the error of Gamma is
/// smooth in lambda; give data again for another draw. With a counted source such as philox, it
/// does not matter how the data are divided into batches. The noise prediction is taken before any
/// bounds and without a classifier. A model that is a variable is referred to. Throws fokker::error
/// from the constructor on knots where nothing can be measured, and on two of the same lambda.
template <class Model, class Noise>
class moment_estimator {
public:
    moment_estimator(Model&& model, std::vector<knot> knots, Noise&& noise,
                     moment_options options = {})
        : model_(detail::as_model(std::forward<Model>(model))),
          source_(detail::as_source(std::forward<Noise>(noise))),
          knots_(std::move(knots)),
          options_(options),
          sums_(knots_.size()),
          of_samples_(options.each_element ? 0 : knots_.size()) {
        detail::require(!knots_.empty(),
                        "moments are to be measured at no knots; give at least "
                        "one");
        for (const knot& k : knots_) {
            detail::require_readable(model_.prediction, k);
            detail::require_knot(k);
            detail::require(k.alpha > 0 && k.sigma > 0, "the knot {t = ", k.t,
                            ", alpha = ", k.alpha, ", sigma = ", k.sigma,
                            "} is all noise or none, and there is nothing to measure; give knots "
                            "with alpha > 0 and sigma > 0");
        }
        std::sort(knots_.begin(), knots_.end(),
                  [](const knot& a, const knot& b) { return a.lambda() < b.lambda(); });
        for (std::size_t i = 1; i < knots_.size(); ++i)
            detail::require(knots_[i].lambda() > knots_[i - 1].lambda(),
                            "the knots {t = ", knots_[i - 1].t, "} and {t = ", knots_[i].t,
                            "} have the same lambda; give each once");
    }

    /// Measures on a batch of data more. Throws fokker::error if its samples have another size than
    /// those before.
    template <array Data>
    void add(const Data& data) {
        const array_shape shape = shape_of(data);
        detail::require(shape.size() > 0, "moments got no data");
        detail::require(samples_ == 0 || shape.elements == elements_, "moments got samples of ",
                        elements_, " elements, and now of ", shape.elements);
        elements_ = shape.elements;
        if (options_.each_element)
            for (auto& sums : sums_) sums.resize(elements_);
        else
            for (auto& sums : sums_) sums.resize(1);
        draw_noise(data);
        detail::begin_walk(model_.network);
        for (std::size_t i = 0; i < knots_.size(); ++i) measure(data, i);
        samples_ += shape.samples;
        ++batches_;
    }

    /// Draws of noise so far, one for every sample of every batch.
    std::uint64_t samples() const { return samples_; }

    /// Gamma, from all batches so far; noisiest knot first. Throws fokker::error before the first.
    moments result() const {
        moments m{knots_, {}};
        for_each([&](const auto& sums, const auto&) {
            const double mean = std::max(0.0, sums.mean(sums.slope()));
            m.gamma.push_back(options_.of == moment_of::residual ? std::max(0.0, 1 - mean) : mean);
        });
        m.check();
        return m;
    }

    /// The standard error of every value of Gamma, in the same order. Infinite below two samples.
    std::vector<double> standard_errors() const {
        std::vector<double> errors;
        for_each([&](const auto& sums, const auto& samples) {
            errors.push_back(samples.standard_error(sums.slope()));
        });
        return errors;
    }

    /// The error of what Gamma is for, the variance of x_0 given x_t: the largest, over the knots,
    /// of the root mean square of the standard errors over that of 1 - Gamma. It falls with the
    /// root of the number of samples.
    double relative_error() const {
        const auto gamma = result().gamma, errors = standard_errors();
        const std::size_t values = gamma.size() / knots_.size();
        double worst = 0.0;
        for (std::size_t first = 0; first < gamma.size(); first += values) {
            double error = 0.0, unknown = 0.0;
            for (std::size_t i = first; i < first + values; ++i) {
                error += errors[i] * errors[i];
                unknown += (1.0 - gamma[i]) * (1.0 - gamma[i]);
            }
            worst = std::max(worst, unknown > 0 ? std::sqrt(error / unknown)
                                                : std::numeric_limits<double>::infinity());
        }
        return worst;
    }

private:
    using source_type = detail::source_for<Noise>;

    void for_each(const auto& f) const {
        detail::require(samples_ > 0, "no moments were measured yet; add a batch of data first");
        for (std::size_t i = 0; i < knots_.size(); ++i)
            for (const auto& sums : sums_[i])
                f(sums, options_.each_element ? sums : of_samples_[i]);
    }

    template <array Data>
    void draw_noise(const Data& data) {
        using T = scalar_of<Data>;
        owner_of<Data>& z = noise_.like(data);
        const auto once = [](std::uint32_t draw) { return kernel::gaussian<T>(1.0, draw); };
        if constexpr (detail::any_sample_source<source_type>)
            detail::write(z, once(moments_draw),
                          detail::later_samples<source_type>{source_, samples_});
        else  // no run has a draw of this number, unless a step draws 255 Gaussians
            detail::write(z, once(batches_ == 0 ? moments_draw : 256 * batches_ + 254), source_);
    }

    template <array Data>
    void measure(const Data& data, std::size_t at) {
        using T = scalar_of<Data>;
        using buffer = owner_of<Data>;
        const knot& k = knots_[at];
        const reading r = model_.at(k);
        const buffer& z = noise_.like(data);
        buffer &x = state_.like(data), &out = output_.like(data);
        detail::write(x,
                      kernel::term<T>(k.alpha * r.input_scale, data_of(data)) +
                          kernel::term<T>(k.sigma * r.input_scale, data_of(z)),
                      no_noise{});
        using network = std::remove_reference_t<decltype((model_.network))>;
        if constexpr (network_for<network, buffer, buffer>)
            detail::call_network(model_.network, std::as_const(x), k, r.label, out);
        else
            detail::call_network_twice(model_.network, std::as_const(x), k, r.label, out,
                                       second_.like(data));
        take(at, {r.noise.state / r.input_scale, r.noise.output}, data_of(std::as_const(x)),
             data_of(std::as_const(out)), data_of(z), shape_of(data));
    }

    template <class T>
    void take(std::size_t at, const mix& noise, const T* x, const T* out, const T* z,
              array_shape shape) {
        const bool each = options_.each_element;
        for (std::size_t n = 0; n < shape.samples; ++n) {
            double y = 0, u = 0;
            for (std::size_t j = 0; j < shape.elements; ++j, ++x, ++out, ++z) {
                const double e = noise.state * static_cast<double>(*x) +
                                 noise.output * static_cast<double>(*out);
                const auto eps = static_cast<double>(*z);
                const double counted = options_.of == moment_of::residual ? eps - e : e;
                sums_[at][each ? j : 0].add(counted * counted, eps * eps);
                y += counted * counted;
                u += eps * eps;
            }
            const auto d = static_cast<double>(shape.elements);
            if (!each) of_samples_[at].add(y / d, u / d);
        }
    }

    detail::model_for<Model> model_;
    source_type source_;
    std::vector<knot> knots_;
    moment_options options_;
    std::vector<std::vector<detail::controlled_sums>> sums_;  // for each knot, over elements
    std::vector<detail::controlled_sums> of_samples_;  // of means over a sample; not for a map
    detail::kept_array noise_, state_, output_, second_;
    std::size_t elements_ = 0;
    std::uint64_t samples_ = 0;
    std::uint32_t batches_ = 0;
};

template <class Model, class Noise, class... Options>
moment_estimator(Model&&, std::vector<knot>, Noise&&, Options...) -> moment_estimator<Model, Noise>;

}  // namespace fokker
