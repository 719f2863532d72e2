/// Measures Gamma batch by batch, with its error, so that one knows when to stop.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/core/caller.hpp>
#include <fokker/error.hpp>
#include <fokker/forward/checks.hpp>
#include <fokker/forward/noising.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/moments/gamma_sums.hpp>
#include <fokker/moments/later_samples.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/moments/options.hpp>
#include <fokker/noise/draws.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Gamma at given knots, from any number of batches of data. Every batch costs one network call a
/// knot. Every sample has one draw of noise, the same at every knot, so that the error of Gamma is
/// smooth in lambda; give data again for another draw. With a counted source such as philox, it
/// does not matter how the data are divided into batches. The noise prediction is taken before any
/// bounds and without a classifier. A model that is a variable is referred to. Throws fokker::error
/// from the constructor on knots where nothing can be measured, and on two of the same lambda.
template <class Model, class Noise>
class moment_estimator {
    static constexpr bool checked = (detail::require_normals<Noise>(), true);
    static_assert(checked);

public:
    moment_estimator(Model&& model, std::vector<knot> knots, Noise&& source,
                     moment_options options = {})
        : model_(detail::as_model(std::forward<Model>(model))),
          source_(detail::as_source(std::forward<Noise>(source))),
          knots_(std::move(knots)),
          sums_(knots_.size(), options) {
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
    template <array_like Data>
    void add(const Data& data) {
        const array_shape shape = detail::shape_of(data);
        detail::require(shape.size() > 0, "moments got no data");
        detail::require(elements_ == 0 || shape.elements == elements_, "moments got samples of ",
                        elements_, " elements, and now of ", shape.elements);
        elements_ = shape.elements;
        draw_noise(data);
        core::caller caller;
        caller.begin();
        detail::begin_walk(model_.network);
        core::open_call opened(caller);
        for (std::size_t i = 0; i < knots_.size(); ++i) measure(data, i, opened);
        samples_ += shape.samples;
        ++batches_;
    }

    /// Draws of noise so far, one for every sample of every batch.
    std::uint64_t samples() const { return samples_; }

    /// Gamma, from all batches so far; noisiest knot first. Throws fokker::error before the first.
    moments result() const {
        moments m{knots_, measured().gamma()};
        m.check();
        return m;
    }

    /// The standard error of every value of Gamma, in the same order. Infinite below two samples.
    std::vector<double> standard_errors() const { return measured().standard_errors(); }

    /// The error of what Gamma is for, the variance of x_0 given x_t: the largest, over the knots,
    /// of the root mean square of the standard errors over that of 1 - Gamma. It falls with the
    /// root of the number of samples.
    double relative_error() const { return measured().relative_error(); }

private:
    using source_type = detail::source_for<Noise>;

    const detail::gamma_sums& measured() const {
        detail::require(samples_ > 0, "no moments were measured yet; add a batch of data first");
        return sums_;
    }

    template <array_like Data>
    void draw_noise(const Data& data) {
        using T = detail::scalar_of<Data>;
        detail::owner_of<Data>& z = noise_.like(data);
        const auto once = [](std::uint32_t draw) { return kernel::gaussian<const T*>(1.0, draw); };
        if constexpr (detail::any_sample_source<source_type>)
            detail::write(z, once(detail::moments_draw),
                          detail::later_samples<source_type>{source_, samples_});
        else
            detail::write(z,
                          once(batches_ == 0 ? detail::moments_draw : detail::later_draw(batches_)),
                          source_);
    }

    template <array_like Data>
    void measure(const Data& data, std::size_t at, core::open_call& opened) {
        using T = detail::scalar_of<Data>;
        using buffer = detail::owner_of<Data>;
        const knot& k = knots_[at];
        const detail::reading r = model_.at(k);
        const buffer& z = noise_.like(data);
        buffer &x = state_.like(data), &out = output_.like(data);
        detail::write(x,
                      kernel::term<T>(k.alpha * r.input_scale, detail::data_of(data)) +
                          kernel::term<T>(k.sigma * r.input_scale, detail::data_of(z)),
                      detail::no_noise{});
        using network = std::remove_reference_t<decltype((model_.network))>;
        const knot handed = opened.handed(k, k.t);
        if constexpr (detail::network_for<network, buffer, buffer>)
            detail::call_network(model_.network, std::as_const(x), handed, r.label, out);
        else
            detail::call_network_twice(model_.network, std::as_const(x), handed, r.label, out,
                                       second_.like(data));
        sums_.add(at, {r.noise.state / r.input_scale, r.noise.output},
                  detail::data_of(std::as_const(x)), detail::data_of(std::as_const(out)),
                  detail::data_of(z), detail::shape_of(data));
    }

    detail::model_for<Model> model_;
    source_type source_;
    std::vector<knot> knots_;
    detail::gamma_sums sums_;
    detail::kept_array noise_, state_, output_, second_;
    std::size_t elements_ = 0;
    std::uint64_t samples_ = 0;
    std::uint32_t batches_ = 0;
};

template <class Model, class Noise, class... Options>
moment_estimator(Model&&, std::vector<knot>, Noise&&, Options...) -> moment_estimator<Model, Noise>;

}  // namespace fokker
