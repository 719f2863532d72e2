// CFG++ around methods of second order, where the golden data of ComfyUI do not go.
#include <fokker/solver/cfg_pp_multistep.hpp>

#include <Eigen/Core>
#include <cmath>
#include <functional>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/grids.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

double with(double x, const knot& k) { return std::tanh(x / (k.alpha + k.sigma)); }
double without(double x, const knot& k) { return 0.4 * with(x, k) - 0.2; }

using network = std::function<void(const ArrayXXd&, const knot&, ArrayXXd&)>;
network predicts(double (*data)(double, const knot&)) {
    return [=](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        out = x.unaryExpr([&](double value) { return data(value, k); });
    };
}

ArrayXXd walked(const solver auto& method, const grid& walk, double (*other)(double, const knot&)) {
    ArrayXXd x(5, 3);
    x.reshaped().setLinSpaced(-2.0, 2.0);
    denoise(x, predicts_data(guided(predicts(with), predicts(other), 0.6)), walk, method,
            philox{.seed = 6});
    return x;
}

double difference(const ArrayXXd& a, const ArrayXXd& b) {
    return (a - b).abs().maxCoeff() / b.abs().maxCoeff();
}

/// The first step grows eightfold, beyond the usual limit.
grid growing_grid() {
    std::vector<knot> knots;
    for (const double lambda : {-2.0, -1.8, -0.2, 0.9, 1.5})
        knots.push_back(vp_path{}.at(vp_path{}.time(lambda)));
    return grid(std::move(knots), vp_path{});
}

}  // namespace

TEST_CASE("where the predictions agree, a method is the one without CFG++") {
    constexpr auto flow = ancestral_rule::flow;
    const flow_path path;
    for (const grid& walk :
         {trailing(linear_schedule(), 7), fokker_test::uneven_grid(edm_path{}, 6), growing_grid(),
          grid({path.at(1.0), path.at(0.7), path.at(0.3), knot{}}, path)}) {
        const auto same = [&](const auto& method, const auto& plain) {
            CHECK(difference(walked(method, walk, with), walked(plain, walk, with)) < 1e-12);
            CHECK(difference(walked(method, walk, without), walked(plain, walk, without)) > 1e-3);
        };
        same(dpm_solver_pp_2m_cfg_pp{}, dpm_solver_pp_2m{});
        same(res_multistep_cfg_pp{}, res_multistep{});
        same(res_multistep_cfg_pp{1.0, 1.1}, res_multistep_ancestral{1.0, 1.1});
        same(res_multistep_cfg_pp{0.5, 1.0, flow}, res_multistep_ancestral{0.5, 1.0, flow});
    }
    // Its last step to the data ends on the guided prediction, and gradient_estimation's does not.
    for (const grid& walk : {fokker_test::uneven_grid(vp_path{}, 6), growing_grid()})
        for (const double gamma : {2.0, 1.5})
            CHECK(difference(walked(gradient_estimation_cfg_pp{gamma}, walk, with),
                             walked(gradient_estimation{gamma}, walk, with)) < 1e-12);
}

TEST_CASE("2S ancestral under CFG++ adds D of the beginning less U of the middle, which stays") {
    const vp_path path;
    const published_dpm_solver_pp_2s_ancestral_cfg_pp method{.eta = 0.0};
    const auto same_start = [](const grid& walk) { return 0.7 * walk.front().sigma; };
    const auto end_of = [&](const grid& walk) {
        ArrayXXd x = ArrayXXd::Constant(1, 1, same_start(walk));
        denoise(x, predicts_data(guided(predicts(with), predicts(with), 0.6)), walk, method);
        return x(0, 0);
    };
    const grid one = fokker_test::uneven_grid(path, 1);
    const knot &s = one[0], &t = one[1], m = path.at(path.time(0.5 * (s.lambda() + t.lambda())));
    const double x = same_start(one), D = with(x, s);
    const double u = m.sigma / s.sigma * x + (m.alpha - m.sigma / s.sigma * s.alpha) * D;
    const double D_m = with(u, m), kept = t.sigma / s.sigma;
    CHECK(end_of(one) ==
          Catch::Approx(kept * (x + s.alpha * (D - D_m)) + (t.alpha - kept * s.alpha) * D_m));

    // Twice as many steps do not halve its distance from the method without CFG++.
    const auto away = [&](int steps) {
        const grid walk = fokker_test::uneven_grid(path, steps);
        ArrayXXd y = ArrayXXd::Constant(1, 1, same_start(walk));
        denoise(y, predicts_data(predicts(with)), walk, dpm_solver_pp_2s{});
        return std::abs(end_of(walk) - y(0, 0));
    };
    CHECK(away(200) > 0.01);
    CHECK(away(400) > 0.9 * away(200));
}

TEST_CASE("a step that grows too much does not look back") {
    const grid walk = growing_grid();
    const auto moves = [&](auto method) {
        const ArrayXXd usual = walked(method, walk, without);
        method.most_growth = 10.0;
        CHECK(difference(walked(method, walk, without), usual) > 1e-3);
    };
    moves(dpm_solver_pp_2m_cfg_pp{});
    moves(res_multistep_cfg_pp{});
}

TEST_CASE("each method refuses options that it cannot use, and a network without a second output") {
    const grid walk = trailing(linear_schedule(), 4);
    ArrayXXd x = ArrayXXd::Ones(4, 2);
    const auto says = [&](const auto& method, const char* words) {
        CHECK_THROWS_WITH(walked(method, walk, without), ContainsSubstring(words));
        CHECK_THROWS_WITH(
            denoise(x, predicts(with), walk, std::remove_cvref_t<decltype(method)>{}, philox{}),
            ContainsSubstring("the network has none"));
    };
    says(published_dpm_solver_pp_2s_ancestral_cfg_pp{.eta = 1.5}, "eta is 1.5");
    says(dpm_solver_pp_2m_cfg_pp{.most_growth = 0.5}, "most_growth");
    says(res_multistep_cfg_pp{.s_noise = -1}, "s_noise is -1");
    says(gradient_estimation_cfg_pp{.gamma = std::nan("")}, "gamma is");
}
