/// A model: a network, what it predicts, and what is done to its data prediction.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/model/classifier.hpp>
#include <fokker/model/consistency.hpp>
#include <fokker/model/correction.hpp>
#include <fokker/model/known_region.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

inline void require_sigma_data(double sigma_data) {
    require(is_finite(sigma_data) && sigma_data > 0, "sigma_data is ", sigma_data,
            "; it must be positive: the standard deviation of the data");
}

template <parametrisation Prediction>
void require_readable_on(const Prediction& prediction, const grid& walk) {
    for (const knot& k : walk.network_knots()) detail::require_readable(prediction, k);
}

}  // namespace detail

/// The result of `predicts_noise(network)` and its sisters. Network is a reference type if the user
/// passed an lvalue: the model then refers to it and must not outlive it. Models with other bounds
/// or guidance are other types, which no assignment turns into each other.
template <class Network, detail::parametrisation Prediction, class Bounds = detail::no_bounds,
          class Classifier = detail::no_classifier, class Known = detail::nothing_known,
          class Correction = detail::no_correction>
struct model {
    Network network;
    Prediction prediction;
    second_output second = second_output::unspecified;
    FOKKER_NO_UNIQUE_ADDRESS Bounds bounds = {};
    FOKKER_NO_UNIQUE_ADDRESS Classifier classifier = {};
    FOKKER_NO_UNIQUE_ADDRESS Known known = {};
    FOKKER_NO_UNIQUE_ADDRESS Correction correction = {};

    static constexpr bool scales_input = Prediction::scales_input;
    static constexpr bool clips = std::same_as<Bounds, detail::fixed_bounds>;
    static constexpr bool thresholds = std::same_as<Bounds, detail::dynamic_threshold>;
    static constexpr bool has_classifier = !std::same_as<Classifier, detail::no_classifier>;
    static constexpr bool has_known_region = !std::same_as<Known, detail::nothing_known>;
    static constexpr bool has_correction = !std::same_as<Correction, detail::no_correction>;

    /// The same model with every element of the data prediction bounded to [lower, upper]; the
    /// noise prediction follows, or is the network's own: clipped_noise::as_predicted, which is
    /// diffusers' default in DDIM. For pictures in [-1, 1]; not for latents. Costs no pass
    /// of its own, unless a second network call comes before any sweep. It takes the place of other
    /// bounds. Throws fokker::error unless lower < upper, and on as_predicted with a known region.
    auto clipped(double lower, double upper, clipped_noise noise = clipped_noise::follows_data) && {
        require_clipping(lower, upper, noise);
        return std::move(*this).with(detail::fixed_bounds{lower, upper, noise},
                                     std::move(classifier), std::move(known),
                                     std::move(correction));
    }
    auto clipped(double lower, double upper,
                 clipped_noise noise = clipped_noise::follows_data) const& {
        require_clipping(lower, upper, noise);
        return with(detail::fixed_bounds{lower, upper, noise}, classifier, known, correction);
    }

    /// The same model with dynamic thresholding of the data prediction (Saharia et al. 2022, 2.3):
    /// s is the `quantile` of |D| in each sample, held to [1, max], and D becomes
    /// clamp(D, -s, s) / s; the noise prediction follows. For pictures in [-1, 1] under strong
    /// guidance; not for latents. max = 1 is clipping to [-1, 1]. Costs two passes and a selection
    /// a network call. It takes the place of other bounds. Throws fokker::error unless quantile is
    /// in [0, 1] and max >= 1.
    auto thresholded(double quantile = 0.995, double max = detail::dynamic_threshold{}.max) && {
        detail::require_threshold(quantile, max);
        return std::move(*this).with(detail::dynamic_threshold{quantile, max},
                                     std::move(classifier), std::move(known),
                                     std::move(correction));
    }
    auto thresholded(double quantile = 0.995, double max = detail::dynamic_threshold{}.max) const& {
        detail::require_threshold(quantile, max);
        return with(detail::dynamic_threshold{quantile, max}, classifier, known, correction);
    }

    /// The same model under classifier guidance (Dhariwal & Nichol 2021): eps_hat - scale sigma
    /// gradient, before any bounds, whatever the network predicts. `gradient` is a callable like a
    /// network, and gives grad log p(y | x_t) with respect to x_t; it is called once for each call
    /// of the network, with the knot's own label and the state unscaled. Costs a pass. It takes the
    /// place of another gradient. Throws fokker::error on a scale that is not finite.
    template <class Gradient>
    auto guided_by(Gradient&& gradient, double scale = 1.0) && {
        detail::require_classifier_scale(scale);
        return std::move(*this).with(
            bounds, detail::classifier_guidance<Gradient>{std::forward<Gradient>(gradient), scale},
            std::move(known), std::move(correction));
    }
    template <class Gradient>
    auto guided_by(Gradient&& gradient, double scale = 1.0) const& {
        detail::require_classifier_scale(scale);
        return with(bounds,
                    detail::classifier_guidance<Gradient>{std::forward<Gradient>(gradient), scale},
                    known, correction);
    }

    /// The same model where a part of x_0 is known: D becomes m x0 + (1 - m) D, with m = mask
    /// unless the options say less, after guidance and bounds; the noise prediction follows. With
    /// any solver the known part ends in x0, if the last step knows it (m = 1); with the kernels of
    /// DDPM and DDIM (`ddpm`, `ddim`, `euler_ancestral`) it is on its way a draw of the process
    /// that ends there (Lugmayr et al. 2022, RePaint, draw it anew for each step), with other
    /// variances a wider or narrower one. The rest is made to fit; see `resampled` for grids that
    /// let it fit better. Both arrays have the state's shape, or one sample's for the whole batch;
    /// lvalues are referred to. Costs a pass. It takes the place of another known region. Throws
    /// fokker::error on a mask outside of [0, 1], on an x0 that is not finite and on a wrong
    /// option, a run on shapes that do not fit.
    template <class Values, class Mask>
        requires(!std::same_as<std::remove_cvref_t<Mask>, region_options>)
    auto with_known_region(Values&& x0, Mask&& mask, const region_options& options = {}) && {
        return std::move(*this).with_known(detail::checked_region(
            std::forward<Values>(x0), std::forward<Mask>(mask), options, false));
    }
    template <class Values, class Mask>
        requires(!std::same_as<std::remove_cvref_t<Mask>, region_options>)
    auto with_known_region(Values&& x0, Mask&& mask, const region_options& options = {}) const& {
        return with_known(detail::checked_region(std::forward<Values>(x0), std::forward<Mask>(mask),
                                                 options, false));
    }
    /// The same where all elements are known, to a strength or on a part of the walk.
    template <class Values>
    auto with_known_region(Values&& x0, const region_options& options) && {
        return std::move(*this).with_known_region(std::forward<Values>(x0), detail::everywhere{},
                                                  options);
    }
    template <class Values>
    auto with_known_region(Values&& x0, const region_options& options) const& {
        return with_known_region(std::forward<Values>(x0), detail::everywhere{}, options);
    }

    /// The same model where the noise is known, or is to be led to: the noise prediction becomes
    /// m noise + (1 - m) eps_hat, and the data prediction follows. On a reversed grid it leads the
    /// data towards that noise (Rout et al. 2024, whose gamma is the strength and whose noise is
    /// one Gaussian draw). All else is as for with_known_region, whose place it takes. Needs alpha
    /// > 0 where it acts: a run is refused otherwise.
    template <class Values, class Mask>
        requires(!std::same_as<std::remove_cvref_t<Mask>, region_options>)
    auto with_known_noise(Values&& noise, Mask&& mask, const region_options& options = {}) && {
        return std::move(*this).with_known(detail::checked_region(
            std::forward<Values>(noise), std::forward<Mask>(mask), options, true));
    }
    template <class Values, class Mask>
        requires(!std::same_as<std::remove_cvref_t<Mask>, region_options>)
    auto with_known_noise(Values&& noise, Mask&& mask, const region_options& options = {}) const& {
        return with_known(detail::checked_region(std::forward<Values>(noise),
                                                 std::forward<Mask>(mask), options, true));
    }
    template <class Values>
    auto with_known_noise(Values&& noise, const region_options& options = {}) && {
        return std::move(*this).with_known_noise(std::forward<Values>(noise), detail::everywhere{},
                                                 options);
    }
    template <class Values>
    auto with_known_noise(Values&& noise, const region_options& options = {}) const& {
        return with_known_noise(std::forward<Values>(noise), detail::everywhere{}, options);
    }

    /// The same model where `function` rewrites the data prediction D in place, after guidance and
    /// bounds and before a known region. It is a callable f(x, knot, D), or f(x, knot, D, network):
    /// x is the state, and network(x2, out) is the data prediction at the same knot and another
    /// state (see data_predictor), each such call one of the report's network calls. It may have
    /// the functions begin_walk() and memory(archive) of a network that keeps something from call
    /// to call; and check(grid) const and check_shape(array_shape) const, which may refuse a run.
    /// The noise prediction follows D, or is what the network says: see corrected_noise. Costs a
    /// pass. It takes the place of another correction. For measurements of x_0, see ddnm and pigdm.
    /// Throws fokker::error on as_predicted with a known region, and on bounds with
    /// clipped_noise::as_predicted.
    template <class F>
    auto with_correction(F&& function, corrected_noise noise = corrected_noise::follows_data) && {
        require_correction(noise);
        return std::move(*this).with(bounds, std::move(classifier), std::move(known),
                                     detail::data_correction<F>{std::forward<F>(function), noise});
    }
    template <class F>
    auto with_correction(F&& function,
                         corrected_noise noise = corrected_noise::follows_data) const& {
        require_correction(noise);
        return with(bounds, classifier, known,
                    detail::data_correction<F>{std::forward<F>(function), noise});
    }

    detail::reading at(const knot& k) const { return prediction.at(k); }

    /// What becomes of the noise prediction where the data prediction is clipped.
    clipped_noise noise_of_clipped() const {
        if constexpr (clips)
            return bounds.noise;
        else
            return clipped_noise::follows_data;
    }

    /// Whether a step that goes by both predictions takes the noise prediction as the network made
    /// it.
    bool keeps_noise() const {
        if constexpr (has_correction) return correction.noise == corrected_noise::as_predicted;
        return noise_of_clipped() == clipped_noise::as_predicted;
    }

    /// Throws fokker::error if the network cannot be read at a knot where a run would call it.
    void check(const grid& walk) const {
        if constexpr (clips || thresholds || has_classifier || has_known_region || has_correction ||
                      scales_input)
            detail::require(!walk.element_paths(),
                            "the elements of a sample have paths of their own, such as the waves "
                            "of a picture; bounds, a classifier, a correction, a known region and "
                            "EDM's preconditioning are not said of these, so do without, or "
                            "inside of the network");
        detail::require_readable_on(prediction, walk);
        if constexpr (has_classifier) detail::require_signal(prediction, walk);
        if constexpr (has_known_region) known.check(walk);
        if constexpr (has_correction) detail::check_correction(correction.function, walk);
    }

private:
    static void require_noise_follows(clipped_noise noise, bool is_changed) {
        detail::require(noise == clipped_noise::follows_data || !is_changed,
                        "clipped_noise::as_predicted does not go with a known region or a "
                        "correction, where the noise prediction must follow the data; leave it "
                        "out");
    }
    static void require_known_noise(corrected_noise noise, bool knows) {
        detail::require(noise == corrected_noise::follows_data || !knows,
                        "corrected_noise::as_predicted does not go with a known region, where the "
                        "noise prediction must follow the data; leave it out");
    }
    static void require_clipping(double lower, double upper, clipped_noise noise) {
        detail::require_bounds(lower, upper);
        require_noise_follows(noise, has_known_region || has_correction);
    }
    void require_correction(corrected_noise noise) const {
        require_noise_follows(noise_of_clipped(), true);
        require_known_noise(noise, has_known_region);
    }
    void require_region() const {
        require_noise_follows(noise_of_clipped(), true);
        if constexpr (has_correction) require_known_noise(correction.noise, true);
    }

    template <class K>
    auto with_known(K region) && {
        require_region();
        return std::move(*this).with(bounds, std::move(classifier), std::move(region),
                                     std::move(correction));
    }
    template <class K>
    auto with_known(K region) const& {
        require_region();
        return with(bounds, classifier, std::move(region), correction);
    }

    template <class B, class C, class K, class D>
    model<Network, Prediction, B, C, K, D> with(B other_bounds, C other_classifier, K other_known,
                                                D other_correction) && {
        return {std::forward<Network>(network),
                prediction,
                second,
                other_bounds,
                std::forward<C>(other_classifier),
                std::forward<K>(other_known),
                std::forward<D>(other_correction)};
    }
    template <class B, class C, class K, class D>
    model<Network, Prediction, B, C, K, D> with(B other_bounds, C other_classifier, K other_known,
                                                D other_correction) const& {
        return {network,
                prediction,
                second,
                other_bounds,
                std::forward<C>(other_classifier),
                std::forward<K>(other_known),
                std::forward<D>(other_correction)};
    }
};

/// The network estimates eps (Ho et al. 2020). What a bare callable means. Needs alpha > 0. In all
/// of these, `second` says what a network's second output is.
template <class F>
auto predicts_noise(F&& network, second_output second = second_output::unspecified) {
    return model<F, noise_prediction>{std::forward<F>(network), {}, second};
}

/// The network estimates x_0.
template <class F>
auto predicts_data(F&& network, second_output second = second_output::unspecified) {
    return model<F, data_prediction>{std::forward<F>(network), {}, second};
}

/// The network estimates v = alpha eps - sigma x_0 (Salimans & Ho 2022).
template <class F>
auto predicts_velocity(F&& network, second_output second = second_output::unspecified) {
    return model<F, velocity_prediction>{std::forward<F>(network), {}, second};
}

/// The network estimates the score -eps / sigma (Song et al. 2021). Needs alpha > 0.
template <class F>
auto predicts_score(F&& network, second_output second = second_output::unspecified) {
    return model<F, score_prediction>{std::forward<F>(network), {}, second};
}

/// The network estimates eps - x_0, the velocity of a rectified flow (Liu et al. 2022). One that
/// was trained with t = 1 at the data needs a grid whose labels run that way, too:
/// flow_label::one_minus_sigma.
template <class F>
auto predicts_flow(F&& network, second_output second = second_output::unspecified) {
    return model<F, flow_prediction>{std::forward<F>(network), {}, second};
}
/// The same for a network that may estimate x_0 - eps: flow_direction::to_data.
template <class F>
auto predicts_flow(F&& network, flow_direction direction,
                   second_output second = second_output::unspecified) {
    return model<F, flow_prediction>{std::forward<F>(network), {direction}, second};
}

/// The raw network F of Karras et al. 2022, which sees c_in x and the label ln(sigma / alpha) / 4
/// (as knot.t too, if it takes a knot). Needs alpha > 0. Throws fokker::error unless sigma_data >
/// 0.
template <class F>
auto edm_preconditioned(F&& network, double sigma_data = 0.5,
                        second_output second = second_output::unspecified) {
    detail::require_sigma_data(sigma_data);
    return model<F, edm_prediction>{std::forward<F>(network), {sigma_data}, second};
}

/// The raw network F of a consistency model (Song et al. 2023), which sees c_in x and the label
/// 250 ln(sigma / alpha); D = x / alpha where sigma / alpha = sigma_min. Needs alpha > 0. Throws
/// fokker::error unless sigma_min >= 0 and sigma_data > 0.
template <class F>
auto consistency_preconditioned(F&& network, double sigma_min = 0.002, double sigma_data = 0.5,
                                second_output second = second_output::unspecified) {
    detail::require(detail::is_finite(sigma_min) && sigma_min >= 0, "sigma_min is ", sigma_min,
                    "; it must be finite and not negative: the least noise of the training");
    detail::require_sigma_data(sigma_data);
    return model<F, detail::consistency_prediction>{
        std::forward<F>(network), {sigma_min, sigma_data}, second};
}

/// A model whose network sees the state scaled to alpha^2 + sigma^2 = 1 and predicts what belongs
/// to that, such as at_unit_scale(predicts_velocity(network)): the networks of IMM (Zhou et al.
/// 2025), and those of paths that preserve the variance on grids that do not. On paths that do,
/// nothing changes.
template <class Network, detail::parametrisation Prediction>
auto at_unit_scale(model<Network, Prediction> inner) {
    return model<Network, detail::unit_scale_prediction<Prediction>>{
        std::forward<Network>(inner.network), {inner.prediction}, inner.second};
}

/// A latent consistency model (Luo et al. 2023) around what its network predicts, such as
/// latent_consistency(predicts_noise(network)). Its knots carry training times, as those of a
/// discrete schedule do. Throws fokker::error unless timestep_scaling and sigma_data are positive.
template <class Network, detail::parametrisation Prediction>
auto latent_consistency(model<Network, Prediction> inner, double timestep_scaling = 10.0,
                        double sigma_data = 0.5) {
    detail::require(detail::is_finite(timestep_scaling) && timestep_scaling > 0,
                    "timestep_scaling is ", timestep_scaling, "; it must be positive");
    detail::require_sigma_data(sigma_data);
    return model<Network, detail::latent_consistency_prediction<Prediction>>{
        std::forward<Network>(inner.network),
        {inner.prediction, timestep_scaling, sigma_data},
        inner.second};
}

/// Epsilon scaling (Ning et al. 2023): the noise prediction divided by `scale`, a little above 1,
/// such as 1.005, and the data prediction that goes with it; around what the network predicts, as
/// in epsilon_scaled(predicts_noise(network), 1.005). Networks are trained on exact noisy data, and
/// while sampling see states with errors, in which they find too much noise. Costs nothing. Needs
/// alpha > 0. Bounds and guidance by a classifier come after it: epsilon_scaled(..).clipped(-1, 1).
/// Throws fokker::error unless the scale is positive.
template <class Network, detail::parametrisation Prediction>
auto epsilon_scaled(model<Network, Prediction> inner, double scale) {
    detail::require(detail::is_finite(scale) && scale > 0, "the scale of epsilon_scaled is ", scale,
                    "; it must be positive, and is a little above 1 as a rule");
    return model<Network, detail::scaled_noise_prediction<Prediction>>{
        std::forward<Network>(inner.network), {inner.prediction, scale}, inner.second};
}

namespace detail {

template <class M>
inline constexpr bool is_model = false;
template <class N, class P, class B, class C, class K, class D>
inline constexpr bool is_model<model<N, P, B, C, K, D>> = true;

/// The user's model as it is (an lvalue is referred to); a bare callable predicts noise.
template <class M>
decltype(auto) as_model(M&& m) {
    if constexpr (is_model<std::remove_cvref_t<M>>)
        return std::forward<M>(m);
    else
        return fokker::predicts_noise(std::forward<M>(m));
}

/// How a run holds it: lvalues by reference, temporaries by value.
template <class M>
using model_for =
    std::conditional_t<is_model<std::remove_cvref_t<M>>, M, model<M, noise_prediction>>;

/// The network's type as a model of type M calls it: const if M is const and holds it by value.
template <class M>
using network_of =
    std::remove_reference_t<decltype((std::declval<std::remove_reference_t<M>&>().network))>;

/// The same of its correction.
template <class M>
using correction_of = std::remove_reference_t<decltype((
    std::declval<std::remove_reference_t<M>&>().correction.function))>;

}  // namespace detail
}  // namespace fokker
