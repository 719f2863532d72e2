/// A model: a network, what it predicts, and bounds on the data prediction.
#pragma once

#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>

namespace fokker {

namespace detail {

inline void require_bounds(double lower, double upper) {
    require(!is_nan(lower) && !is_nan(upper) && lower < upper, "clipped(", lower, ", ", upper,
            "): the lower bound must be below the upper one");
}

template <parametrisation Prediction>
void require_readable_on(const Prediction& prediction, const grid& walk) {
    for (int i = 0; i < walk.steps(); ++i)
        require_readable(prediction, walk[static_cast<std::size_t>(i)]);
}

}  // namespace detail

template <class Network, parametrisation Prediction>
struct clipped_model;

/// The result of `predicts_noise(network)` and its sisters. Network is a reference type if the user
/// passed an lvalue: the model then refers to it and must not outlive it.
template <class Network, parametrisation Prediction>
struct model {
    Network network;
    Prediction prediction;

    static constexpr bool scales_input = Prediction::scales_input;
    static constexpr bool clips = false;

    /// The same model with every element of the data prediction bounded to [lower, upper]; the
    /// noise prediction follows. For pictures in [-1, 1]; not for latents. Costs no pass of its
    /// own, unless a second network call comes before any sweep. Throws fokker::error unless lower
    /// < upper.
    clipped_model<Network, Prediction> clipped(double lower, double upper) && {
        detail::require_bounds(lower, upper);
        return {std::forward<Network>(network), prediction, lower, upper};
    }
    clipped_model<Network, Prediction> clipped(double lower, double upper) const& {
        detail::require_bounds(lower, upper);
        return {network, prediction, lower, upper};
    }

    reading at(const knot& k) const { return prediction.at(k); }

    /// Throws fokker::error if the network cannot be read at a knot where a run would call it.
    void check(const grid& walk) const { detail::require_readable_on(prediction, walk); }
};

/// A model whose data prediction is bounded: a type of its own, which no assignment turns back into
/// the model without bounds.
template <class Network, parametrisation Prediction>
struct clipped_model {
    Network network;
    Prediction prediction;
    double low, high;

    static constexpr bool scales_input = Prediction::scales_input;
    static constexpr bool clips = true;

    /// Other bounds in the place of these.
    clipped_model clipped(double lower, double upper) const {
        return model<Network, Prediction>{network, prediction}.clipped(lower, upper);
    }

    reading at(const knot& k) const { return prediction.at(k); }
    void check(const grid& walk) const { detail::require_readable_on(prediction, walk); }
};

/// The network estimates eps (Ho et al. 2020). What a bare callable means. Needs alpha > 0.
template <class F>
auto predicts_noise(F&& network) {
    return model<F, noise_prediction>{std::forward<F>(network), {}};
}

/// The network estimates x_0.
template <class F>
auto predicts_data(F&& network) {
    return model<F, data_prediction>{std::forward<F>(network), {}};
}

/// The network estimates v = alpha eps - sigma x_0 (Salimans & Ho 2022).
template <class F>
auto predicts_velocity(F&& network) {
    return model<F, velocity_prediction>{std::forward<F>(network), {}};
}

/// The network estimates the score -eps / sigma (Song et al. 2021). Needs alpha > 0.
template <class F>
auto predicts_score(F&& network) {
    return model<F, score_prediction>{std::forward<F>(network), {}};
}

/// The network estimates eps - x_0, the velocity of a rectified flow (Liu et al. 2022).
template <class F>
auto predicts_flow(F&& network) {
    return model<F, flow_prediction>{std::forward<F>(network), {}};
}

/// The raw network F of Karras et al. 2022, which sees c_in x and the label ln(sigma) / 4 (as
/// knot.t too, if it takes a knot). Needs alpha > 0. Throws fokker::error unless sigma_data > 0.
template <class F>
auto edm_preconditioned(F&& network, double sigma_data = 0.5) {
    detail::require(sigma_data > 0, "sigma_data is ", sigma_data, "; it must be positive");
    return model<F, edm_prediction>{std::forward<F>(network), {sigma_data}};
}

namespace detail {

template <class M>
inline constexpr bool is_model = false;
template <class N, class P>
inline constexpr bool is_model<model<N, P>> = true;
template <class N, class P>
inline constexpr bool is_model<clipped_model<N, P>> = true;

/// The user's model as it is (an lvalue is referred to); a bare callable predicts noise.
template <class M>
decltype(auto) as_model(M&& m) {
    if constexpr (is_model<std::remove_cvref_t<M>>)
        return std::forward<M>(m);
    else
        return predicts_noise(std::forward<M>(m));
}

/// How a run holds it: lvalues by reference, temporaries by value.
template <class M>
using model_for =
    std::conditional_t<is_model<std::remove_cvref_t<M>>, M, model<M, noise_prediction>>;

/// The network's type as a model of type M calls it: const if M is const and holds it by value.
template <class M>
using network_of =
    std::remove_reference_t<decltype((std::declval<std::remove_reference_t<M>&>().network))>;

}  // namespace detail
}  // namespace fokker
