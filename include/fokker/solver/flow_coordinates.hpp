/// The coordinates of rectified flow on any path.
#pragma once

#include <cmath>

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

}  // namespace fokker::detail
