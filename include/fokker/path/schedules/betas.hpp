/// Discrete schedules given by a formula of the betas.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/path/schedules/discrete.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {
namespace detail {

inline std::vector<double> linspace(double first, double last, int count) {
    std::vector<double> values(static_cast<std::size_t>(count));
    values[0] = first;
    for (int i = 1; i < count; ++i)
        values[static_cast<std::size_t>(i)] =
            i == count - 1 ? last : first + (last - first) * (i / (count - 1.0));
    return values;
}

inline void require_training_steps(int steps) {
    require(steps >= 1, "steps is ", steps, "; a schedule has at least one training step");
    require_few_enough("steps", static_cast<std::size_t>(steps));
}

inline void require_betas(int steps, double beta_first, double beta_last) {
    require_training_steps(steps);
    require(beta_first > 0 && beta_first < 1, "beta_first is ", beta_first,
            "; it must lie strictly between 0 and 1");
    require(beta_last > 0 && beta_last < 1, "beta_last is ", beta_last,
            "; it must lie strictly between 0 and 1");
}

inline std::vector<double> scaled_linear_betas(int steps, double beta_first, double beta_last) {
    auto betas = linspace(std::sqrt(beta_first), std::sqrt(beta_last), steps);
    for (double& beta : betas) beta *= beta;
    return betas;
}

inline std::vector<double> sigmoid_betas(int steps, double beta_first, double beta_last,
                                         double span) {
    auto betas = linspace(-span, span, steps);
    for (double& beta : betas)
        beta = beta_first + (beta_last - beta_first) / (1.0 + std::exp(-beta));
    return betas;
}

}  // namespace detail

/// Betas evenly spaced: Ho et al. 2020. Throws fokker::error on betas outside of (0, 1).
inline discrete_schedule linear_schedule(int steps = 1000, double beta_first = 1e-4,
                                         double beta_last = 0.02) {
    detail::require_betas(steps, beta_first, beta_last);
    return discrete_schedule::from_betas(detail::linspace(beta_first, beta_last, steps));
}

/// Square roots of the betas evenly spaced: Rombach et al. 2022 (latent diffusion).
inline discrete_schedule scaled_linear_schedule(int steps = 1000, double beta_first = 0.00085,
                                                double beta_last = 0.012) {
    detail::require_betas(steps, beta_first, beta_last);
    return discrete_schedule::from_betas(detail::scaled_linear_betas(steps, beta_first, beta_last));
}

/// Betas on a logistic curve, beta_first + (beta_last - beta_first) / (1 + exp(-u)) with u evenly
/// spaced from -`span` to `span`: Xu et al. 2022 (GeoDiff). Throws fokker::error on betas outside
/// of (0, 1) and a span that is not positive.
inline discrete_schedule sigmoid_schedule(int steps = 1000, double beta_first = 1e-4,
                                          double beta_last = 0.02, double span = 6.0) {
    detail::require_betas(steps, beta_first, beta_last);
    detail::require(span > 0 && detail::is_finite(span), "span is ", span,
                    "; it must be positive and finite");
    return discrete_schedule::from_betas(detail::sigmoid_betas(steps, beta_first, beta_last, span));
}

}  // namespace fokker
