/// The variational bound: how many bits a dimension a diffusion model needs for data of so many
/// levels. Ho et al. 2020, eq. 5; Nichol & Dhariwal 2021.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/forward/bound_network.hpp>
#include <fokker/forward/bound_options.hpp>
#include <fokker/forward/bound_plan.hpp>
#include <fokker/forward/bound_walk.hpp>
#include <fokker/forward/terms.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/observer.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Measures every term of the variational bound of a model, in bits per dimension.
///   predictor  a callable that predicts noise, or predicts_data(f) and its sisters; clipped or not
///   walk       the sampler's grid, on any path; it ends at the clean data
///   x0         data of so many levels, evenly from -1 to 1
///   noise      philox{.seed = 7}, or a std engine; each step takes a draw of its own
///   options    variances, levels and decoder: see bound_options; the network's second output is
///              read for the variances that come from it, and for no others
///   observers  callables that look on after each step: with a progress, or, by const auto&, with
///              the terms so far (see terms.hpp)
/// It calls the network once a step, with a batch of the shape of x0. The terms are unbiased: their
/// expectation over the noise is the bound. Throws fokker::error on misuse before any network call,
/// network_error on a bad output. Ho et al. 2020, eq. 5 and 13.
template <class Model, array_like Data, noise_or_engine Noise, class... Observers>
variational_terms variational_bound(Model&& predictor, const grid& walk, const Data& x0,
                                    Noise&& noise, const bound_options& options = {},
                                    Observers&&... observers) {
    detail::require_normals<Noise>();
    static_assert(
        (observer_of<std::remove_reference_t<Observers>, detail::variational_view> && ...),
        "fokker: an observer of the bound takes what there is of it (const auto&) or a "
        "fokker::progress, and returns void or fokker::control");
    auto&& m = detail::as_model(std::forward<Model>(predictor));
    using model_type = std::remove_reference_t<decltype(m)>;
    const second_output second = detail::bound_network<model_type, Data>::second_kind(m);
    const detail::bound_facts facts{detail::shape_of(x0).elements, m.second, second};
    const detail::bound_plan plan = detail::plan_bound(walk, options, facts);
    m.check(walk);
    detail::require_levels(x0, options.levels);
    auto&& source = detail::as_source(std::forward<Noise>(noise));
    detail::bound_walk<model_type, Data, std::remove_reference_t<decltype(source)>> bound(
        m, walk, x0, source, plan);
    while (!bound.done() && !bound.terms.stopped) {
        const knot& at = walk[static_cast<std::size_t>(bound.terms.steps)];
        bound.step();
        const detail::variational_view view(bound.terms, walk.steps(), at);
        [[maybe_unused]] const auto look = [&](auto& observer) {
            if (detail::observe(observer, view) == control::stop) bound.terms.stopped = true;
        };
        (look(observers), ...);
    }
    return std::move(bound.terms);
}

/// The same over every training time of a schedule, from the last one down to the clean data.
template <class Model, array_like Data, noise_or_engine Noise, class... Observers>
variational_terms variational_bound(Model&& predictor, const discrete_schedule& schedule,
                                    const Data& x0, Noise&& noise,
                                    const bound_options& options = {}, Observers&&... observers) {
    std::vector<knot> knots;
    for (int t = schedule.steps() - 1; t >= 0; --t) knots.push_back(schedule.at(t));
    knots.push_back({-1.0, 1.0, 0.0});
    return fokker::variational_bound(
        std::forward<Model>(predictor), grid(std::move(knots), schedule), x0,
        std::forward<Noise>(noise), options, std::forward<Observers>(observers)...);
}

}  // namespace fokker
