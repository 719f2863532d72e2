#include <fokker/noise/draws.hpp>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <set>

#include <Eigen/Core>

#include <fokker/forward/noising.hpp>
#include <fokker/likelihood/bits.hpp>
#include <fokker/noise/philox.hpp>

#include "catch.hpp"

using namespace fokker;

TEST_CASE("no two verbs take the same draw, and none a draw of a run") {
    const std::set<std::uint32_t> taken{detail::forward_draw,    detail::transition_draw,
                                        detail::posterior_draw,  detail::training_draw,
                                        detail::moments_draw,    detail::dequantise_draw,
                                        detail::first_probe_draw};
    CHECK(taken.size() == 7);
    CHECK(!taken.contains(0));
    CHECK(*taken.rbegin() == detail::first_probe_draw);
    CHECK(detail::first_probe_draw + 200 <= 208);  // the first that is free
}

TEST_CASE("dequantise makes its numbers of draw 6, as the documentation says") {
    const philox noise{.seed = 5};
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Zero(7, 3), normals = x;
    dequantise(x, 3, -1.0, 1.0, noise);
    forward(Eigen::ArrayXXd::Zero(7, 3).eval(), {.t = 0, .alpha = 1, .sigma = 1}, noise, normals,
            6);
    for (Eigen::Index i = 0; i < x.size(); ++i)
        CHECK(std::abs(x(i) - 0.5 * std::erf(normals(i) / std::numbers::sqrt2)) < 1e-14);
}
