/// DPS: diffusion posterior sampling. Chung, Kim, Mccann, Klasky & Ye 2023.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>

#include <fokker/core/space.hpp>
#include <fokker/core/step_weights.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/measurement/jacobian.hpp>
#include <fokker/measurement/knot_after.hpp>
#include <fokker/measurement/linear.hpp>
#include <fokker/model/correction.hpp>
#include <fokker/model/kept_array.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Options of `dps`.
struct dps_options {
    double zeta = 0.3;  ///< step against the gradient of |y - A D|; 0.3 in their code for blur
    double eta = 1.0;   ///< that of the solver's step: 1 for ddpm{}, and that of ddim{.eta = ..}

    /// Throws fokker::error on an option out of its range.
    void check() const {
        detail::require(detail::is_finite(zeta) && zeta >= 0, "zeta is ", zeta,
                        "; it must be finite and not negative");
        detail::require(detail::is_finite(eta) && eta >= 0 && eta <= 1, "eta is ", eta,
                        "; it is that of the solver's step and lies in [0, 1]");
    }
};

namespace detail {

namespace types {

/// The result of `dps`. One object serves one thread at a time.
template <class Operator, class Transpose, class Y, class Jacobian>
class dps_correction {
public:
    dps_correction(linear_measurement<Operator, Transpose, Y> measured, const grid& walk,
                   const dps_options& options, Jacobian&& jacobian)
        : measured_(std::move(measured)),
          walk_(walk),
          options_(options),
          jacobian_(std::forward<Jacobian>(jacobian)) {
        options_.check();
    }

    void check(const grid& walk) const {
        detail::require_walk(walk_, walk, "dps");
        detail::require_alpha(walk, "dps");
    }
    void check_shape(const array_shape& state) const { measured_.check_shape(state); }
    void check_step(const knot& s, const knot& t, const core::step_weights& w) const {
        constexpr const char* remedy =
            "; take ddpm{}, or ddim{.eta = ..} and give dps the same eta";
        require(w.is_all,
                "dps changes the data prediction by what one step of ddim makes of it, and this "
                "solver's steps are made of several predictions",
                remedy);
        const double own = posterior_between(t, s, options_.eta).data;
        require(std::abs(w.data - own) <= 1e-6 * std::abs(own), "dps{.eta = ", options_.eta,
                "} goes with a step in which the data prediction counts ", own, ", from t = ", s.t,
                " to ", t.t, ", and in this solver's it counts ", w.data, remedy);
    }

    /// D = D + zeta / q (dD/dx)^T A^T r / |r|, r = y - A D, q the weight of D in the step.
    template <array_like X, array_like Array>
    void operator()(const X& x, const knot& k, Array& D, const data_predictor<Array>& network) {
        measured_.require_apart(x);
        using space = core::space_of<Array>;
        owner_of<Y>& r = residual_.like(measured_.y());
        Array& back = back_.like(D);
        Array& shift = shift_.like(D);
        const knot& next = detail::knot_after(walk_, k, "dps");
        const double weight = posterior_between(next, k, options_.eta).data;
        measured_.residual(D, r);
        measured_.back(std::as_const(r), back);
        detail::transposed_jacobian(jacobian_, x, k, std::as_const(back), shift, network);
        const std::size_t size = detail::shape_of(D).elements;
        const array_shape shape = measured_.shape();
        for (std::size_t n = 0; n < shape.samples; ++n) {
            const double length = std::sqrt(detail::squared_norm<core::space_of<Y>>(
                detail::const_data_of(r) + n * shape.elements, shape.elements));
            if (length == 0.0) continue;
            detail::add_multiple<space>(detail::data_of(D) + n * size,
                                        options_.zeta / (weight * length),
                                        detail::const_data_of(shift) + n * size, size);
        }
    }

private:
    linear_measurement<Operator, Transpose, Y> measured_;
    grid walk_;
    dps_options options_;
    Jacobian jacobian_;
    kept_array residual_, back_, shift_;
};

}  // namespace types
using types::dps_correction;

}  // namespace detail

/// A correction, for with_correction, by a linear measurement y = A x_0 + sigma_y n: DPS, Chung et
/// al. 2023, Algorithm 1. After the step to the next knot it moves the state by
///   -zeta grad_x |y - A D(x)|,    the norm that of each sample by itself,
/// here as a change of D of which the step makes that. It is the rule of their code; in the paper
/// the gradient is that of the square, so that its zeta' is half of this zeta. sigma_y does not
/// enter: zeta stands for it, and the law is not the posterior's, not for Gaussian data either.
///   walk   the grid of the run, as the change depends on both ends of a step; the solver is
///          ddpm{}, as in the paper, or ddim{} with its eta in options
/// Other arguments as for `pigdm`. One vjp or two network calls a call; three arrays, and those of
/// the Jacobian, at the first one. Throws fokker::error on an option out of its range, and before a
/// run begins on another grid, where alpha = 0, and with a solver whose step gives the data
/// prediction another weight (this is not seen where dps is inside of your own callable).
template <class Operator, class Transpose, array_like Y, class Jacobian = jacobian_by_difference>
auto dps(Operator&& measure, Transpose&& transpose, Y&& y, const grid& walk,
         const dps_options& options = {}, Jacobian&& jacobian = Jacobian()) {
    return detail::dps_correction<Operator, Transpose, Y, Jacobian>(
        {std::forward<Operator>(measure), std::forward<Transpose>(transpose), std::forward<Y>(y)},
        walk, options, std::forward<Jacobian>(jacobian));
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
