#include <fokker/model/model.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/consistency.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/exponential_multistep.hpp>
#include <fokker/solver/heun.hpp>

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

namespace {

/// eps as no exact network has it, so that x and what the clipped D and eps make differ.
double curved_eps(double x, const knot& k) {
    return 0.8 * k.sigma * x / (0.5 * k.alpha * k.alpha + k.sigma * k.sigma) +
           0.1 * std::sin(3 * x);
}

/// The walk of DDIM in diffusers with clip_sample: D is clipped, and eps stays. Without noise.
double clipped_by_hand(const grid& walk, double x, double most) {
    for (std::size_t s = 0; s + 1 < walk.size(); ++s) {
        const double e = curved_eps(x, walk[s]);
        const double D = std::clamp((x - walk[s].sigma * e) / walk[s].alpha, -most, most);
        x = walk[s + 1].alpha * D + walk[s + 1].sigma * e;
    }
    return x;
}

}  // namespace

TEST_CASE("the noise prediction may stay as the network has it where the data are clipped") {
    constexpr auto as_predicted = clipped_noise::as_predicted;
    const auto walk = leading(cosine_schedule(100), 50);
    const auto denoised = [&](const auto& model, auto solver) {
        Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, -0.7);
        denoise(x, model, walk, solver);
        return x[0];
    };
    const auto eps = [](const Eigen::ArrayXd& x, const knot& k, Eigen::ArrayXd& out) {
        out[0] = curved_eps(x[0], k);
    };
    const auto v = [](const Eigen::ArrayXd& x, const knot& k, Eigen::ArrayXd& out) {
        const double e = curved_eps(x[0], k);
        out[0] = k.alpha * e - k.sigma * (x[0] - k.sigma * e) / k.alpha;
    };
    const auto D = [](const Eigen::ArrayXd& x, const knot& k, Eigen::ArrayXd& out) {
        out[0] = (x[0] - k.sigma * curved_eps(x[0], k)) / k.alpha;
    };
    const double wanted = clipped_by_hand(walk, -0.7, 1.0);
    CHECK(wanted == Catch::Approx(-0.666356).epsilon(1e-6));
    const auto check = [&](auto solver) {
        const auto is_wanted = [&](const auto& model) {
            CHECK(denoised(model, solver) == Catch::Approx(wanted).epsilon(1e-11));
        };
        is_wanted(predicts_noise(eps).clipped(-1, 1, as_predicted));
        is_wanted(predicts_velocity(v).clipped(-1, 1, as_predicted));
        is_wanted(predicts_data(D).clipped(-1, 1, as_predicted));
        const auto named = predicts_noise(eps);  // an lvalue
        is_wanted(named.clipped(-1, 1, as_predicted));
    };
    check(ddim{});
    check(tcd{.gamma = 0});
    // Otherwise it follows.
    CHECK(denoised(predicts_noise(eps).clipped(-1, 1), ddim{}) ==
          Catch::Approx(-0.783126).epsilon(1e-6));
}

TEST_CASE("every solver takes a clipped model whose noise prediction stays") {
    constexpr auto as_predicted = clipped_noise::as_predicted;
    const auto model = predicts_data(any_network([](const auto& x, const knot& k, auto& out) {
        fokker_test::exact_network<data_prediction>{}(x, k, out);
    }));
    fokker_test::for_some_solvers([&](const auto& entry) {
        INFO(entry.name);
        const auto grid = fokker_test::uneven_grid(vp_path{}, 10);
        const auto walked = [&](const auto& m) {
            Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(9, -2, 2);
            denoise(x, m, grid, entry.solver, philox{});
            return x;
        };
        // Bounds that are never reached change nothing but rounding.
        CHECK((walked(model.clipped(-100, 100, as_predicted)) - walked(model)).abs().maxCoeff() <
              1e-12);
        Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(53, -2, 2);
        run r(x, predicts_data(times(9)).clipped(-0.5, 0.25, as_predicted), grid, entry.solver,
              philox{.seed = 2});
        while (!r.done()) {
            r.step();
            CHECK(r.prediction().minCoeff() >= -0.5 - 1e-14);
            CHECK(r.prediction().maxCoeff() <= 0.25 + 1e-14);
        }
        CHECK(x.isFinite().all());
    });
    // One that goes by the noise prediction alone walks as without bounds, and shows clipped data.
    const auto net = predicts_data(times(3));
    const auto walk = trailing(linear_schedule(), 6);
    Eigen::ArrayXXd a = Eigen::ArrayXd::LinSpaced(9, -2, 2), b = a;
    run r(a, net.clipped(-0.5, 0.25, as_predicted), walk, deis<3>{});
    run s(b, net, walk, deis<3>{});
    while (!r.done()) {
        r.step();
        s.step();
        CHECK((a - b).abs().maxCoeff() < 1e-13 * b.abs().maxCoeff());
        CHECK((r.prediction() - s.prediction().max(-0.5).min(0.25)).abs().maxCoeff() < 1e-13);
    }
}

TEST_CASE("a noise prediction that stays does not go with a known region") {
    const auto f = [](const auto& x, double) { return x; };
    const Eigen::ArrayXd known = Eigen::ArrayXd::Zero(3), mask = Eigen::ArrayXd::Ones(3);
    const auto model = predicts_noise(f);
    CHECK_THROWS_WITH(
        model.with_known_region(known, mask).clipped(-1, 1, clipped_noise::as_predicted),
        ContainsSubstring("as_predicted does not go with a known region"));
    CHECK_THROWS_AS(
        model.clipped(-1, 1, clipped_noise::as_predicted).with_known_region(known, mask), error);
    CHECK_NOTHROW(model.clipped(-1, 1).with_known_region(known, mask));
}

TEST_CASE("a flow network may point to the data, and count time to the data") {
    // Where the data are N(0.5, 0.3^2): the exact velocity.
    const auto flow_at = [](double x, double alpha, double sigma) {
        const double variance = 0.09 * alpha * alpha + sigma * sigma;
        const double D = 0.5 + 0.09 * alpha / variance * (x - 0.5 * alpha);
        return (x - D) / sigma;
    };
    const auto usual = [&](const Eigen::ArrayXd& x, double t, Eigen::ArrayXd& out) {
        out = x.unaryExpr([&](double each) { return flow_at(each, 1 - t, t); });
    };
    // x_0 - eps, and t = 1 at the data.
    const auto other_way = [&](const Eigen::ArrayXd& x, double t, Eigen::ArrayXd& out) {
        out = -x.unaryExpr([&](double each) { return flow_at(each, t, 1 - t); });
    };
    Eigen::ArrayXd a = Eigen::ArrayXd::LinSpaced(9, -2, 2), b = a;
    denoise(a, predicts_flow(usual), flow(8), heun{});
    denoise(b, predicts_flow(other_way, flow_direction::to_data),
            flow(8, {.label = flow_label::one_minus_sigma}), heun{});
    CHECK((a - b).abs().maxCoeff() < 1e-13);
    CHECK(a.isFinite().all());
    CHECK_FALSE((a - a.mean()).isZero(0.01));
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
