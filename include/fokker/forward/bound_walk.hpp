/// The walk of the variational bound: down a grid, a network call a knot, a sum a sample.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <type_traits>
#include <utility>

#include <Eigen/Core>

#include <fokker/error.hpp>
#include <fokker/forward/bound_plan.hpp>
#include <fokker/forward/checks.hpp>
#include <fokker/forward/noising.hpp>
#include <fokker/forward/sums.hpp>
#include <fokker/forward/terms.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/parallel.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>

namespace fokker {

namespace detail {

/// Fills in the terms, step by step. The noise of step k is draw 256 (k + 1) + 255, which a run
/// takes only for the last of the 256 Gaussians that a step may have.
template <class Model, class Data, class Source>
class bound_walk {
    using scalar = scalar_of<Data>;
    using buffer = owner_of<Data>;
    using network = network_of<Model&>;
    static constexpr bool clips = std::remove_cvref_t<Model>::clips;
    static constexpr bool two_outputs = !network_for<network, buffer, buffer>;
    static_assert(!two_outputs || two_output_network_for<network, buffer, buffer>,
                  "fokker: the network must be callable as f(x, t, out) or out = f(x, t), with x "
                  "and out of the type of the data (of the type that owns it, if that is a view)");
    static_assert(!std::remove_cvref_t<Model>::thresholds &&
                      !std::remove_cvref_t<Model>::has_classifier &&
                      !std::remove_cvref_t<Model>::has_known_region,
                  "fokker: the variational bound is that of a network, clipped at most; pass the "
                  "model without thresholding, classifier and known region");

public:
    bound_walk(Model& m, const grid& walk, const Data& x0, Source& source, const bound_plan& plan)
        : model_(m),
          grid_(walk),
          x0_(x0),
          source_(source),
          plan_(plan),
          shape_(shape_of(x0)),
          x_(array_traits<Data>::like(x0)),
          out_(array_traits<Data>::like(x0)) {
        for (buffer& second : second_) second = array_traits<Data>::like(x0);
        const auto samples = static_cast<Eigen::Index>(shape_.samples);
        terms.prior = terms.decoder = terms.total = Eigen::ArrayXd::Zero(samples);
        terms.kl = Eigen::ArrayXXd::Zero(samples, grid_.steps() - 1);
        terms.noise_mse = terms.data_mse = Eigen::ArrayXXd::Zero(samples, grid_.steps());
        for_each_sample({}, [&](Eigen::Index i, const auto& sample) {
            terms.prior(i) = bits(sample.prior_divergence(grid_.front(), plan_.prior_variance));
            terms.total(i) = terms.prior(i);
        });
        begin_walk(model_.network);
    }

    bool done() const { return terms.steps == grid_.steps(); }

    void step() {
        const auto n = static_cast<std::size_t>(terms.steps);
        const knot& k = grid_[n];
        const reading r = model_.at(k);
        const auto draw = static_cast<std::uint32_t>(n + 1) * 256u + 255u;
        forward(x0_, k, source_, x_, draw);
        if (r.input_scale != 1.0)
            detail::write(x_, kernel::term<scalar>(r.input_scale, data_of(x_)), no_noise{});
        if constexpr (two_outputs)
            call_network_twice(model_.network, std::as_const(x_), k, r.label, out_, second_[0],
                               terms.steps);
        else
            call_network(model_.network, std::as_const(x_), k, r.label, out_, terms.steps);
        ++terms.evaluations;
        measure(k, {r.data.state / r.input_scale, r.data.output}, terms.steps);
        ++terms.steps;
    }

    variational_terms terms;

private:
    double bits(double nats) const {
        return nats / (static_cast<double>(shape_.elements) * std::numbers::ln2);
    }

    template <class Use>
    void for_each_sample(const mix& data, const Use& use) {
        double low = 0, high = 0;
        if constexpr (clips) low = model_.bounds.low, high = model_.bounds.high;
        const scalar *x0 = data_of(x0_), *x = data_of(x_), *out = data_of(out_);
        kernel::for_each_item(shape_.samples, shape_.size() >= parallel_from, [&](std::size_t i) {
            const std::size_t start = i * shape_.elements;
            use(static_cast<Eigen::Index>(i),
                measured_sample<scalar, clips>{x0 + start, x + start, out + start, shape_.elements,
                                               data, low, high});
        });
    }

    void measure(const knot& k, const mix& data, int step) {
        const bound_step& s = plan_.steps[static_cast<std::size_t>(step)];
        const bool last = step + 1 == grid_.steps();
        const double to_noise = k.signal_to_noise_squared();
        for_each_sample(data, [&](Eigen::Index i, const auto& sample) {
            if (!sample.is_finite())
                throw network_error(
                    sentence({"fokker: the network returned NaN or inf for sample ", i, " at step ",
                              step, " of the bound, t = ", k.t, ", sigma = ", k.sigma}));
            const double square = sample.squared_error() / static_cast<double>(shape_.elements);
            terms.data_mse(i, step) = square;
            terms.noise_mse(i, step) = to_noise * square;
            double term;
            if (last)
                term = terms.decoder(i) = bits(-sample.log_likelihood(plan_.last));
            else
                term = terms.kl(i, step) =
                    normal_divergence(s.weight * s.weight * square, s.known, s.variance) /
                    std::numbers::ln2;
            terms.total(i) += term;
        });
    }

    static constexpr std::size_t parallel_from = std::size_t{1} << 16;

    Model& model_;
    const grid& grid_;
    const Data& x0_;
    Source& source_;
    const bound_plan& plan_;
    array_shape shape_;
    buffer x_, out_;
    std::array<buffer, two_outputs ? 1 : 0> second_;  // is not read
};

}  // namespace detail

}  // namespace fokker
