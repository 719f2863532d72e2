/// ER-SDE: Cui et al. 2023 (Elucidating the Solution Space of Extended Reverse-Time SDE for
/// Diffusion Models).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/solver/dpm_solver_sde.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/gauss_legendre.hpp>
#include <fokker/solver/noise_step.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// The noise scale of ER-SDE 5, xi(nsr) = nsr (exp(nsr^0.3) + 10), nsr = sigma / alpha, at one end
/// over that at another, noisier one, and over the ratio of both nsr. Cui et al. 2023, table 2. It
/// is finite where exp is not. Asked from many places to one, it takes a power and an exponential
/// for each.
class er_sde_scale {
public:
    explicit er_sde_scale(double to) : power_(std::pow(to, 0.3)), ten_(10.0 * std::exp(-power_)) {}

    double kept_from(double from) const {
        return (1.0 + ten_) / (std::exp(std::pow(from, 0.3) - power_) + ten_);
    }

private:
    double power_, ten_;
};

inline double er_sde_kept(double from, double to) { return er_sde_scale(to).kept_from(from); }

/// Where the data prediction is u^k, its part in a step: 1 - k xi(nsr_t) int u^(k-1) / xi du for
/// k > 0, where nsr = sigma / alpha, and u goes from 0 at nsr_s to 1 at nsr_t. By Gauss-Legendre in
/// log nsr.
template <std::size_t N>
std::array<double, N> er_sde_moments(double from, double to) {
    std::array<double, N> moments{};
    const er_sde_scale scale(to);
    const double ratio = std::log(to / from);
    at_gauss_legendre([&](double part_of_log, double weight) {
        const double sigma = from * std::exp(part_of_log * ratio);
        const double u = (sigma - from) / (to - from);
        // xi(to) / xi(sigma) du, where du = sigma dlog(sigma) / (to - from)
        double part = weight * ratio * to / (to - from) * scale.kept_from(sigma);
        for (std::size_t k = 1; k < N; ++k, part *= u) moments[k] += part;
    });
    moments[0] = 1.0 - to / from * scale.kept_from(from);
    for (std::size_t k = 1; k < N; ++k) moments[k] = 1.0 - static_cast<double>(k) * moments[k];
    return moments;
}

}  // namespace detail

/// The extended reverse SDE with its noise scale xi(nsr) = nsr (exp(nsr^0.3) + 10), where
/// nsr = sigma / alpha, and the data prediction as a polynomial in nsr through the
/// last `Order` steps, integrated exactly. Cui et al. 2023, Algorithms 1 to 3. The mean of the
/// samples is of order `Order`, their variance of order min(Order, 2). One evaluation a
/// step; stochastic; any path. Throws fokker::error on bad options.
template <int Order = 3>
    requires(Order >= 1 && Order <= 3)
struct er_sde {
    static constexpr int history = Order - 1;
    static constexpr int evaluations = 1;

    double s_noise = 1.0;
    /// A step that is more than this many times as long as an earlier one does not use it.
    double most_growth = detail::usual_growth;
    /// In so many last steps the order is at most the number of steps that are left.
    int falling_steps = 0;

    bool stochastic() const { return true; }
    void check(const grid&) const {
        detail::check_sde(1.0, s_noise);
        detail::require_growth(most_growth);
        detail::require_falling(falling_steps);
    }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (s.alpha == 0 || t.sigma == 0) return detail::sde_multistep<1>(run, 1.0, s_noise);
        const auto D = run.data(run.x(), s);
        const double from = s.noise_to_signal(), to = t.noise_to_signal();
        const double kept = detail::er_sde_kept(from, to);
        const double std =
            s_noise * t.sigma * std::sqrt((std::max)(0.0, (1.0 - kept) * (1.0 + kept)));
        const int past = detail::usable_past(run, s, t, most_growth, detail::in_sigma);
        detail::at_order<Order>(
            detail::falling_past(run, past, falling_steps) + 1, [&](auto order) {
                const auto nodes = detail::nodes_between<order>(run, s, t, detail::in_sigma);
                auto weights =
                    detail::lagrange_weights(nodes, detail::er_sde_moments<order>(from, to));
                for (double& weight : weights) weight *= t.alpha;
                detail::assign_with_noise(
                    run, t.sigma / s.sigma * kept * run.x() + detail::with_past(run, weights, D),
                    std);
            });
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
