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

namespace {

/// Networks of one type, so that each solver is compiled once with bounds and once without.
using any_network = fokker_test::any_network<double>;

any_network times(double factor) {
    return [=](const auto& in, const knot&, auto& out) { out = factor * in; };
}

}  // namespace

TEST_CASE("clipping bounds the data prediction for every solver, and the noise follows") {
    fokker_test::for_some_solvers([](const auto& entry) {
        INFO(entry.name);
        Eigen::ArrayXXd x(50, 1);
        const auto bounded = predicts_data(times(9)).clipped(-0.5, 0.25);
        run r(x, bounded, trailing(linear_schedule(), 8), entry.solver, philox{.seed = 2});
        r.start_from_prior();
        while (!r.done()) {
            r.step();
            CHECK(r.prediction().minCoeff() >= -0.5);
            CHECK(r.prediction().maxCoeff() <= 0.25);
            CHECK(r.prediction().abs().maxCoeff() > 0.1);
        }
        const double over = entry.ends_on_data ? 1e-14 : 1e-2;
        CHECK(x.minCoeff() >= -0.5 - over);
        CHECK(x.maxCoeff() <= 0.25 + over);
        CHECK(x.abs().maxCoeff() > 0.1);
    });
}

namespace {

/// The awkward shapes: noise predictions as history, two predictions before any sweep, and a first
/// prediction that is read again after a second.
struct awkward {
    static constexpr int history = 1;
    static constexpr int evaluations = 2;
    static constexpr int stages = 2;
    bool two_at_once;

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        auto middle = run.stage(0);
        auto copy = run.stage(1);
        const auto E = run.epsilon(x, s);
        if (two_at_once) {
            const auto D = run.data(x, s);
            x = t.alpha * D + t.sigma * E;
            return;
        }
        copy = 1.0 * x;
        middle = 0.5 * x + 0.5 * E;
        const auto D = run.data(middle, t);
        if (run.first())
            x = t.alpha * D + t.sigma * (0.5 * E + 0.1 * copy);
        else
            x = t.alpha * D + t.sigma * (0.75 * E - 0.25 * run.past(1));
    }
};

/// A model that is clipped against a network that bounds its own output.
template <class Solver>
void check_clipping(const Solver& solver, bool observed) {
    const auto clipped = predicts_data(times(3)).clipped(-0.5, 0.25);
    const auto itself = predicts_data(any_network(
        [](const auto& in, const knot&, auto& out) { out = (3 * in).max(-0.5).min(0.25); }));
    const auto grid = fokker_test::uneven_grid(vp_path{}, 7);
    Eigen::ArrayXXd a = Eigen::ArrayXd::LinSpaced(53, -2, 2), b = a;
    run first(a, clipped, grid, solver, philox{});
    run second(b, itself, grid, solver, philox{});
    first.keep_prediction(observed);
    second.keep_prediction(observed);
    while (!first.done()) {
        first.step();
        second.step();
        if (observed) CHECK((first.prediction() - second.prediction()).abs().maxCoeff() < 1e-13);
        CHECK((a - b).abs().maxCoeff() < 1e-13);
    }
}

}  // namespace

TEST_CASE("clipping is what a network with bounded output gives") {
    for (bool observed : {false, true}) {
        fokker_test::for_some_solvers([&](const auto& entry) {
            INFO(entry.name);
            check_clipping(entry.solver, observed);
        });
        check_clipping(awkward{.two_at_once = false}, observed);
        check_clipping(awkward{.two_at_once = true}, observed);
    }
}

TEST_CASE("a clipped model is not silently turned into one without bounds") {
    const auto f = [](const auto& x, double) { return x; };
    using plain = decltype(predicts_data(f));
    using clipped = decltype(predicts_data(f).clipped(-1, 1));
    static_assert(!std::is_convertible_v<clipped, plain>);
    static_assert(!std::is_assignable_v<plain&, clipped>);
    const auto again = predicts_data(f).clipped(-1, 1).clipped(-2, 3);
    CHECK(again.bounds.low == -2);
    CHECK(again.bounds.high == 3);
}

TEST_CASE("wide bounds change nothing but rounding") {
    const auto model = predicts_data(any_network([](const auto& x, const knot& k, auto& out) {
        fokker_test::exact_network<data_prediction>{}(x, k, out);
    }));
    fokker_test::for_some_solvers([&](const auto& entry) {
        INFO(entry.name);
        const auto grid = fokker_test::uneven_grid(vp_path{}, 10);
        Eigen::ArrayXXd a = Eigen::ArrayXd::LinSpaced(9, -2, 2), b = a;
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

TEST_CASE("EDM takes the standard deviation of the data that it is given") {
    // At sigma = 2 and sigma_data = 1.5 the root is 2.5. Karras et al. 2022, table 1.
    const auto model = edm_preconditioned([](const auto& x, double) { return x; }, 1.5);
    const detail::reading r = model.at({0, 1, 2});
    CHECK(r.data.state == Catch::Approx(0.36).epsilon(1e-14));
    CHECK(r.data.output == Catch::Approx(1.2).epsilon(1e-14));
    CHECK(r.input_scale == Catch::Approx(0.4).epsilon(1e-14));
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
