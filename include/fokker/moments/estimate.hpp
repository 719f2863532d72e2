/// Gamma in one call, and at which knots it is measured.
#pragma once

#include <utility>
#include <vector>

#include <fokker/kernel/array.hpp>
#include <fokker/moments/estimator.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The knots where a walk needs moments: all but those that are all noise or none.
inline std::vector<knot> moment_knots(const grid& walk) {
    walk.require_one_path("moment_knots");
    std::vector<knot> knots;
    for (const knot& k : walk)
        if (k.alpha > 0 && k.sigma > 0) knots.push_back(k);
    return knots;
}

/// Every training time of a schedule, but for pure noise at its end.
template <discrete_path Schedule>
std::vector<knot> moment_knots(const Schedule& schedule) {
    std::vector<knot> knots;
    for (int t = schedule.steps() - 1; t >= 0; --t)
        if (const knot k = schedule.at(t); k.alpha > 0) knots.push_back(k);
    return knots;
}

/// Measures Gamma at the knots over all of `data`, by one network call a knot with a batch of the
/// shape of `data`. In parts, and with the error: moment_estimator, whose words hold here too.
/// Throws fokker::error on misuse before the first call.
template <class Model, array_like Data, noise_or_engine Noise>
moments estimate_moments(Model&& model, std::vector<knot> knots, const Data& data, Noise&& noise,
                         moment_options options = {}) {
    moment_estimator estimator(std::forward<Model>(model), std::move(knots),
                               std::forward<Noise>(noise), options);
    estimator.add(data);
    return estimator.result();
}

/// The same at the knots of a grid, but for those that are all noise or none.
template <class Model, array_like Data, noise_or_engine Noise>
moments estimate_moments(Model&& model, const grid& walk, const Data& data, Noise&& noise,
                         moment_options options = {}) {
    return fokker::estimate_moments(std::forward<Model>(model), moment_knots(walk), data,
                                    std::forward<Noise>(noise), options);
}

/// The same at every training time of a schedule, but for pure noise at its end.
template <class Model, discrete_path Schedule, array_like Data, noise_or_engine Noise>
moments estimate_moments(Model&& model, const Schedule& schedule, const Data& data, Noise&& noise,
                         moment_options options = {}) {
    return fokker::estimate_moments(std::forward<Model>(model), fokker::moment_knots(schedule),
                                    data, std::forward<Noise>(noise), options);
}

}  // namespace fokker
