/// Bridges: a network that knows where the walk comes from.
#pragma once

#include <cmath>
#include <concepts>
#include <type_traits>
#include <utility>

#include <fokker/core/memory.hpp>
#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/network.hpp>
#include <fokker/path/continuous/bridge.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail::types {

/// A point of a bridge: x_t = endpoint x_T + data x_0 + noise z; t is the label, alpha and nsr =
/// sigma / alpha are those of the base.
struct bridge_point {
    double t, endpoint, data, noise, alpha, nsr;
};

/// D = state x_t + output F(input_scale x_t; label).
struct bridge_reading {
    double state, output, label, input_scale;
};

}  // namespace detail::types

namespace detail {
using types::bridge_point, types::bridge_reading;

template <class P>
concept bridge_parametrisation = requires(const P& p, const bridge_point& at) {
    { p.at(at) } -> std::same_as<bridge_reading>;
};
}  // namespace detail

/// The network of a bridge estimates x_0.
struct bridge_data {
    detail::bridge_reading at(const detail::bridge_point& p) const { return {0.0, 1.0, p.t, 1.0}; }
    void check() const {}
};

/// It estimates (x_t - x_0) / nsr, with nsr = sigma / alpha of the base, where alpha = 1: Liu et
/// al. 2023 (I2SB), eq. 12. The label is that of the path; theirs is that of i2sb_path.
struct i2sb_prediction {
    detail::bridge_reading at(const detail::bridge_point& p) const {
        return {1.0 / p.alpha, -p.nsr, p.t, 1.0};
    }
    void check() const {}
};

/// D = c_skip x_t + c_out F(c_in x_t; 250 ln(t + 1e-44)): Zhou et al. 2023 (DDBM), eq. 12 to 15,
/// for data and endpoints of these standard deviations and this covariance.
struct ddbm_prediction {
    double sigma_data = 0.5;
    double sigma_end = 0.5;
    double covariance = 0.125;

    detail::bridge_reading at(const detail::bridge_point& p) const {
        const double a = p.endpoint, b = p.data, c = p.noise;
        const double data = sigma_data * sigma_data, end = sigma_end * sigma_end;
        const double variance = a * a * end + b * b * data + 2.0 * a * b * covariance + c * c;
        const double in = 1.0 / std::sqrt(variance);
        return {(b * data + a * covariance) / variance,
                std::sqrt(a * a * (end * data - covariance * covariance) + data * c * c) * in,
                250.0 * std::log(p.t + 1e-44), in};
    }
    /// Throws fokker::error on deviations that are not positive, and a covariance beyond them.
    void check() const {
        using detail::require, detail::is_finite;
        require(is_finite(sigma_data) && is_finite(sigma_end) && sigma_data > 0 && sigma_end > 0,
                "sigma_data is ", sigma_data, " and sigma_end is ", sigma_end,
                "; both must be positive: the standard deviations of data and endpoints");
        require(std::abs(covariance) <= sigma_data * sigma_end, "covariance is ", covariance,
                ", and of these standard deviations it is ", sigma_data * sigma_end,
                " at most, in size");
    }
};

namespace detail {

namespace types {

/// The network of `bridged`. One object serves one thread at a time.
template <class Network, class Endpoint, class Base, class Prediction>
class bridged_network {
    using network = std::remove_reference_t<Network>;

public:
    bridged_network(Network&& inner, Endpoint&& end, const bridge_path<Base>& path,
                    const Prediction& prediction)
        : network_(std::forward<Network>(inner)),
          end_(std::forward<Endpoint>(end)),
          path_(path),
          prediction_(prediction) {}

    /// out = D, for x = x_t - a x_T at a knot of the bridge.
    template <array_like X, array_like Out>
        requires network_for<network, owner_of<X>, Out>
    void operator()(const X& x, const knot& k, Out& out) {
        using T = scalar_of<Out>;
        using space = core::space_of<Out>;
        static_assert(
            std::same_as<scalar_of<Endpoint>, T> && std::same_as<core::space_of<Endpoint>, space>,
            "fokker: the x_T of bridged has the element type of the state, and lies "
            "where it does");
        const array_shape shape = detail::shape_of(x);
        check_state(x);
        require_on_path(k);
        const double a = path_.endpoint_weight(k);
        // At T the state is noise that says nothing, and x_T alone is known.
        const double is_after = k.alpha == 0 ? 0.0 : 1.0;
        const bridge_reading r = prediction_.at(
            {k.t, a, k.alpha, is_after * k.sigma, path_.base_alpha(k), path_.base_nsr(k)});
        const auto x_t = [&](double scale) {
            return kernel::term<T>(scale * is_after, detail::data_of(x)) +
                   kernel::term<T>(scale * a, detail::const_data_of(end_));
        };
        owner_of<X>& seen = seen_.like(x);
        core::sweep<space>(detail::data_of(seen), x_t(r.input_scale), shape);
        detail::call_network(network_, std::as_const(seen), k, r.label, out);
        const auto D = x_t(r.state) + kernel::term<T>(r.output, detail::const_data_of(out));
        core::sweep<space>(detail::data_of(out), D, shape);
    }

    /// Before a run begins, and at each call: the state may be given another array.
    template <array_like X>
    void check_state(const X& x) const {
        const array_shape shape = detail::shape_of(x), own = detail::shape_of(end_);
        require(own == shape, "the x_T of bridged has ", own.samples, " samples of ", own.elements,
                " elements, and the state has ", shape.samples, " of ", shape.elements,
                "; give one x_T for each sample");
        require(!detail::share_elements(end_, x),
                "the x_T of bridged shares its elements with the state, which the walk writes "
                "over; pass a copy");
        detail::check_state(network_, x);
    }

    void begin_walk() { detail::begin_walk(network_); }
    template <class Archive>
    void memory(Archive& archive)
        requires core::keeps_memory<network>
    {
        core::visit_memory(network_, archive);
    }

private:
    /// The knots of another path, such as the base, would be read as other points of the bridge.
    /// Paths differ by far more than an inverse of time is wrong.
    void require_on_path(const knot& k) const {
        if (k.alpha == 0) return;
        const double alpha = path_.at(path_.time(k.lambda())).alpha;
        require(std::abs(alpha - k.alpha) <= 1e-3 * path_.base_alpha(k),
                "bridged is called at {t = ", k.t, ", alpha = ", k.alpha, ", sigma = ", k.sigma,
                "}, which is no knot of its bridge_path; make the grid of that path, not of its "
                "base, as in linspace(path, 20)");
    }

    Network network_;
    Endpoint end_;
    bridge_path<Base> path_;
    Prediction prediction_;
    kept_array seen_;
};

}  // namespace types
using types::bridged_network;

}  // namespace detail

/// The network of a bridge as a model for runs on a `bridge_path`, whose state is x_t - a x_T:
///   sample(x, bridged(network, x_T, path), linspace(path, 20), ddim{}, philox{.seed = 7})
/// The network sees x_t itself, by any of the usual signatures, and x_T, if it wants it, by what it
/// captures. `prediction` says what it gives: bridge_data{}, i2sb_prediction{},
/// ddbm_prediction{..}. x_T is an array like the state, held by reference if it is a variable. The
/// walk begins at the end of the bridge, with one call at x_T; the draw of the prior is then the
/// noise of the first knot (DBIM's booting noise). It ends in data where the grid does; at a knot
/// before that x_t is the state + endpoint_weight(knot) x_T. Throws fokker::error on bad options
/// of the prediction; before the run begins on an x_T of another shape and on the state itself; at
/// the first call, before the network's, at a knot of another path.
template <class F, array_like Endpoint, class Base, detail::bridge_parametrisation P = bridge_data>
auto bridged(F&& network, Endpoint&& x_T, const bridge_path<Base>& path, const P& prediction = {}) {
    prediction.check();
    return fokker::predicts_data(detail::bridged_network<F, Endpoint, Base, P>(
        std::forward<F>(network), std::forward<Endpoint>(x_T), path, prediction));
}

}  // namespace fokker
