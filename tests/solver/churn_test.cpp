#include <fokker/solver/churn.hpp>

#include <Eigen/Core>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/euler.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;

namespace {

struct fake_run {
    grid walk = karras(edm_path{}, 10);
    int solver_steps() const { return walk.steps(); }
    knot knot_at(double lambda) const { return walk.knot_at(lambda); }
};

}  // namespace

TEST_CASE("churn lifts sigma by s_churn / steps, at most by sqrt(2), within its bounds") {
    const fake_run run;
    const knot s = edm_path{}.at(2.0);
    CHECK(detail::churn_options{.s_churn = 1.0}.lifted(s, run).sigma == Approx(2.2));
    CHECK(detail::churn_options{.s_churn = 80}.lifted(s, run).sigma ==
          Approx(2.0 * std::sqrt(2.0)));
    CHECK(detail::churn_options{}.lifted(s, run) == s);
    // A path that has nothing noisier leaves the state where it is.
    struct {
        grid walk = trailing(linear_schedule(), 5);
        int solver_steps() const { return 5; }
        knot knot_at(double lambda) const { return walk.knot_at(lambda); }
    } ends;
    const knot beyond{0, 0.001, 1.0};
    CHECK(detail::churn_options{.s_churn = 1.0}.lifted(beyond, ends) == beyond);
    CHECK(detail::churn_options{.s_churn = 1, .s_min = 3}.lifted(s, run) == s);
    CHECK(detail::churn_options{.s_churn = 1, .s_max = 1}.lifted(s, run) == s);
}

TEST_CASE("the lifted state is Algorithm 2 of Karras et al. 2022") {
    // A data prediction of 0 makes an Euler step x sigma_t / sigma_hat.
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, 5.0);
    const grid walk({{3, 1, 3}, {2, 1, 2}}, edm_path{});
    const philox noise{.seed = 1};
    double z;
    noise.fill(&z, 1, {0, 256, 0});
    denoise(x, predicts_data([](const Eigen::ArrayXd&, double t, Eigen::ArrayXd& out) {
                CHECK(t == Approx(3.6));  // the label of the lifted knot
                out = 0.0;
            }),
            walk, euler{.s_churn = 0.2, .s_noise = 1.5}, noise);
    const double lifted = 5.0 + std::sqrt(3.6 * 3.6 - 9.0) * 1.5 * z;
    CHECK(x[0] == Approx(lifted * 2.0 / 3.6));
}

TEST_CASE("churn works on every path") {
    const auto f = [](const Eigen::ArrayXd& in, double, Eigen::ArrayXd& out) { out = 0.5 * in; };
    const auto finite = [&](const grid& walk) {
        Eigen::ArrayXd x(5);
        sample(x, predicts_data(f), walk, heun{.s_churn = 20}, philox{}, check_finite{});
        return x.isFinite().all();
    };
    CHECK(finite(karras(ve_path{}, 10)));
    CHECK(finite(karras(vp_path{}, 10)));
    CHECK(finite(karras(linear_schedule(), 10)));
    CHECK(finite(linspace(flow_path{}, 10)));
}

TEST_CASE("bad options and hand-made grids are refused") {
    using Catch::Matchers::ContainsSubstring;
    Eigen::ArrayXd x(1);
    const auto f = [](const Eigen::ArrayXd&, double, Eigen::ArrayXd&) { FAIL("called"); };
    const auto refused = [&](auto solver) {
        return [&, solver] { sample(x, f, karras(edm_path{}, 5), solver, philox{}); };
    };
    CHECK_THROWS_WITH(refused(euler{.s_churn = -1})(), ContainsSubstring("s_churn is -1"));
    CHECK_THROWS_WITH(refused(heun{.s_churn = 1, .s_noise = -1})(),
                      ContainsSubstring("s_noise is -1"));
    CHECK_THROWS_WITH(refused(heun{.s_churn = 1, .s_min = 2, .s_max = 1})(),
                      ContainsSubstring("s_min is 2"));
    CHECK_THROWS_WITH(sample(x, f, grid{{3, 1, 3}, {2, 1, 2}}, heun{.s_churn = 1}, philox{}),
                      ContainsSubstring("made by hand"));
    CHECK_THROWS_WITH(denoise(x, f, karras(edm_path{}, 5), heun{.s_churn = 1}),
                      ContainsSubstring("philox"));
}
