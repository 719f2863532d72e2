/// The variational bound: how many nats a position a network of classes needs for data.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <Eigen/Core>

#include <fokker/discrete/model.hpp>
#include <fokker/discrete/process.hpp>
#include <fokker/discrete/run.hpp>
#include <fokker/discrete/walk.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/uniforms.hpp>
#include <fokker/observer.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// -ln p(x_0) <= prior + the sum of the steps, in nats a position (means over the positions of a
/// sample that are not known), for each sample. Column i of `steps` is step i of the grid, noisiest
/// first; the last one is the decoder's, -ln p(x_0 | x).
struct class_terms {
    Eigen::ArrayXd prior;   ///< KL(q(x_T | x_0) || noise)
    Eigen::ArrayXXd steps;  ///< samples x steps: KL(q(x_s | x_t, x_0) || p(x_s | x_t))
    Eigen::ArrayXd total;
    std::int64_t evaluations = 0;
    bool stopped = false;  ///< by an observer: steps are missing, and are 0

    /// Means over the samples.
    double nats_per_position() const { return total.mean(); }
    double bits_per_position() const { return total.mean() / 0.69314718055994530942; }
};

namespace detail {

/// What an observer sees of a bound that is being measured.
struct bound_view {
    fokker::progress now;
    fokker::progress progress() const { return now; }
};

}  // namespace detail

/// Measures the bound of a network on data, for the ancestral sampler on this walk: Austin et al.
/// 2021, eq. 1; with masks a term is the sum over masks of -ln p(x_0), times (alpha_s - alpha_t) /
/// (1 - alpha_t), whose limit is MDLM's (Sahoo et al. 2024). It calls the network once a step, on
/// noisy states of x0 that are drawn anew for each; the expectation over the noise is the bound of
/// this walk, which falls as steps grow. More samples of the same data make it precise. The walk
/// begins at noise and ends at alpha = 1. Positions that the model knows are given. Observers are
/// called with a fokker::progress after each step; one that returns control::stop ends the sum
/// there, and `stopped` says so. Throws fokker::error on misuse before any network call,
/// network_error on a bad output.
template <class Model, class Process, token_array Data, class... Observers>
class_terms variational_bound(Model&& m, Process process, const grid& knots, const Data& x0,
                              philox noise, Observers&&... observers) {
    static_assert((observer_of<std::remove_reference_t<Observers>, detail::bound_view> && ...),
                  "fokker: an observer of the bound takes a fokker::progress, and returns void or "
                  "fokker::control");
    using fokker::detail::require;
    const auto state_like = [&] { return array_traits<std::remove_cvref_t<Data>>::like(x0); };
    using state = decltype(state_like());
    using token = fokker::detail::scalar_of<state>;
    state x = state_like();
    const array_shape shape = fokker::detail::shape_of(x0);
    const auto* const clean = fokker::detail::data_of(x0);
    auto* const noisy = fokker::detail::data_of(x);
    for (std::size_t i = 0; i < shape.size(); ++i) noisy[i] = static_cast<token>(clean[i]);
    // What a run would refuse.
    detail::require_walkable(x, m, process, knots);
    require(knots[knots.size() - 1].alpha == 1,
            "the walk ends at alpha = ", knots[knots.size() - 1].alpha,
            "; the bound is of data, so let it end at alpha = 1");
    require(m.draws.temperature == 1 && m.draws.top_k == 0 && m.draws.top_p == 1,
            "drawn_by has no part in the bound, which is of the network's own distribution");
    for (std::size_t i = 0; i < shape.size(); ++i)
        require(std::cmp_greater_equal(clean[i], 0) && std::cmp_less(clean[i], m.classes) &&
                    !std::cmp_equal(clean[i], process.excluded()),
                "element ", i, " of x_0 is ", static_cast<std::int64_t>(clean[i]),
                ", which is no class");
    walk<state, std::remove_reference_t<Model>, Process> walked(x, m, process, knots, noise, false);
    const Process& prepared = walked.process();
    Eigen::ArrayXd positions = Eigen::ArrayXd::Zero(static_cast<Eigen::Index>(shape.samples));
    class_terms terms;
    terms.prior = positions;
    terms.steps.setZero(positions.size(), knots.steps());
    const auto each = [&](const auto& f) {
        for (std::size_t n = 0, i = 0; n < shape.samples; ++n)
            for (std::size_t p = 0; p < shape.elements; ++p, ++i)
                if (!walked.is_known(i)) f(static_cast<Eigen::Index>(n), i, n, p);
    };
    each([&](Eigen::Index sample, std::size_t i, std::size_t, std::size_t) {
        positions[sample] += 1.0;
        for (int y = 0; y < prepared.states(m.classes); ++y) {
            const double q = prepared.transition(static_cast<int>(clean[i]), y, {0.0, 1.0, 0.0},
                                                 knots[0], m.classes);
            if (q == 0) continue;
            const double p = detail::prior_of(prepared, y, knots[0], m.classes);
            require(p > 0, "the walk begins at alpha = ", knots[0].alpha,
                    ", where the state is not all noise, so the bound is infinite; let it begin "
                    "at alpha = 0");
            terms.prior[sample] += q * std::log(q / p);
        }
    });
    require((positions > 0).all(),
            "all positions of a sample are known; there is nothing to bound");
    for (int s = 0; s < knots.steps() && !terms.stopped; ++s) {
        walked.seek(s);
        const auto draw = static_cast<std::uint32_t>(s + 1) * walked.draws_in_step;
        each([&](Eigen::Index, std::size_t i, std::size_t n, std::size_t p) {
            noisy[i] =
                static_cast<token>(detail::noised(prepared, static_cast<int>(clean[i]),
                                                  fokker::noise::uniforms_at(noise, {n, draw, p}),
                                                  knots[static_cast<std::size_t>(s)], m.classes));
        });
        walked.each([&](auto& at) {
            const std::size_t i = at.sample() * shape.elements + at.number();
            terms.steps(static_cast<Eigen::Index>(at.sample()), s) +=
                at.divergence(static_cast<int>(clean[i]));
        });
        const detail::bound_view view{
            {s + 1, knots.steps(), walked.evaluations(), knots[static_cast<std::size_t>(s) + 1]}};
        [[maybe_unused]] const auto look = [&](auto& observer) {
            if (fokker::detail::observe(observer, view) == control::stop) terms.stopped = true;
        };
        (look(observers), ...);
    }
    terms.prior /= positions;
    terms.steps.colwise() /= positions;
    terms.total = terms.prior + terms.steps.rowwise().sum();
    terms.evaluations = walked.evaluations();
    return terms;
}

}  // namespace fokker::discrete
