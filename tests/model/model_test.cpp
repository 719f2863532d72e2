#include <fokker/model/model.hpp>

#include <Eigen/Core>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("clipping bounds the data prediction for every solver, and the noise follows") {
    fokker_test::for_each_solver([](const auto& entry) {
        INFO(entry.name);
        Eigen::ArrayXd x(50);
        const auto far = [](const Eigen::ArrayXd& in, double, Eigen::ArrayXd& out) {
            out = 9 * in;
        };
        const auto bounded = predicts_data(far).clipped(-0.5, 0.25);
        run r(x, bounded, trailing(linear_schedule(), 8), entry.solver, philox{.seed = 2});
        r.start_from_prior();
        while (!r.done()) {
            r.step();
            CHECK(r.prediction().minCoeff() >= -0.5);
            CHECK(r.prediction().maxCoeff() <= 0.25);
        }
        // The walk ends on its last data prediction.
        CHECK(x.minCoeff() >= -0.5);
        CHECK(x.maxCoeff() <= 0.25);
        CHECK(x.abs().maxCoeff() > 0.1);
    });
}

TEST_CASE("wide bounds change nothing but rounding") {
    const auto model = predicts_noise(fokker_test::exact_network<>{});
    fokker_test::for_each_solver([&](const auto& entry) {
        INFO(entry.name);
        const auto grid = fokker_test::uneven_grid(vp_path{}, 10);
        Eigen::ArrayXd a = Eigen::ArrayXd::LinSpaced(9, -2, 2), b = a;
        denoise(a, model, grid, entry.solver, philox{});
        denoise(b, model.clipped(-100, 100), grid, entry.solver, philox{});
        CHECK((a - b).abs().maxCoeff() < 1e-12);
    });
}

TEST_CASE("bounds in the wrong order are refused") {
    const auto f = [](const auto& x, double) { return x; };
    CHECK_THROWS_WITH(predicts_noise(f).clipped(1, -1), ContainsSubstring("clipped(1, -1)"));
    CHECK_THROWS_AS(predicts_noise(f).clipped(0, std::nan("")), error);
    CHECK_THROWS_WITH(edm_preconditioned(f, 0.0), ContainsSubstring("sigma_data is 0"));
}

TEST_CASE("the network sees the label, and EDM its scaled input") {
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(3, 4.0);
    double label = 0, input = 0;
    const auto network = [&](const Eigen::ArrayXd& in, double t, Eigen::ArrayXd& out) {
        label = t;
        input = in[0];
        out = in;
    };
    run r(x, edm_preconditioned(network), karras(edm_path{}, 5), euler{});
    r.step();
    CHECK(label == Catch::Approx(std::log(80.0) / 4));
    CHECK(input == Catch::Approx(4.0 / std::sqrt(80.0 * 80.0 + 0.25)));
    CHECK(x.isApproxToConstant(x[0]));
}

TEST_CASE("noise prediction at alpha = 0 is refused before any call") {
    Eigen::ArrayXd x(3);
    int calls = 0;
    const auto f = [&](const Eigen::ArrayXd& in, double, Eigen::ArrayXd& out) {
        ++calls;
        out = in;
    };
    const auto walk = linspace(flow_path{}, 4);
    CHECK_THROWS_WITH(sample(x, f, walk, ddim{}, philox{}), ContainsSubstring("alpha = 0"));
    CHECK_THROWS_AS(sample(x, predicts_score(f), walk, ddim{}, philox{}), error);
    CHECK(calls == 0);
    CHECK_NOTHROW(sample(x, predicts_data(f), walk, ddim{}, philox{}));
}
