#include <fokker/path/continuous/bridge.hpp>

#include <cmath>

#include <fokker/error.hpp>
#include <fokker/path/continuous/flow.hpp>
#include <fokker/path/continuous/ve.hpp>
#include <fokker/path/continuous/vp.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

const vp_path gentle{.beta_min = 0.1, .beta_max = 2.1, .time_min = 1e-4};
const edm_path wide{.sigma_min = 0.002, .sigma_max = 80};

/// x_t given x_0 and x_T, by conditioning the base's own process on its end.
template <class Base>
void check_law(const Base& base, double t) {
    INFO(t);
    const bridge_path path(base);
    const knot k = path.at(t), s = base.at(t), end = base.at(base.last_time());
    // x_T = scale x_t + std z.
    const double scale = end.alpha / s.alpha,
                 variance = end.sigma * end.sigma - scale * scale * s.sigma * s.sigma;
    const double gain = scale * s.sigma * s.sigma / (end.sigma * end.sigma);
    CHECK(path.endpoint_weight(k) == Approx(gain).epsilon(1e-12));
    CHECK(k.alpha == Approx(s.alpha - gain * end.alpha).epsilon(1e-11));
    CHECK(k.sigma == Approx(s.sigma * std::sqrt(variance) / end.sigma).epsilon(1e-11));
    CHECK(path.base_alpha(k) == Approx(s.alpha).epsilon(1e-12));
    CHECK(path.base_nsr(k) == Approx(s.noise_to_signal()).epsilon(1e-12));
    CHECK(k.t == s.t);
    CHECK(path.time(k.lambda()) == Approx(t).epsilon(1e-10));
}

}  // namespace

static_assert(diffusion_path<bridge_path<vp_path>>);

TEST_CASE("a bridge is the base's process on condition of its end") {
    for (const double t : {1e-3, 0.1, 0.5, 0.9, 0.999}) check_law(gentle, t);
    for (const double t : {0.01, 1.0, 40.0, 79.0}) check_law(wide, t);
    // In the words of DDBM's code: a = t^2 / T^2, b = 1 - a, c = t sqrt(1 - a).
    const bridge_path path(wide);
    const double a = 0.25;
    CHECK(path.at(40).alpha == Approx(1 - a));
    CHECK(path.at(40).sigma == Approx(40 * std::sqrt(1 - a)));
    CHECK(path.endpoint_weight(path.at(40)) == Approx(a));
}

TEST_CASE("the ends of a bridge are x_T, of which the state has nothing, and the data") {
    const bridge_path path(wide);
    CHECK(path.at(80) == knot{80, 0, 1});
    CHECK(path.endpoint_weight(path.at(80)) == 1.0);
    CHECK(path.base_alpha(path.at(80)) == 1.0);
    CHECK(path.base_nsr(path.at(80)) == 80.0);
    CHECK(path.at(0) == knot{0, 1, 0});
    CHECK(path.endpoint_weight(path.at(0)) == 0.0);
    const grid walk = linspace(path, 5);
    CHECK(walk.prior_std() == 1.0);
    CHECK(walk.steps() == 5);
    CHECK_THROWS_WITH(path.at(81), ContainsSubstring("beyond the end"));
    CHECK_THROWS_WITH(bridge_path(flow_path{}), ContainsSubstring("alpha = 0"));
}
