/// The variances that a model's reverse steps may have in the variational bound.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <variant>

#include <fokker/error.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/moments/data_variance.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/solver/second_variance.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// That of q(x_clean | x_noisy, x_0), the lower bound of the optimal one. Ho et al. 2020, eq. 7. It
/// says nothing (0) about a step to clean data.
struct posterior_variance {
    double operator()(const knot& noisy, const knot& clean) const {
        const double std = posterior_between(clean, noisy).std;
        return std * std;
    }
};

/// That of q(x_noisy | x_clean), which is beta in a training step. Ho et al. 2020, 3.2. It says
/// nothing (0) about a step to clean data: there Ho et al. take what posterior_variance does.
struct upper_bound_variance {
    double operator()(const knot& noisy, const knot& clean) const {
        if (clean.sigma == 0) return 0.0;
        const double std = transition_between(clean, noisy).std;
        return std * std;
    }
};

/// The optimal one for the network at hand, also where it steps to clean data. Bao et al. 2022, eq.
/// 7. Throws fokker::error on bad moments, at a lambda for which they were not measured, and on a
/// data_radius that is not positive; where one number is asked for, on a map.
struct optimal_variance {
    moments gamma;  ///< from estimate_moments, for the same network; a map serves the bound alone
    /// Half the data's range: 1 for pictures in [-1, 1].
    double data_radius = std::numeric_limits<double>::infinity();

    double operator()(const knot& noisy, const knot& clean) const {
        gamma.check();
        detail::require(data_radius > 0, "data_radius is ", data_radius, "; it must be positive");
        gamma.require_measured(noisy, "the bound");
        detail::require(gamma.values() == 1, "the moments are a map of ", gamma.values(),
                        " values a knot, and one is asked for; take moments::mean()");
        double variance;
        write(noisy, clean, {&variance, 1});
        return variance;
    }

    /// out[i] = that of element i, by a map of so many elements.
    void write(const knot& noisy, const knot& clean, std::span<double> out) const {
        const posterior q = posterior_between(clean, noisy);
        const moments::place at = gamma.find(noisy.lambda());
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = q.std * q.std +
                     q.data * q.data * detail::data_variance(noisy, at.gamma(i), data_radius);
    }
};

/// The optimal one of every element, from what the network says of its own error by a second output
/// `residual_squared` (NPR) or `noise_squared` (SN), also where it steps to clean data: what
/// extended_analytic_ddpm adds. Bao et al. 2022 (Extended-Analytic-DPM).
struct extended_optimal_variance {
    /// Half the data's range: 1 for pictures in [-1, 1].
    double data_radius = std::numeric_limits<double>::infinity();

    static bool reads(second_output kind) { return detail::tells_data_variance(kind); }
};

/// That which the network has learned, a second output `variance`, `log_variance` or
/// `variance_range`: what ddpm_learned adds. Nichol & Dhariwal 2021, eq. 15. In a step to clean
/// data the range begins, as in their code, at the posterior variance of the step before.
struct learned_variance {
    static bool reads(second_output kind) { return detail::tells_step_variance(kind); }
};

/// The variance of the step from a knot to a cleaner one: one of the structs above, or a callable
/// of yours (noisy knot, clean knot) -> variance, which is asked for every step before the network
/// is called.
class reverse_variance {
    using function = std::function<double(const knot& noisy, const knot& clean)>;

public:
    reverse_variance() = default;
    template <class F>
        requires(!std::same_as<F, reverse_variance> && std::constructible_from<function, F>)
    reverse_variance(F of_a_step) : kind_(function(std::move(of_a_step))) {}
    reverse_variance(optimal_variance v) : kind_(std::move(v)) {}
    reverse_variance(extended_optimal_variance v) : kind_(v) {}
    reverse_variance(learned_variance v) : kind_(v) {}

    /// Whether there is one, and no empty function.
    explicit operator bool() const {
        const function* const f = as<function>();
        return f == nullptr || *f;
    }

    /// Throws fokker::error where it is not one number for all elements.
    double operator()(const knot& noisy, const knot& clean) const {
        if (const function* const f = as<function>()) return (*f)(noisy, clean);
        const auto* const optimal = as<optimal_variance>();
        detail::require(optimal != nullptr,
                        "this variance is told by the network's second output for each element, "
                        "and here one number is asked for before the network is called; take "
                        "such as optimal_variance{moments} or posterior_variance{}");
        return (*optimal)(noisy, clean);
    }

    /// It, where it is of this kind, and nullptr otherwise.
    template <class Kind>
    const Kind* as() const {
        return std::get_if<Kind>(&kind_);
    }

private:
    std::variant<function, optimal_variance, extended_optimal_variance, learned_variance> kind_;
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
