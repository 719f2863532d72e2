/// Classifier guidance: a gradient that is added to the noise prediction.
#pragma once

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

namespace types {

struct no_classifier {};

/// eps_hat - scale sigma grad log p(y | x_t) in the place of eps_hat: Dhariwal & Nichol 2021,
/// Algorithm 2.
template <class Gradient>
struct classifier_guidance {
    Gradient gradient;
    double scale;
};

}  // namespace types
using types::no_classifier, types::classifier_guidance;

inline void require_classifier_scale(double scale) {
    require(is_finite(scale), "guided_by(gradient, ", scale, "): the scale must be finite");
}

/// Refuses a knot where the gradient would say nothing about the data, or could not be added to
/// what the network returns.
template <parametrisation Prediction>
void require_signal(const Prediction& prediction, const grid& walk) {
    for (const knot& k : walk.network_knots()) {
        require(prediction.at(k).noise.output != 0,
                "classifier guidance cannot be used at the knot "
                "{t = ",
                k.t, ", alpha = ", k.alpha, ", sigma = ", k.sigma, "}, where by the ",
                Prediction::name,
                " the network's output has the coefficient 0; leave that knot out");
        require(k.alpha > 0, "classifier guidance cannot be used at the knot {t = ", k.t,
                ", alpha = 0, sigma = ", k.sigma,
                "}, where the state says nothing about the data; start from alpha > 0");
    }
}

/// The same shift in terms of what the network predicts: out -= scale sigma gradient / (the
/// coefficient of out in eps_hat). Throws fokker::error where that is 0: a solver with stages calls
/// the network between the knots, and at the end of a step, too.
template <array_like Out>
void add_gradient(Out& out, const Out& gradient, double scale, const knot& k, const reading& r) {
    using T = scalar_of<Out>;
    require(r.noise.output != 0, "classifier guidance cannot be used at the knot {t = ", k.t,
            ", alpha = ", k.alpha, ", sigma = ", k.sigma,
            "}, where the network's output has the coefficient 0, and where a stage of the solver "
            "calls it; end the grid before it, or take a solver of one call a step");
    core::sweep<core::space_of<Out>>(
        detail::data_of(out),
        kernel::term<T>(1.0, detail::data_of(out)) -
            kernel::term<T>(scale * k.sigma / r.noise.output, detail::data_of(gradient)),
        detail::shape_of(out));
}

}  // namespace fokker::detail
