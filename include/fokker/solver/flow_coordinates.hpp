/// The coordinates of rectified flow on any path.
#pragma once

#include <cmath>
#include <cstddef>

#include <fokker/error.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// X = x / (alpha + sigma) and u = sigma / (alpha + sigma): on flow_path x and t. The flow ODE is
/// dX/du = eps_hat - D there, which is constant where the data are one point, and has no singular
/// end: it exists at alpha = 0, too.
inline double flow_scale(const knot& k) { return k.alpha + k.sigma; }
inline double flow_time(const knot& k) { return k.sigma / flow_scale(k); }
/// The lambda of a flow's time.
inline double lambda_of_flow_time(double u) { return std::log1p(-u) - std::log(u); }

/// eps_hat - D, of a data prediction D that was made from the state v at the knot k, which has
/// sigma > 0.
auto flow_velocity(const auto& v, const auto& D, const knot& k) {
    return (v - flow_scale(k) * D) / k.sigma;
}

/// For a solver that keeps such a velocity from step to step, and with it what rounding has made of
/// D. Throws fokker::error on a knot where a noise prediction leaves no digits of D.
inline void require_kept_velocities(const grid& walk, const char* solver) {
    constexpr double most = 1e8;  // half of the digits of a double
    for (std::size_t i = 0; i < walk.size(); ++i)
        require(walk[i].alpha == 0 || walk[i].noise_to_signal() <= most, "knot ", i,
                " has sigma / alpha = ", walk[i].noise_to_signal(),
                ", where a noise prediction "
                "leaves no digits of the data, and ",
                solver,
                " keeps what it makes of it; begin at "
                "alpha = 0 or with less noise, as by grid::from_noise_to_signal(1e8)");
}

}  // namespace fokker::detail
