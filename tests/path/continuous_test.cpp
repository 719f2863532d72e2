#include <fokker/path/continuous.hpp>

#include <algorithm>
#include <cmath>
#include <fokker/error.hpp>
#include <fokker/path/path.hpp>
#include <numbers>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;

namespace {

/// The largest error of time(lambda(t)) over the whole range, relative to t.
template <diffusion_path Path>
double inverse_error(const Path& path) {
    double worst = 0.0;
    for (int i = 0; i <= 2000; ++i) {
        const double span = path.last_time() - path.first_time();
        const double t = std::min(path.first_time() + i / 2000.0 * span, path.last_time());
        const knot k = path.at(t);
        if (k.alpha == 0 || k.sigma == 0) continue;
        worst = std::max(worst, std::abs(path.time(k.lambda()) - t) / std::max(t, 1e-3));
    }
    return worst;
}

}  // namespace

TEST_CASE("time is the inverse of lambda on every path, over the whole range") {
    CHECK(inverse_error(vp_path{}) < 1e-12);
    CHECK(inverse_error(vp_path{.beta_min = 1.0, .beta_max = 1.0}) < 1e-12);
    CHECK(inverse_error(vp_path{.beta_min = 0.0}) < 1e-12);
    CHECK(inverse_error(sub_vp_path{}) < 1e-12);
    CHECK(inverse_error(ve_path{}) < 1e-12);
    CHECK(inverse_error(ve_path{.sigma_min = 0.02, .sigma_max = 1348}) < 1e-12);
    CHECK(inverse_error(edm_path{}) < 1e-12);
    CHECK(inverse_error(cosine_path{}) < 1e-12);
    CHECK(inverse_error(cosine_path{.time_min = 1e-6, .time_max = 1.0}) < 1e-12);
    CHECK(inverse_error(cosine_path{.offset = 0.0}) < 1e-12);
    CHECK(inverse_error(trigflow_path{}) < 1e-12);
    CHECK(inverse_error(flow_path{}) < 1e-12);
    for (const double shift : {1.0, 3.0, 0.2, 12.0})
        for (const double sigma_min : {0.0, 0.02, 0.1})
            for (const flow_label label :
                 {flow_label::sigma, flow_label::time, flow_label::one_minus_sigma})
                CHECK(inverse_error(shifted_flow_path{
                          .shift = shift, .sigma_min = sigma_min, .label = label}) < 1e-12);
}

TEST_CASE("the label of a path is its time") {
    const auto check = [](const auto& path) { CHECK(path.at(0.3).t == 0.3); };
    check(vp_path{});
    check(sub_vp_path{});
    check(ve_path{});
    check(edm_path{});
    check(cosine_path{});
    check(trigflow_path{});
    check(flow_path{});
}

TEST_CASE("the times that networks are trained on are those of the papers") {
    const auto check = [](const auto& path, double first, double last) {
        CHECK(path.first_time() == first);
        CHECK(path.last_time() == last);
    };
    check(vp_path{}, 1e-3, 1);
    check(sub_vp_path{}, 1e-3, 1);
    check(ve_path{}, 0, 1);
    check(edm_path{}, 0.002, 80);        // Karras et al. 2022, table 1
    check(cosine_path{}, 1e-3, 0.9946);  // Lu et al. 2022 (DPM-Solver), D.2
    check(trigflow_path{}, 1e-3, std::numbers::pi / 2);
    check(flow_path{}, 1e-3, 1);
    check(shifted_flow_path{}, 1e-3, 1);
}

TEST_CASE("the formulas of the papers") {
    const knot vp = vp_path{}.at(0.5);  // integral of beta over [0, 1/2]: 0.05 + 19.9 / 8
    CHECK(vp.alpha == Approx(std::exp(-0.5 * (0.05 + 19.9 / 8))));
    CHECK(vp.alpha * vp.alpha + vp.sigma * vp.sigma == Approx(1.0));
    CHECK(ve_path{}.at(0.5).sigma == Approx(std::sqrt(0.01 * 50.0)));
    CHECK(ve_path{}.at(0.5).alpha == 1.0);
    CHECK(edm_path{}.at(3.0) == knot{3.0, 1.0, 3.0});
    CHECK(flow_path{}.at(0.25) == knot{0.25, 0.75, 0.25});
}
