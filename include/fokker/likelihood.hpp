/// Likelihoods by the probability-flow ODE: Song et al. 2021, section 4.3.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <numbers>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/likelihood/bits.hpp>
#include <fokker/likelihood/density_walk.hpp>
#include <fokker/likelihood/divergence.hpp>
#include <fokker/likelihood/flow_network.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/observer.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/path.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The log-densities of a batch under the flow of a model.
template <class Array>
struct likelihood {
    /// Of each sample, over all of its elements together; empty if an observer stopped the walk.
    std::vector<double> nats;
    /// Where the flow leads the samples at the noisy knot.
    Array latent;
    /// Elements of a sample.
    std::size_t elements = 0;
    /// Where the densities are: at the cleaner of these, from the prior at the noisier.
    knot clean, noisy;
    report walk;

    /// Bits per dimension of each sample, where the data had so many levels from low to high: see
    /// dequantise, and the function of the same name.
    std::vector<double> bits_per_dimension(int levels, double low, double high) const {
        std::vector<double> bits;
        for (const double each : nats)
            bits.push_back(fokker::bits_per_dimension(each, elements, levels, low, high));
        return bits;
    }
};

namespace detail {

/// What was passed for a grid, which only the body says, so that what is none has one error.
template <class Knots>
grid as_grid(const Knots& knots) {
    return static_cast<grid>(knots);
}

/// One sentence for each thing that can be passed wrongly to a verb of the likelihood. Returns
/// whether all is right. `writes`: the verb fills x.
template <bool writes, class X, class Model, class Knots, class Solver, class Source,
          class... Observers>
consteval bool check_likelihood_types() {
    constexpr bool on_path = diffusion_path<std::remove_cvref_t<Knots>>;
    static_assert(std::is_convertible_v<Knots, grid> || !on_path,
                  "fokker: the third argument is a path; lay a grid over it, such as "
                  "fokker::trailing(schedule, 50, {.end = fokker::grid_end::least_noise})");
    static_assert(std::is_convertible_v<Knots, grid> || on_path,
                  "fokker: the third argument is a grid, such as "
                  "fokker::trailing(schedule, 50, {.end = fokker::grid_end::least_noise})");
    static_assert(solver<Solver>,
                  "fokker: the fourth argument is the solver, such as "
                  "fokker::heun{}");
    static_assert(array_like<X>,
                  "fokker: the data must be a contiguous array of float, double, Eigen::half or "
                  "Eigen::bfloat16, as a state of a run is");
    if constexpr (array_like<X>) {
        using owner = owner_of<X>;
        using model_type = std::remove_cvref_t<model_for<Model>>;
        using network = network_of<model_for<Model>&>;
        if constexpr (writes) check_written_state<X>();
        check_network_types<network, owner, owner>();
        static_assert(!model_type::clips && !model_type::thresholds &&
                          !model_type::has_classifier && !model_type::has_known_region &&
                          !model_type::has_correction,
                      "fokker: a likelihood is that of a network's own flow; pass the model "
                      "without bounds, classifier, correction and known region");
        static_assert(!directions<Source> || std::is_floating_point_v<scalar_of<owner>>,
                      "fokker: the divergence is made of differences of the network's outputs, for "
                      "which 16 bits are too few; use float or double, or divergence_by(product)");
        if constexpr (std::same_as<Source, divergence_head>)
            static_assert(two_output_network_for<network, owner, owner>,
                          "fokker: divergence_head{} reads the network's second output; write the "
                          "network as f(x, t, out, second), or take divergence_probes{}");
    }
    static_assert((std::invocable<Observers&, progress> && ...),
                  "fokker: after the solver comes where the divergence is from, such as "
                  "fokker::divergence_probes{.probes = 4}, and then observers; they take a "
                  "fokker::progress");
    if constexpr (array_like<X> && std::is_convertible_v<Knots, grid> && solver<Solver>) {
        using owner = owner_of<X>;
        using network = network_of<model_for<Model>&>;
        return (
            network_for<network, owner, owner> ||
            two_output_network_for<network, owner, owner>)&&(std::invocable<Observers&, progress> &&
                                                             ...);
    }
    return false;
}

/// The result for data of this type; for what is no array, of which a sentence is said, itself.
template <class X>
struct likelihood_result {
    using type = likelihood<std::remove_cvref_t<X>>;
};
template <array_like X>
struct likelihood_result<X> {
    using type = likelihood<owner_of<X>>;
};
template <class X>
using likelihood_of = typename likelihood_result<X>::type;

/// An observer that is told of the progress alone: the state is not the user's own.
template <class Observer>
auto by_progress(Observer& observer) {
    return [&observer](const progress& p) { return observer(p); };
}

/// The samples of an array as columns in double, with one row more.
template <class X>
void read_samples(const X& x, flow_state& z) {
    using T = scalar_of<X>;
    const Eigen::Index d = z.rows() - 1;
    Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic> numbers(d, z.cols());
    core::space_of<X>::copy_out(detail::data_of(x), numbers.data(), detail::shape_of(x).size());
    z.topRows(d) = numbers.template cast<double>();
}
template <class X>
void write_samples(const flow_state& z, X& x) {
    using T = scalar_of<X>;
    const Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic> numbers =
        z.topRows(z.rows() - 1).template cast<T>();
    core::space_of<X>::copy_in(detail::data_of(x), numbers.data(), detail::shape_of(x).size());
}

/// What has the density of a prior: ln p of noise of scale 1 with this Euclidean norm.
template <class L>
concept spherical_law = requires(const std::remove_cvref_t<L>& law, double norm, std::size_t d) {
    { law.log_density(norm, d) } -> std::same_as<double>;
};

struct normal_law {
    static double log_density(double norm, std::size_t elements) {
        return -0.5 * norm * norm -
               static_cast<double>(elements) * 0.5 * std::log(2.0 * std::numbers::pi);
    }
};

/// ln p of each sample where the noise of this law is scaled by std. (By loops: Eigen's expressions
/// would be compiled in every program.)
template <spherical_law Law>
std::vector<double> log_prior(const flow_state& z, double std, const Law& law) {
    const Eigen::Index d = z.rows() - 1;
    std::vector<double> nats;
    for (Eigen::Index n = 0; n < z.cols(); ++n) {
        double squares = 0.0;
        for (Eigen::Index i = 0; i < d; ++i) squares += z(i, n) * z(i, n);
        nats.push_back(law.log_density(std::sqrt(squares) / std, static_cast<std::size_t>(d)) -
                       static_cast<double>(d) * std::log(std));
    }
    return nats;
}

/// Carries x along the flow, and each sample's log-density with it: data, which are const, up a
/// reversed walk to their latent, and noise down to samples, in place. The prior is noise of a law,
/// scaled by prior_std, at the noisier end. `fill` is called once all checks are passed, and may
/// write to x.
template <class X, class Model, class Solver, class Source, class Law, class Fill,
          class... Observers>
likelihood_of<X> follow_flow(X& x, Model& m, const grid& walk, const Solver& method,
                             const Source& source, double prior_std, const Law& law,
                             const Fill& fill, Observers&... observers) {
    constexpr bool to_noise = std::is_const_v<X>;
    const array_shape shape = detail::shape_of(x);
    require(shape.size() > 0, "there are no data; give the array the size of the batch first");
    require(!detail::is_stochastic(method),
            "this solver, with these options, draws noise, and the likelihood is that of the "
            "probability-flow ODE; take a deterministic one, such as fokker::heun{}");
    m.check(walk);
    flow_network<Model, std::remove_cvref_t<X>, Source> flow(m, x, source);
    flow.check();
    flow_state z = flow_state::Zero(static_cast<Eigen::Index>(shape.elements) + 1,
                                    static_cast<Eigen::Index>(shape.samples));
    const grid part = to_noise ? walk : walk.invertible_part();
    run r(z, fokker::predicts_data(flow), part, method, no_noise{}, by_progress(observers)...);
    r.keep_prediction(false);
    fill();
    const std::size_t bad = core::space_of<X>::first_not_finite(detail::data_of(x), shape.size());
    require(bad == shape.size(), "element ", bad, " of the ", to_noise ? "data" : "noise",
            " is not finite");
    detail::read_samples(x, z);
    likelihood_of<X> result{.nats = {},
                            .latent = array_traits<std::remove_cvref_t<X>>::like(x),
                            .elements = shape.elements,
                            .clean = to_noise ? walk.front() : walk.back(),
                            .noisy = to_noise ? walk.back() : walk.front(),
                            .walk = {}};
    std::vector<double> nats;
    if constexpr (!to_noise) {
        nats = detail::log_prior(z, prior_std, law);
        detail::write_samples(z, result.latent);
    }
    const auto d = static_cast<double>(shape.elements);
    if (walk.front().alpha == 0) {
        // Where x says nothing of the data D is constant, and the step scales the noise.
        run first(z, fokker::predicts_data(flow), walk.until(1), ddim{});
        first.keep_prediction(false);
        result.walk = detail::walk_to_end(first);
        for (double& each : nats) each += d * std::log(walk[0].sigma / walk[1].sigma);
        z.row(z.rows() - 1).setZero();
    }
    const report rest = detail::walk_to_end(r);
    result.walk = {result.walk.steps + rest.steps, result.walk.evaluations + rest.evaluations,
                   rest.stopped, result.walk.network_calls + rest.network_calls};
    if constexpr (to_noise) nats = detail::log_prior(z, prior_std, law);
    // The part of data N(0, I) from one knot to the other.
    const auto log_spread = [](const knot& k) { return std::log(std::hypot(k.alpha, k.sigma)); };
    const knot &noisy = to_noise ? part.back() : part.front(),
               &clean = to_noise ? part.front() : part.back();
    const double known = d * (log_spread(noisy) - log_spread(clean));
    const double sign = to_noise ? 1.0 : -1.0, alpha = walk.back().alpha;
    for (Eigen::Index n = 0; n < z.cols(); ++n)
        nats[static_cast<std::size_t>(n)] += known + sign * z(z.rows() - 1, n) / alpha;
    if (!result.walk.stopped) result.nats = std::move(nats);
    if constexpr (to_noise)
        detail::write_samples(z, result.latent);
    else
        detail::write_samples(z, x);
    return result;
}

/// Takes apart what comes after the solver, and noise: where the divergence is from, and observers.
template <class F, class... Rest>
auto with_source(const F& f, Rest&&... rest) {
    return f(divergence_probes{}, rest...);
}
template <class F, class First, class... Rest>
    requires divergence_source<std::remove_cvref_t<First>>
auto with_source(const F& f, First&& source, Rest&&... rest) {
    return f(source, rest...);
}

/// Takes apart what comes after the solver of log_likelihood: the noise whose law the prior has, if
/// it is not normal, and the rest.
template <class F, class... Rest>
auto with_prior_law(const F& f, Rest&&... rest) {
    return f(normal_law{}, rest...);
}
template <class F, class First, class... Rest>
    requires spherical_law<std::remove_cvref_t<First>>
auto with_prior_law(const F& f, First&& law, Rest&&... rest) {
    return f(std::as_const(law), rest...);
}

/// The law of a noise source: what it says, or the normal one.
template <class Source>
decltype(auto) law_of(const Source& source) {
    if constexpr (spherical_law<Source>) {
        return (source);
    } else {
        detail::require_normals<Source>();
        return normal_law{};
    }
}

}  // namespace detail

/// log p(x) of each sample of x under the model's flow, in nats: the probability-flow ODE carries x
/// to the noisy end of the grid, where the prior has a density, and the divergence along the way
/// says how much the density has changed (Song et al. 2021, eq. 39). In terms of
/// g = Var(eps_i | x_t), summed over the elements,
///   log p(x) = log prior(latent) + d ln(h_noisy / h_clean) - int sum (g - alpha^2 / h^2) dlambda,
/// h^2 = alpha^2 + sigma^2. The integral is one more element of the state, so that it is as exact
/// as the solver makes x; adaptive ones control its error with that of x, as one element of d + 1.
///   x          data, taken to be at the grid's last knot, where p is the density: stop it at
///              little noise. Data on a lattice, as pictures are, have none: dequantise them first
///   predictor  a callable that predicts noise, or predicts_data(f) and its sisters, without bounds
///   knots      the walk that samples, such as karras(path, 40, {.end = grid_end::least_noise});
///              one that starts at alpha = 0 is begun a knot later
///   method     any deterministic solver of the ODE, such as heun{} or dormand_prince{}
///   extras     the noise of the walk that samples, if it is not normal, such as
///              student_t(philox{}, 128); where the divergence comes from: divergence_probes{} (the
///              default: two calls more for each call), exact_divergence{}, divergence_by(product),
///              divergence_head{}; and then observers, which take a fokker::progress
/// Computes in double around a network of any type. The prior is that of the grid. Throws
/// fokker::error on misuse before any network call, network_error on a bad output.
template <class X, class Model, class Knots, class Solver, class... Extras>
    requires detail::meant_for_verb<X, Knots, Solver>
detail::likelihood_of<X> log_likelihood(const X& x, Model&& predictor, Knots&& knots, Solver method,
                                        Extras&&... extras) {
    const auto follow = [&]<class Law, class... Rest>(const Law& law, Rest&... rest) {
        return detail::with_source(
            [&]<class Source, class... Observers>(const Source& source, Observers&... observers) {
                if constexpr (detail::check_likelihood_types<false, X, Model, Knots, Solver, Source,
                                                             Observers...>()) {
                    auto&& m = detail::as_model(std::forward<Model>(predictor));
                    const detail::density_walk walk(detail::as_grid(knots));
                    return detail::follow_flow(
                        x, m, walk.down.reversed(), method, source, walk.prior_std, law, [] {},
                        observers...);
                } else {
                    return detail::likelihood_of<X>{};
                }
            },
            rest...);
    };
    return detail::with_prior_law(follow, std::forward<Extras>(extras)...);
}

/// Fills x with samples, as `sample` does, and returns log p of each at the grid's last knot: let
/// it stop at little noise. A step from alpha = 0 is one of DDIM, whatever the solver. The
/// arguments are those of `sample`, but for a deterministic solver; after the noise comes where the
/// divergence is from, and then observers (see log_likelihood). The result's latent is the noise
/// that x began with.
template <class X, class Model, class Knots, class Solver, noise_or_engine Noise, class... Extras>
    requires detail::meant_for_verb<X, Knots, Solver>
detail::likelihood_of<X> sample_with_likelihood(X&& x, Model&& predictor, Knots&& knots,
                                                Solver method, Noise&& noise, Extras&&... extras) {
    return detail::with_source(
        [&]<class Source, class... Observers>(const Source& source, Observers&... observers) {
            if constexpr (detail::check_likelihood_types<true, X, Model, Knots, Solver, Source,
                                                         Observers...>()) {
                auto&& m = detail::as_model(std::forward<Model>(predictor));
                const grid walk = detail::as_grid(knots);
                detail::require(!walk.is_reversed(),
                                "the grid is reversed and begins at the data, where no noise is "
                                "drawn; pass it the other way, or take log_likelihood");
                detail::require(walk.jumps() == 0,
                                "the grid jumps back to more noise, and no density goes along; "
                                "take the grid that restarted(..) or resampled(..) was laid over");
                detail::require_density(walk);
                auto&& source_of_noise = detail::as_source(std::forward<Noise>(noise));
                using T = detail::scalar_of<X>;
                const array_shape shape = detail::shape_of(x);
                detail::check_source(source_of_noise, walk, shape);
                detail::require_shape<T>(source_of_noise, shape);
                const auto draw_prior = [&] {
                    const auto normals = kernel::noise_reference::to<T>(source_of_noise);
                    kernel::pass prior(detail::data_of(x), shape);
                    prior.noise = {{walk.prior_std(), 0}, nullptr, &normals};
                    core::space_of<X>::run(prior);
                };
                return detail::follow_flow(x, m, walk, method, source, walk.prior_std(),
                                           detail::law_of(source_of_noise), draw_prior,
                                           observers...);
            } else {
                return detail::likelihood_of<X>{};
            }
        },
        std::forward<Extras>(extras)...);
}

}  // namespace fokker
