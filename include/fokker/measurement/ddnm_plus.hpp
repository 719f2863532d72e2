/// DDNM+: DDNM where the measurement is noisy. Wang, Yu & Zhang 2023, section 3.3.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/core/space.hpp>
#include <fokker/core/step_weights.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/measurement/knot_after.hpp>
#include <fokker/measurement/linear.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

namespace types {

/// The result of `ddnm_plus`. One object serves one thread at a time.
template <class Rows, class Transpose, class Y>
class ddnm_plus_correction {
public:
    ddnm_plus_correction(linear_measurement<Rows, Transpose, Y> measured,
                         std::vector<double> deviations, const grid& walk, double eta)
        : measured_(std::move(measured)),
          deviations_(std::move(deviations)),
          walk_(walk),
          eta_(eta) {
        require(is_finite(eta) && eta >= 0 && eta <= 1, "eta is ", eta,
                "; it is that of ddim{.eta = ..} and lies in [0, 1]");
        require(deviations_.size() == measured_.shape().elements, "ddnm_plus has ",
                deviations_.size(), " deviations, and a sample of y ", measured_.shape().elements,
                " elements; give one for each");
        for (std::size_t i = 0; i < deviations_.size(); ++i)
            require(is_finite(deviations_[i]) && deviations_[i] >= 0, "deviations[", i, "] is ",
                    deviations_[i], "; it must be finite and not negative: sigma_y / s_i");
    }

    void check(const grid& walk) const { detail::require_walk(walk_, walk, "ddnm_plus"); }
    void check_shape(const array_shape& state) const { measured_.check_shape(state); }
    void check_step(const knot& s, const knot& t, const core::step_weights& w) const {
        const double std = posterior_between(t, s, eta_).std;
        const double open = std::sqrt((std::max)(0.0, t.sigma * t.sigma - std * std));
        const double slack = 1e-6 * std::hypot(t.alpha, t.sigma);
        require(w.is_all && std::abs(w.data - t.alpha) <= slack &&
                    std::abs(w.noise - open) <= slack && std::abs(w.std - std) <= slack &&
                    (w.state == 0.0),
                "ddnm_plus with eta = ", eta_, " has the rule of ddim{.eta = ", eta_,
                "}, run with with_correction(.., fokker::corrected_noise::as_predicted), and this "
                "solver's step from t = ",
                s.t, " to ", t.t, " is another one; take that solver and that option");
    }

    /// Along row i: D = D + l (y_i - D) + (g - e) / alpha_t eps_hat, alpha_t that of the next knot
    /// t, e the weight of eps_hat in the step and g what the noise of l y_i leaves of it.
    template <array_like X, array_like Array>
    void operator()(const X& x, const knot& s, Array& D) {
        measured_.require_apart(x);
        using T = scalar_of<Array>;
        using own = owner_of<Y>;
        using space = core::space_of<Y>;
        const knot& t = detail::knot_after(walk_, s, "ddnm_plus");
        const double std = posterior_between(t, s, eta_).std;
        const double open = std::sqrt((std::max)(0.0, t.sigma * t.sigma - std * std));
        own& rows = rows_.like(measured_.y());
        own& noise = noise_.like(measured_.y());
        own& shift = shift_.like(measured_.y());
        own& factors = factors_.like(measured_.y());
        Array& back = back_.like(D);
        const array_shape shape = measured_.shape();
        T* const to = detail::data_of(shift);
        core::sweep<space>(to, kernel::term<T>(0.0, detail::const_data_of(measured_.y())), shape);
        // The noise prediction of the network, along the rows, in the place of the state's.
        measured_.apply(D, rows);
        core::sweep<core::space_of<Array>>(
            detail::data_of(back),
            kernel::term<T>(1.0 / s.sigma, detail::data_of(x)) -
                kernel::term<T>(s.alpha / s.sigma, detail::const_data_of(D)),
            detail::shape_of(D));
        measured_.apply(std::as_const(back), noise);
        each_.resize(shape.elements);
        const auto add = [&](const auto& factor, const T* plus, const T* minus) {
            for (std::size_t i = 0; i < each_.size(); ++i)
                each_[i] = static_cast<T>(factor(deviations_[i]));
            for (std::size_t n = 0; n < shape.samples; ++n)
                space::copy_in(detail::data_of(factors) + n * shape.elements, each_.data(),
                               shape.elements);
            space::add_product(to, detail::data_of(factors), plus, minus, shape.size());
        };
        const auto share = [&](double deviation) {
            return t.alpha * deviation > open ? open / (t.alpha * deviation) : 1.0;
        };
        add(share, detail::const_data_of(measured_.y()), detail::const_data_of(rows));
        core::sweep<space>(detail::data_of(rows),
                           kernel::term<T>(0.0, detail::const_data_of(measured_.y())), shape);
        add(
            [&](double deviation) {
                const double taken = t.alpha * share(deviation) * deviation;
                return (std::sqrt((std::max)(0.0, open * open - taken * taken)) - open) / t.alpha;
            },
            detail::const_data_of(noise), detail::const_data_of(rows));
        measured_.back(std::as_const(shift), back);
        detail::add_multiple<core::space_of<Array>>(
            detail::data_of(D), 1.0, detail::const_data_of(back), detail::shape_of(D).size());
    }

private:
    linear_measurement<Rows, Transpose, Y> measured_;
    std::vector<double> deviations_;
    grid walk_;
    double eta_;
    kept_array rows_, noise_, shift_, factors_, back_;
    std::vector<scalar_of<Y>> each_;
};

}  // namespace types
using types::ddnm_plus_correction;

}  // namespace detail

/// A correction, for with_correction with corrected_noise::as_predicted and for ddim{.eta = eta},
/// by a noisy measurement: DDNM+, Wang, Yu & Zhang 2023, eq. 17-19, in the coordinates of the
/// singular value decomposition A = U S V^T. Along each row of V^T the known number is in the state
/// with a share l <= 1 such that its noise is not more than the step's own, and the step has so
/// much less:
///   x_t = alpha_t (l y_i + (1 - l) D) + sqrt(e^2 - (alpha_t l d_i)^2) eps_hat + std z,
///   e^2 = sigma_t^2 - std^2,  l = min(1, e / (alpha_t d_i)).
/// (What the paper draws anew where l = 1 is here eps_hat, so that eta = 0 stays deterministic.)
///   rows, transpose  callables of whole batches that write V^T x and V w: orthonormal rows, those
///                    with s_i > 0. Where A A^T = s^2 I these are A / s and A^T / s
///   y                U^T y / s_i, a sample for each of the state's; an lvalue is referred to
///   deviations       d_i = sigma_y / s_i, one for each element of a sample of y
///   walk             the grid of the run
/// No network call; five arrays at the first one. For float and double. Throws fokker::error on a y
/// that is not finite, deviations that are negative or too few, eta outside of [0, 1], and before a
/// run begins on another grid and with another solver (which is not seen where ddnm_plus is inside
/// of your own callable).
template <class Rows, class Transpose, array_like Y>
auto ddnm_plus(Rows&& rows, Transpose&& transpose, Y&& y, std::vector<double> deviations,
               const grid& walk, double eta = 0.0) {
    return detail::ddnm_plus_correction<Rows, Transpose, Y>(
        {std::forward<Rows>(rows), std::forward<Transpose>(transpose), std::forward<Y>(y)},
        std::move(deviations), walk, eta);
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
