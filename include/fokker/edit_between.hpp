/// Editing between two conditions: a picture that one model would draw becomes one of another
/// model, without a way through noise. FlowEdit, Kulikov et al. 2024.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/known_region.hpp>
#include <fokker/model/level_draw.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Options of `edit_between`.
struct edit_between_options {
    /// Draws of the noise, over which each difference of the two models is averaged: n_avg of the
    /// paper. Two network calls each.
    int draws = 1;
    /// The last so many steps are plain sampling with the target model, from the noise of their
    /// first knot: n_min of the paper. (Its n_max is a part of the grid: grid.from_strength(..).)
    int plain_steps = 0;
};

namespace detail {

namespace types {

/// The result of `edit_network`: dx/du = V_target - V_source, with V = eps_hat - D, for a state of
/// (alpha + sigma) x, x being the edited picture. The source model sees alpha x_0 + sigma z, x_0
/// being the picture as it was, the target model the same and (alpha + sigma) (x - x_0) more. One
/// object serves one thread at a time.
template <class Picture, class Source, class Target, class Noise>
class difference_network {
    using T = scalar_of<Picture>;
    using space = core::space_of<Picture>;
    using buffer = owner_of<Picture>;
    using source_network = network_of<Source&>;
    using target_network = network_of<Target&>;

public:
    /// All of them may be references.
    difference_network(Picture&& picture, Source&& source, Target&& target, Noise&& noise,
                       int draws)
        : picture_(std::forward<Picture>(picture)),
          source_(std::forward<Source>(source)),
          target_(std::forward<Target>(target)),
          noise_(std::forward<Noise>(noise)),
          draws_(draws) {}

    template <array_like X, array_like Out>
    void operator()(const X& x, const knot& k, Out& out) {
        static_assert(std::same_as<scalar_of<X>, T>,
                      "fokker: the picture of edit_network has elements of the state's type");
        const array_shape shape = detail::shape_of(x);
        require_picture(shape, detail::share_elements(picture_, x));
        buffer &noisy = noisy_.like(picture_), &moved = moved_.like(picture_),
               &by_source = by_source_.like(picture_), &by_target = by_target_.like(picture_);
        const T *const original = detail::const_data_of(picture_),
                       *const state = detail::data_of(x), *const n = detail::const_data_of(noisy),
                       *const m = detail::const_data_of(moved);
        T* const result = detail::data_of(out);
        const double part = 1.0 / draws_;
        for (int draw = 0; draw < draws_; ++draw) {
            add_noise(detail::data_of(noisy), kernel::term<T>(k.alpha, original), k, draw, shape);
            core::sweep<space>(detail::data_of(moved),
                               kernel::term<T>(1.0, n) + kernel::term<T>(1.0, state) +
                                   kernel::term<T>(-(k.alpha + k.sigma), original),
                               shape);
            const mix s = call(source_, std::as_const(noisy), k, by_source);
            const mix t = call(target_, std::as_const(moved), k, by_target);
            detail::require_apart(by_source, by_target, "the source's output", "the target's", k,
                                  -1);
            core::sweep<space>(
                result,
                kernel::term<T>(draw == 0 ? 0.0 : 1.0, std::as_const(result)) +
                    kernel::term<T>(part * t.state, m) +
                    kernel::term<T>(part * t.output, detail::const_data_of(by_target)) +
                    kernel::term<T>(-part * s.state, n) +
                    kernel::term<T>(-part * s.output, detail::const_data_of(by_source)),
                shape);
        }
    }

    /// out = value + sigma z, with draw number `draw` of the knot's noise level.
    template <std::size_t N>
    void add_noise(T* out, const kernel::linear<const T*, N>& value, const knot& k, int draw,
                   const array_shape& shape) {
        const auto reference = kernel::noise_reference::to<T>(noise_);
        kernel::pass p(out, shape);
        p.add(N, value.coefficients.data(), [&](std::size_t i) { return value.operands[i]; });
        p.noise = {{k.sigma, detail::level_draw(k) + static_cast<std::uint32_t>(draw)},
                   nullptr,
                   &reference};
        space::run(p);
    }

    void begin_walk() {
        detail::begin_walk(source_.network);
        detail::begin_walk(target_.network);
    }
    template <class Archive>
    void memory(Archive& archive)
        requires core::keeps_memory<source_network> || core::keeps_memory<target_network> ||
                 core::keeps_memory<std::remove_reference_t<Noise>>
    {
        core::visit_memory(source_.network, archive);
        core::visit_memory(target_.network, archive);
        core::visit_memory(noise_, archive);
    }

private:
    /// Calls one of the models; V is so much of the state and so much of `out`.
    template <class Model>
    mix call(Model& model, const buffer& x, const knot& k, buffer& out) {
        detail::require_readable(model.prediction, k);
        const reading r = model.at(k);
        if constexpr (Model::scales_input) {
            buffer& scaled = scaled_.like(picture_);
            core::sweep<space>(detail::data_of(scaled),
                               kernel::term<T>(r.input_scale, detail::data_of(x)),
                               detail::shape_of(x));
            detail::call_network(model.network, std::as_const(scaled), k, r.label, out);
            detail::require_apart(out, x, the_output, "another array of the run", k, -1);
        } else {
            detail::call_network(model.network, x, k, r.label, out);
        }
        return {r.noise.state - r.data.state, r.noise.output - r.data.output};
    }

    void require_picture(const array_shape& shape, bool is_state) const {
        const array_shape own = detail::shape_of(picture_);
        require(own == shape, "the picture of edit_network has ", own.samples, " samples of ",
                own.elements, " elements, and the state ", shape.samples, " samples of ",
                shape.elements, "; give it the picture that the walk begins with");
        require(!is_state,
                "the picture of edit_network shares its elements with the state, which the walk "
                "writes over; pass a copy");
    }

    Picture picture_;
    Source source_;
    Target target_;
    Noise noise_;
    int draws_;
    kept_array noisy_, moved_, by_source_, by_target_, scaled_;
};

}  // namespace types
using types::difference_network;

/// What must hold of both models.
template <class Model, class Picture>
consteval void check_edit_model() {
    static_assert(
        !Model::clips && !Model::thresholds && !Model::has_classifier && !Model::has_correction,
        "fokker: an edit takes the difference of what two models predict, without "
        "bounds, without the gradient of a classifier and without a correction; leave "
        "them out");
    static_assert(network_for<network_of<Model&>, Picture, Picture>,
                  "fokker: the networks of an edit must be callable as f(x, t, out) or out = "
                  "f(x, t), with x a const reference to the type that owns the state's elements, t "
                  "a double or a fokker::knot, and out of the same type; a network that keeps "
                  "memory, as a guided one does, must not be const");
}

inline void check_edit(const edit_between_options& options, const grid& walk, bool is_stochastic) {
    require(!walk.is_reversed(),
            "the grid is reversed, and edit_between walks from noise to data; pass the grid as it "
            "was, or a part of it, such as grid.from_strength(0.7)");
    walk.require_one_path("edit_between");
    require(walk.jumps() == 0,
            "the grid has jumps back to more noise, and the picture of edit_between has none to "
            "jump with; pass the grid that restarted(..) or resampled(..) was laid over");
    require(!is_stochastic,
            "this solver, with these options, adds noise, and the picture that edit_between walks "
            "has none; take a solver of the ODE, such as fokker::ddim{}");
    require(options.plain_steps >= 0 && options.plain_steps < walk.steps(), "plain_steps is ",
            options.plain_steps, " of a walk of ", walk.steps(), " steps; it lies in 0 .. ",
            walk.steps() - 1, ", and for a walk with the target model alone there is fokker::edit");
}

/// The network of two models, after all checks that need no grid.
template <class Picture, class Source, class Target, class Noise>
auto difference_of(Picture&& picture, Source&& source, Target&& target, Noise&& noise, int draws) {
    using source_type = std::remove_reference_t<Source>;
    using target_type = std::remove_reference_t<Target>;
    detail::check_edit_model<source_type, owner_of<Picture>>();
    detail::check_edit_model<target_type, owner_of<Picture>>();
    static_assert(!source_type::has_known_region,
                  "fokker: the known region of an edit is the target model's, not the source's");
    const std::array seconds{source.second, target.second};
    for (const second_output second : seconds)
        require(second == second_output::unspecified,
                "an edit reads one prediction of each network, and a model says that its network's "
                "second output is ",
                detail::name_of(second), "; leave that out");
    if constexpr (core::keeps_memory<network_of<Source&>> &&
                  std::same_as<network_of<Source&>, network_of<Target&>>) {
        std::vector<std::byte> kept;
        if (std::addressof(source.network) == std::addressof(target.network)) {
            core::memory_writer to(kept);
            core::visit_memory(source.network, to);
        }
        require(kept.empty(),
                "the source and the target are one network, which keeps something from call to "
                "call, as momentum does, and would mix what it keeps of both; make two of them");
    }
    require(draws >= 1, "draws is ", draws, "; give at least one");
    require(!detail::walks_once<Noise>(),
            "an edit draws fresh noise at each knot, and this noise belongs to one Brownian path; "
            "take fokker::philox{.seed = 7}");
    detail::require_shape<scalar_of<Picture>>(noise, detail::shape_of(picture));
    return difference_network<Picture, Source, Target, Noise>(
        std::forward<Picture>(picture), std::forward<Source>(source), std::forward<Target>(target),
        std::forward<Noise>(noise), draws);
}

/// The known region of the target model, by reference, for the edited picture.
template <class Model>
auto region_of_edit(const Model& m) {
    if constexpr (!Model::has_known_region) {
        return nothing_known{};
    } else {
        require(!m.known.is_noise,
                "edit_between leads no walk of noise, so that with_known_noise has nothing to act "
                "on; leave it out, or take with_known_region");
        using values = std::remove_cvref_t<decltype(m.known.values)>;
        using mask = std::remove_cvref_t<decltype(m.known.mask)>;
        using held = std::conditional_t<std::same_as<mask, everywhere>, mask, const mask&>;
        return known_region<const values&, held>{m.known.values, m.known.mask, m.known.options};
    }
}

/// Whether the first of these is what stands before the observers.
template <class... Rest>
inline constexpr bool options_come_first = false;
template <class First, class... Rest>
inline constexpr bool options_come_first<First, Rest...> =
    std::same_as<std::remove_cvref_t<First>, edit_between_options>;

}  // namespace detail

/// The network of FlowEdit, for a walk of your own: `edit_between` makes one. It predicts the
/// velocity of a flow, predicts_flow(edit_network(..)), for a state of (alpha + sigma) x, which on
/// a flow is the picture x itself, with any solver of the ODE:
///   auto network = edit_network(picture, source, target, philox{.seed = 7});
///   run r(x, predicts_flow(network), grid, ddim{});
///
///   picture         what x was at the beginning: another array, as the walk writes over x
///   source, target  models, or callables that predict noise; without bounds, classifiers and known
///                   regions, which are those of the model around it
///   noise, draws    see edit_between
/// What is passed as a variable is referred to. Takes its arrays at the first call, and calls each
/// network once a draw. Throws fokker::error unless draws >= 1, on noise of one Brownian path and
/// on models with a second output; at a call where a model cannot be read, and on another state.
template <array_like Picture, class Source, class Target, noise_or_engine Noise>
auto edit_network(Picture&& picture, Source&& source, Target&& target, Noise&& noise,
                  int draws = 1) {
    using source_type = detail::model_for<Source>;
    using target_type = detail::model_for<Target>;
    static_assert(!std::remove_reference_t<target_type>::has_known_region,
                  "fokker: give the known region to the model around edit_network, as in "
                  "predicts_flow(edit_network(..)).with_known_region(picture, mask)");
    return detail::difference_of<Picture, source_type, target_type, detail::source_for<Noise>>(
        std::forward<Picture>(picture), detail::as_model(std::forward<Source>(source)),
        detail::as_model(std::forward<Target>(target)),
        detail::as_source(std::forward<Noise>(noise)), draws);
}

/// Changes x, clean data that the source model could have drawn, into data of the target model, and
/// keeps what the two have in common: FlowEdit, Kulikov et al. 2024, Algorithm 1, where the solver
/// is ddim{}. In u = sigma / (alpha + sigma) the picture itself walks by
///   dx/du = (eps_hat - D)(target, alpha x_0 + sigma z + (alpha + sigma) (x - x_0))
///         - (eps_hat - D)(source, alpha x_0 + sigma z),
/// x_0 being the given x and z noise that is fresh at each noise level. Where both models are
/// Gaussians of one deviation c, x moves by (m_target - m_source) (1 - alpha c / sqrt(alpha^2 c^2 +
/// sigma^2)), alpha and sigma those of the first knot; from alpha = 0 in any number of steps.
///   source, target  models of any prediction, or callables that predict noise, such as one network
///                   under two conditions; without bounds and classifiers. Where the target has a
///                   known region, the picture ends in it.
///   knots           a walk to the data on any path. Its first knot says how much may change: the
///                   paper's n_max of n steps is grid.from_strength(n_max / n)
///   method          a deterministic solver; ddim{} is the paper's
///   noise           philox{.seed = 7}, or a std engine; of a counted source the draws depend on
///                   the noise level alone, so that an edited sample has the same bits in any batch
///   observers       see `sample`; the state of their run is (alpha + sigma) x, which is x on a
///                   flow, and its prediction is where x would end if it went straight on. After
///                   the edit they see the plain steps, as a run of its own
/// Calls each network once a draw in an evaluation. Takes a copy of x, the networks' arrays and
/// those of the run; nothing after the first step. Throws fokker::error on misuse before any
/// network call. If the network throws, x is the picture as far as it was edited; in the plain
/// steps, whose state is a noisy one, x is that state, as it is where an observer ends them.
template <class X, class Source, class Target, class Solver, noise_or_engine Noise,
          class... Observers>
    requires solver<Solver>
report edit_between(X&& x, Source&& source, Target&& target, grid knots, Solver method,
                    Noise&& noise, const edit_between_options& options, Observers&&... observers) {
    static_assert(array_like<X>,
                  "fokker: the picture that edit_between changes is an array as in sample");
    using picture_type = detail::owner_of<X>;
    using T = detail::scalar_of<X>;
    using space = core::space_of<X>;
    const array_shape shape = detail::shape_of(x);
    auto&& source_model = detail::as_model(source);
    auto&& target_model = detail::as_model(target);
    auto&& z = detail::as_source(std::forward<Noise>(noise));
    detail::check_edit(options, knots, detail::is_stochastic(method));
    source_model.check(knots);
    target_model.check(knots);
    detail::check_source(z, knots, shape);

    T* const state = detail::data_of(x);
    const auto scale_state = [&](double factor) {
        core::sweep<space>(state, kernel::term<T>(factor, std::as_const(state)), shape);
    };
    picture_type original = array_traits<std::remove_cvref_t<X>>::like(x);
    core::sweep<space>(detail::data_of(original), kernel::term<T>(1.0, std::as_const(state)),
                       shape);

    auto difference = detail::difference_of<picture_type&, decltype((source_model)),
                                            decltype((target_model)), decltype((z))>(
        original, source_model, target_model, z, options.draws);
    auto region = detail::region_of_edit(target_model);
    const model<decltype(difference)&, flow_prediction, detail::no_bounds, detail::no_classifier,
                decltype(region)>
        velocity{difference, {}, second_output::unspecified, {}, {}, region};
    const int edited = knots.steps() - options.plain_steps;
    run r(static_cast<X>(x), velocity, knots.until(edited), method, detail::no_noise{},
          observers...);
    r.keep_prediction(sizeof...(Observers) > 0);
    using plain_run = decltype(run(static_cast<X>(x), target_model, knots, method,
                                   detail::no_noise{}, observers...));
    std::optional<plain_run> plain;
    if (options.plain_steps > 0)
        plain.emplace(static_cast<X>(x), target_model, knots.from(edited), method,
                      detail::no_noise{}, observers...);

    const auto sum = [](const knot& k) { return k.alpha + k.sigma; };
    report done;
    scale_state(sum(r.knot()));
    try {
        done = detail::walk_to_end(r);
    } catch (...) {
        scale_state(1.0 / sum(r.knot()));
        throw;
    }
    if (!plain || done.stopped) {
        scale_state(1.0 / sum(r.knot()));
        return done;
    }
    const knot& at = r.knot();
    difference.add_noise(state,
                         kernel::term<T>(1.0, std::as_const(state)) +
                             kernel::term<T>(-at.sigma, detail::const_data_of(original)),
                         at, options.draws, shape);
    plain->keep_prediction(sizeof...(Observers) > 0);
    const report rest = detail::walk_to_end(*plain);
    return {done.steps + rest.steps, done.evaluations + rest.evaluations, rest.stopped,
            done.network_calls + rest.network_calls};
}

/// The same with the options as they are.
template <class X, class Source, class Target, class Solver, noise_or_engine Noise,
          class... Observers>
    requires(solver<Solver> && !detail::options_come_first<Observers...>)
report edit_between(X&& x, Source&& source, Target&& target, grid knots, Solver method,
                    Noise&& noise, Observers&&... observers) {
    return fokker::edit_between(std::forward<X>(x), std::forward<Source>(source),
                                std::forward<Target>(target), std::move(knots), std::move(method),
                                std::forward<Noise>(noise), edit_between_options{},
                                std::forward<Observers>(observers)...);
}

/// What else it may be called with, of which one sentence says what is meant.
template <class X, class Source, class Target, class Knots, class Solver, class... Rest>
    requires detail::meant_for_verb<X, Knots, Solver> &&
             (!std::is_convertible_v<Knots, grid> || !solver<std::remove_cvref_t<Solver>> ||
              !detail::noise_comes_first<Rest...>)
report edit_between(X&&, Source&&, Target&&, Knots&&, Solver&&, Rest&&...) {
    constexpr bool on_grid = std::is_convertible_v<Knots, grid>;
    constexpr bool has_solver = solver<std::remove_cvref_t<Solver>>;
    static_assert(on_grid,
                  "fokker: the fourth argument of edit_between is a grid, after the two models, "
                  "such as fokker::flow(50) or a part of it");
    static_assert(!on_grid || has_solver,
                  "fokker: the fifth argument of edit_between is the solver, such as "
                  "fokker::ddim{}, and the noise comes after it");
    static_assert(!on_grid || !has_solver || detail::noise_comes_first<Rest...>,
                  "fokker: edit_between draws noise at each knot, so it needs a noise source right "
                  "after the solver, such as fokker::philox{.seed = 7}; options and observers come "
                  "after that");
    return {};
}

}  // namespace fokker
