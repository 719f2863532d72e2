/// How much noise a reverse SDE adds: a number, or a function of the knot.
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

namespace types {

/// The variance of the noise as a multiple of the reverse SDE's, `eta`: a number, or any callable
/// of a knot that returns one. Song et al. 2021; Karras et al. 2022, eq. 6, where it is
/// beta sigma, sigma being sigma / alpha here. Neither negative nor infinite, at any knot of a
/// walk.
class noise_amount {
public:
    noise_amount(double eta) : eta_(eta) {}

    template <class F>
        requires(!std::convertible_to<F, double> && !std::same_as<F, noise_amount>)
    noise_amount(F eta) : of_knot_(std::move(eta)) {
        static_assert(std::is_invocable_r_v<double, const F&, const knot&>,
                      "fokker: eta is a number, or a callable of a knot that returns one, such as "
                      "[](const fokker::knot& k) { return k.sigma; }");
        require(static_cast<bool>(of_knot_),
                "eta is a function that holds none; give a "
                "number, or a callable of a knot");
    }

    /// At this knot. Throws fokker::error on a negative amount, and on one that is not finite.
    double at(const knot& k) const {
        const double eta = of_knot_ ? of_knot_(k) : eta_;
        require(is_finite(eta) && eta >= 0, "eta is ", eta, " at t = ", k.t,
                "; it must be finite and not negative");
        return eta;
    }

    /// Whether there may be any: a function is not asked.
    bool any() const { return of_knot_ || eta_ > 0; }

    /// Asks at the knots where the steps of a walk begin and end, and throws as `at` does. At the
    /// data there is no noise to ask about.
    void check(const grid& walk) const {
        for (const knot& k : walk)
            if (k.sigma > 0) at(k);
    }

private:
    double eta_ = 0.0;
    std::function<double(const knot&)> of_knot_;
};

}  // namespace types
using types::noise_amount;

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
