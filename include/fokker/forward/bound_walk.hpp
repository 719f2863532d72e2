/// The walk of the variational bound: down a grid, a network call a knot, a sum a sample.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numbers>
#include <type_traits>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/error.hpp>
#include <fokker/forward/bound_network.hpp>
#include <fokker/forward/bound_plan.hpp>
#include <fokker/forward/bound_step.hpp>
#include <fokker/forward/checks.hpp>
#include <fokker/forward/element_variances.hpp>
#include <fokker/forward/noising.hpp>
#include <fokker/forward/sums.hpp>
#include <fokker/forward/terms.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/parallel.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// Fills in the terms, step by step. The noise of step k is draw 256 (k + 1) + 255, which a run
/// takes only for the last of the 256 Gaussians that a step may have.
template <class Model, class Data, class Source>
class bound_walk {
    using scalar = scalar_of<Data>;
    using buffer = owner_of<Data>;
    static constexpr bool clips = std::remove_cvref_t<Model>::clips;

public:
    bound_walk(Model& m, const grid& walk, const Data& x0, Source& source, const bound_plan& plan)
        : model_(m),
          grid_(walk),
          x0_(x0),
          source_(source),
          plan_(plan),
          shape_(detail::shape_of(x0)),
          x_(array_traits<Data>::like(x0)),
          network_(m, x0, plan.source == variance_source::second) {
        if (plan.source == variance_source::map) map_.resize(shape_.elements);
        const auto samples = static_cast<Eigen::Index>(shape_.samples);
        terms.prior = terms.decoder = terms.total = Eigen::ArrayXd::Zero(samples);
        terms.kl = Eigen::ArrayXXd::Zero(samples, grid_.steps() - 1);
        terms.noise_mse = terms.data_mse = Eigen::ArrayXXd::Zero(samples, grid_.steps());
        for_each_sample({}, [&](Eigen::Index i, const auto& sample) {
            terms.prior(i) = bits(sample.prior_divergence(grid_.front(), plan_.prior_variance));
            terms.total(i) = terms.prior(i);
        });
        network_.begin();
    }

    bool done() const { return terms.steps == grid_.steps(); }

    void step() {
        const auto n = static_cast<std::size_t>(terms.steps);
        const knot& k = grid_[n];
        const reading r = model_.at(k);
        const auto draw = static_cast<std::uint32_t>(n + 1) * 256u + 255u;
        fokker::forward(x0_, k, source_, x_, draw);
        if (r.input_scale != 1.0)
            detail::write(x_, kernel::term<scalar>(r.input_scale, detail::data_of(x_)), no_noise{});
        network_.call(x_, k, r.label, terms.steps);
        ++terms.evaluations;
        measure(k, {r.data.state / r.input_scale, r.data.output},
                {r.noise.state / r.input_scale, r.noise.output}, terms.steps);
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
        const scalar *x0 = detail::data_of(x0_), *x = detail::data_of(x_), *out = network_.output();
        kernel::for_each_item(shape_.samples, shape_.size() >= parallel_from, [&](std::size_t i) {
            const std::size_t start = i * shape_.elements;
            use(static_cast<Eigen::Index>(i),
                measured_sample<scalar, clips>{x0 + start, x + start, out + start, shape_.elements,
                                               data, low, high});
        });
    }

    void measure(const knot& k, const mix& data, const mix& noise, int step) {
        const bound_step& s = plan_.steps[static_cast<std::size_t>(step)];
        const bool last = step + 1 == grid_.steps();
        const double to_noise = k.signal_to_noise_squared();
        if (s.source == variance_source::map)
            plan_.map->write(k, grid_[static_cast<std::size_t>(step) + 1], map_);
        for_each_sample(data, [&](Eigen::Index i, const auto& sample) {
            if (!sample.is_finite())
                throw network_error(
                    sentence({"fokker: the network returned NaN or inf for sample ", i, " at step ",
                              step, " of the bound, t = ", k.t, ", sigma = ", k.sigma}));
            const double square = sample.squared_error() / static_cast<double>(shape_.elements);
            terms.data_mse(i, step) = square;
            terms.noise_mse(i, step) = to_noise * square;
            double& term = last ? terms.decoder(i) : terms.kl(i, step);
            if (s.source != variance_source::number)
                term = term_by_element(s, sample, noise, i, step);
            else if (last)
                term = bits(-sample.log_likelihood(plan_.last));
            else
                term = normal_divergence(s.weight * s.weight * square, s.known, s.variance) /
                       std::numbers::ln2;
            terms.total(i) += term;
        });
    }

    double term_by_element(const bound_step& s, const auto& sample, const mix& noise,
                           Eigen::Index i, int step) const {
        const bool maps = s.source == variance_source::map;
        const std::size_t start = static_cast<std::size_t>(i) * shape_.elements;
        const element_variances<scalar> variances{maps ? map_.data() : nullptr,
                                                  s.second,
                                                  maps ? nullptr : network_.second() + start,
                                                  sample.state,
                                                  sample.output,
                                                  noise,
                                                  s.variance};
        const std::size_t bad = variances.first_bad(shape_.elements);
        const bool last = step + 1 == grid_.steps();
        if (bad < shape_.elements)
            throw network_error(sentence(
                {"fokker: the network's second output for element ", bad, " of sample ", i,
                 " at step ", step, " of the bound is ", variances.told(bad),
                 ", which makes its variance ", variances(bad), "; it must be positive and finite",
                 last ? " (set decoder_variance, where only the last step has none)" : ""}));
        return bits(last ? -sample.log_likelihood(plan_.last, variances)
                         : sample.divergence(s.weight, s.known, variances));
    }

    static constexpr std::size_t parallel_from = std::size_t{1} << 16;

    Model& model_;
    const grid& grid_;
    const Data& x0_;
    Source& source_;
    const bound_plan& plan_;
    array_shape shape_;
    buffer x_;
    bound_network<Model, Data> network_;
    std::vector<double> map_;  // of this step's variances
};

}  // namespace detail

}  // namespace fokker
