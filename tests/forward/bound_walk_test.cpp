// What the walk of the variational bound draws, clips and starts from.
#include <fokker/forward/bound_walk.hpp>

#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include <fokker/forward/bound.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/drawn.hpp"

using namespace fokker;
using namespace fokker_test;
using Eigen::ArrayXXd;

namespace {

/// On a path that does not preserve variance, and from a knot where something is left of the data.
const grid knots = [] {
    const flow_path path;
    return grid{path.at(0.7), path.at(0.4), path.at(0.1), knot{0, 1, 0}};
}();

/// Data of 256 levels.
const ArrayXXd x0 = ((ArrayXXd::Random(7, 3) + 1) * 127.5).round() / 127.5 - 1;

}  // namespace

TEST_CASE("step k takes draw 256 (k + 1) + 255, which a run leaves free") {
    std::vector<ArrayXXd> states;
    const auto network = [&](const ArrayXXd& x, double, ArrayXXd& out) {
        states.push_back(x);
        out = x;
    };
    variational_bound(network, knots, x0, draws);
    REQUIRE(states.size() == 3);
    for (std::uint32_t k = 0; k < 3; ++k) {
        const ArrayXXd z = gaussian(7, 3, 256 * (k + 1) + 255);
        CHECK(worst(states[k], knots[k].alpha * x0 + knots[k].sigma * z) < 1e-14);
    }
}

TEST_CASE("unless told otherwise, the prior is the one from which sample starts") {
    const auto network = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 0.5 * x; };
    const auto check = [&](const grid& on, double prior) {
        const knot& first = on.front();
        const double known = first.sigma * first.sigma, a = first.alpha * first.alpha;
        const auto terms = variational_bound(network, on, x0, draws);
        for (Eigen::Index n = 0; n < x0.cols(); ++n) {
            // KL(N(m, v) || N(0, w)) in nats: (ln(w / v) + (v + m^2) / w - 1) / 2.
            const Eigen::ArrayXd each =
                std::log(prior / known) + (known + a * x0.col(n).square()) / prior;
            const double bits = (each - 1).mean() / 2 / std::numbers::ln2;
            CHECK(terms.prior(n) == Catch::Approx(bits).epsilon(1e-12));
        }
    };
    const double sigma = knots.front().sigma, alpha = knots.front().alpha;
    check(knots, sigma * sigma);
    check(knots.with_prior(prior::unit_data), alpha * alpha + sigma * sigma);
    check(knots.with_prior(prior::standard), 1.0);
    check(grid{{0, 1, 3}, {0, 1, 1}, {0, 1, 0.1}, {0, 1, 0}}, 9.0);
    check(leading(linear_schedule(100), 5), 1.0);
    check(karras(ve_path{}, 5), 2500.0);
}

TEST_CASE("bounds that are not even about 0 are those of a network that keeps them itself") {
    const auto far = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 2 * x; };
    const auto held = [](const ArrayXXd& x, double, ArrayXXd& out) {
        out = (2 * x).max(-0.4).min(0.7);
    };
    const auto terms = variational_bound(predicts_data(far).clipped(-0.4, 0.7), knots, x0, draws);
    const auto wanted = variational_bound(predicts_data(held), knots, x0, draws);
    CHECK(terms.kl.isApprox(wanted.kl, 1e-12));
    CHECK(terms.decoder.isApprox(wanted.decoder, 1e-12));
    CHECK(terms.data_mse.isApprox(wanted.data_mse, 1e-12));
    CHECK_FALSE(terms.kl.isApprox(variational_bound(predicts_data(far), knots, x0, draws).kl, 0.1));
}
