/// The variational bound: how many bits a dimension a diffusion model needs for data of so many
/// levels. Ho et al. 2020, eq. 5; Nichol & Dhariwal 2021.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numbers>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
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
#include <fokker/observer.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grid.hpp>

namespace fokker {

namespace detail {

/// Walks down the grid, knot by knot, and fills in the terms.
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
          shape_(shape_of(x0)),
          x_(array_traits<Data>::like(x0)),
          out_(array_traits<Data>::like(x0)) {
        const auto samples = static_cast<Eigen::Index>(shape_.samples);
        terms.prior = terms.decoder = terms.total = Eigen::ArrayXd::Zero(samples);
        terms.kl = Eigen::ArrayXXd::Zero(samples, grid_.steps() - 1);
        terms.noise_mse = terms.data_mse = Eigen::ArrayXXd::Zero(samples, grid_.steps());
        for_each_sample({}, [&](Eigen::Index i, const auto& sample) {
            terms.prior(i) = bits(sample.prior_divergence(grid_.front(), plan_.prior_variance));
            terms.total(i) = terms.prior(i);
        });
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
        if constexpr (clips) low = model_.low, high = model_.high;
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
};

}  // namespace detail

/// Measures every term of the variational bound of a model, in bits per dimension.
///   predictor  a callable that predicts noise, or predicts_data(f) and its sisters; clipped or not
///   walk       the sampler's grid, on any path; it ends at the clean data
///   x0         data of so many levels, evenly from -1 to 1
///   noise      philox{.seed = 7}, or a std engine; each step takes a draw of its own
///   observers  callables that look on after each step, with a progress or a variational_view
/// It calls the network once a step, with a batch of the shape of x0. The terms are unbiased: their
/// expectation over the noise is the bound. Throws fokker::error on misuse before any network call,
/// network_error on a bad output. Ho et al. 2020, eq. 5 and 13.
template <class Model, array Data, noise_or_engine Noise, class... Observers>
variational_terms variational_bound(Model&& predictor, const grid& walk, const Data& x0,
                                    Noise&& noise, const bound_options& options = {},
                                    Observers&&... observers) {
    static_assert((observer_of<std::remove_reference_t<Observers>, variational_view> && ...),
                  "fokker: an observer of the bound takes a fokker::variational_view or a "
                  "fokker::progress, and returns void or fokker::control");
    auto&& m = detail::as_model(std::forward<Model>(predictor));
    const detail::bound_plan plan = detail::plan_bound(walk, options);
    m.check(walk);
    detail::require_levels(x0);
    auto&& source = detail::as_source(std::forward<Noise>(noise));
    detail::bound_walk<std::remove_reference_t<decltype(m)>, Data,
                       std::remove_reference_t<decltype(source)>>
        bound(m, walk, x0, source, plan);
    while (!bound.done() && !bound.terms.stopped) {
        const knot& at = walk[static_cast<std::size_t>(bound.terms.steps)];
        bound.step();
        const variational_view view(bound.terms, walk.steps(), at);
        [[maybe_unused]] const auto look = [&](auto& observer) {
            if (detail::observe(observer, view) == control::stop) bound.terms.stopped = true;
        };
        (look(observers), ...);
    }
    return std::move(bound.terms);
}

/// The same over every training time of a schedule, from the last one down to the clean data.
template <class Model, array Data, noise_or_engine Noise, class... Observers>
variational_terms variational_bound(Model&& predictor, const discrete_schedule& schedule,
                                    const Data& x0, Noise&& noise,
                                    const bound_options& options = {}, Observers&&... observers) {
    std::vector<knot> knots;
    for (int t = schedule.steps() - 1; t >= 0; --t) knots.push_back(schedule.at(t));
    knots.push_back({-1.0, 1.0, 0.0});
    return variational_bound(std::forward<Model>(predictor), grid(std::move(knots), schedule), x0,
                             std::forward<Noise>(noise), options,
                             std::forward<Observers>(observers)...);
}

}  // namespace fokker
