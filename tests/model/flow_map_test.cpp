#include <fokker/model/flow_map.hpp>

#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/any_solver.hpp>
#include <fokker/latents/encode.hpp>
#include <fokker/likelihood.hpp>
#include <fokker/model/data_network.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids/flow.hpp>
#include <fokker/path/grids/sigmas.hpp>
#include <fokker/path/grids/times.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/consistency.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/euler.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/exact_map.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

using array = Eigen::ArrayXXd;
/// A network of nothing in particular, of the state and two labels.
double some(double x, double from, double to) {
    return std::tanh(x) * (1.0 + 0.01 * from) - 0.3 * x + 0.002 * to + 0.1;
}
const auto labelled = [](const array& x, double from, double to, array& out) {
    for (Eigen::Index i = 0; i < x.size(); ++i) out(i) = some(x(i), from, to);
};

array start() { return array::Random(4, 3) * 1.5; }

/// x after the walk.
template <class Model, class Solver, class... Rest>
array walked(array x, Model&& predictor, const grid& walk, const Solver& method, Rest&&... rest) {
    denoise(x, std::forward<Model>(predictor), walk, method, std::forward<Rest>(rest)...);
    return x;
}

bool close(const array& a, const array& b, double tolerance = 1e-14) {
    return ((a - b).abs() <= tolerance * (1.0 + b.abs())).all();
}

}  // namespace

TEST_CASE("MeanFlow: z_r = z_t - (t - r) u(z_t, t, t - r)") {
    for (const int steps : {1, 3}) {
        const grid walk = flow(steps);
        array z = start();
        const array got =
            walked(z, predicts_flow(flow_map(labelled, second_label::difference)), walk, ddim{});
        for (int i = 0; i < steps; ++i) {
            const double t = walk[static_cast<std::size_t>(i)].t,
                         r = walk[static_cast<std::size_t>(i) + 1].t;
            z = z.unaryExpr([&](double v) { return v - (t - r) * some(v, t, t - r); }).eval();
        }
        CHECK(close(got, z));
    }
}

TEST_CASE("shortcut models: x += v(x, t, log2 n) / n, t from noise to data") {
    for (const int n : {1, 4, 128}) {
        std::vector<std::pair<double, int>> seen;
        const auto network = [&](const array& x, double t, int k, array& out) {
            seen.push_back({t, k});
            for (Eigen::Index i = 0; i < x.size(); ++i) out(i) = some(x(i), t, k);
        };
        array x = start();
        const array got = walked(
            x, predicts_flow(flow_map(network, second_label::log2_steps), flow_direction::to_data),
            flow(n, {.label = flow_label::one_minus_sigma}), ddim{});
        const int k = static_cast<int>(std::lround(std::log2(n)));
        for (int i = 0; i < n; ++i) {
            const double t = static_cast<double>(i) / n;
            CHECK(seen[static_cast<std::size_t>(i)].first == Approx(t).margin(1e-15));
            CHECK(seen[static_cast<std::size_t>(i)].second == k);
            x = x.unaryExpr([&](double v) { return v + some(v, t, k) / n; }).eval();
        }
        CHECK(close(got, x, 1e-13));
    }
}

TEST_CASE("CTM: G = (s / t) x + (1 - s / t) g, with gamma sampling as its code has it") {
    const grid walk = karras(ve_path{.sigma_min = 0.002, .sigma_max = 80.0}, 4,
                             {.sigma_min = 0.002, .sigma_max = 80.0, .end = grid_end::least_noise});
    const double sd = 0.5;
    for (const double least : {0.0, 0.002}) {  // its inner forms "edm" and "cm"
        const auto g = [&](double x, double t, double s) {
            const double above = t - least;
            const double skip = sd * sd / (above * above + sd * sd),
                         out = above * sd / std::hypot(t, sd);
            return skip * x +
                   out * some(x / std::hypot(t, sd), 250.0 * std::log(t), 250.0 * std::log(s));
        };
        const auto G = [&](double x, double t, double s) {
            return s / t * x + (1.0 - s / t) * g(x, t, s);
        };
        for (const double gamma : {0.0, 0.4, 1.0}) {
            array x = 80.0 * start();
            std::vector<array> draws;
            for (int i = 0; i < walk.steps(); ++i) draws.push_back(start());
            recorded noise(draws);
            const array got =
                walked(x, consistency_preconditioned(flow_map(labelled), least, sd), walk,
                       gamma_sampler{.gamma = gamma, .sigma_min = gamma > 0 ? 0.002 : 0.0}, noise);
            for (std::size_t i = 0; i < 4; ++i) {
                const double t = walk[i].sigma, next = walk[i + 1].sigma;
                const double s = std::sqrt(1.0 - gamma * gamma) * (next - 0.002) + 0.002;
                const double std = std::sqrt(std::max(0.0, next * next - s * s));
                for (Eigen::Index j = 0; j < x.size(); ++j)
                    x(j) = G(x(j), t, s) + (i < 3 ? std * draws[i](j) : 0.0);
            }
            CHECK(close(got, x, 1e-11));
            CHECK(noise.used() == (gamma > 0 ? 3u : 0u));
        }
    }
}

TEST_CASE("IMM: euler_fm, simple_edm and identity, of data divided by sigma_data") {
    const double sd = 0.5;
    const auto c_in = [&](const knot& k) { return 1.0 / (std::hypot(k.alpha, k.sigma) * sd); };
    const auto check = [&](const auto& predictor, const grid& walk, double label_scale, bool stride,
                           const auto& step) {
        array x = sd * start();  // as IMM has it: the noise is sigma_data times as large
        const array got = walked(x / sd, predictor, walk, ddim{}) * sd;
        for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
            const knot &t = walk[i], &s = walk[i + 1];
            const double first = label_scale * t.t,
                         second = label_scale * (stride ? t.t - s.t : s.t);
            for (Eigen::Index j = 0; j < x.size(); ++j)
                x(j) = step(x(j), some(c_in(t) * x(j), first, second), t, s);
        }
        CHECK(close(got, x, 1e-13));
    };
    const auto euler_fm = [&](double x, double F, const knot& t, const knot& s) {
        return x - (t.t - s.t) * sd * F;
    };
    const auto simple_edm = [&](double x, double F, const knot& t, const knot& s) {
        const double square = t.alpha * t.alpha + t.sigma * t.sigma;
        return (t.alpha * s.alpha + t.sigma * s.sigma) / square * x -
               (s.alpha * t.sigma - t.alpha * s.sigma) / std::sqrt(square) * sd * F;
    };
    const auto identity = [&](double x, double F, const knot& t, const knot& s) {
        return (s.alpha - t.alpha * s.sigma / t.sigma) * F + s.sigma / t.sigma * x;
    };
    // Labels of 1000 t, which IMM's networks are handed, on both of its paths.
    const auto thousand = [](second_label rule) {
        return flow_map([](const array& x, double t, double s,
                           array& out) { labelled(x, 1000.0 * t, 1000.0 * s, out); },
                        rule);
    };
    const auto fm = from_times(flow_path{}, {0.994, 0.6, 0.2});
    const auto cosine = from_times(cosine_path{.offset = 0}, {0.994, 0.6, 0.2});
    check(at_unit_scale(predicts_flow(thousand(second_label::to))), fm, 1000, false, euler_fm);
    check(at_unit_scale(predicts_flow(thousand(second_label::difference))), fm, 1000, true,
          euler_fm);
    for (const grid& walk : {fm, cosine})
        check(at_unit_scale(predicts_velocity(thousand(second_label::to))), walk, 1000, false,
              simple_edm);
    const auto data = [](const array& x, double t, double s, array& out) {
        labelled(x, 1000.0 * t, 1000.0 * s, out);
        out /= 0.5;  // it says the data, and the walk has them divided by sigma_data
    };
    check(at_unit_scale(predicts_data(flow_map(data))), fm, 1000, false, identity);
}

TEST_CASE("AnyFlow: x - (sigma_t - sigma_r) u(x, 1000 sigma_t, 1000 sigma_r), shifted") {
    const grid walk = flow(4, {.shift = 5.0, .label_scale = 1000.0});
    array x = start();
    const array got = walked(x, predicts_flow(flow_map(labelled)), walk, ddim{});
    for (std::size_t i = 0; i < 4; ++i) {
        const double t = walk[i].sigma, r = walk[i + 1].sigma;
        x = x.unaryExpr([&](double v) { return v - (t - r) * some(v, 1000 * t, 1000 * r); }).eval();
    }
    CHECK(close(got, x, 1e-13));
}

TEST_CASE("a flow map may take knots, return its output, or have a rule of its own") {
    const grid walk = flow(3, {.label_scale = 100.0});
    const array x = start();
    const array expected = walked(x, predicts_flow(flow_map(labelled)), walk, ddim{});
    const auto returning = [](const array& in, double from, double to) {
        return array(in.unaryExpr([&](double v) { return some(v, from, to); }));
    };
    const auto of_knots = [](const array& in, const knot& from, const knot& to, array& out) {
        CHECK(from.t == Approx(100.0 * from.sigma));
        CHECK(to.t == Approx(100.0 * to.sigma));
        CHECK(to.sigma < from.sigma);
        labelled(in, from.t, to.t, out);
    };
    const auto returns_of_knots = [](const array& in, const knot& from, const knot& to) {
        array out(in.rows(), in.cols());
        labelled(in, from.t, to.t, out);
        return out;
    };
    const auto of_floats = [](const array& in, float from, float to, array& out) {
        labelled(in, from, to, out);
    };
    CHECK((walked(x, predicts_flow(flow_map(returning)), walk, ddim{}) == expected).all());
    CHECK((walked(x, predicts_flow(flow_map(of_knots)), walk, ddim{}) == expected).all());
    CHECK((walked(x, predicts_flow(flow_map(returns_of_knots)), walk, ddim{}) == expected).all());
    CHECK(close(walked(x, predicts_flow(flow_map(of_floats)), walk, ddim{}), expected, 1e-6));

    // Of no types at all: it is asked about labels alone.
    const auto generic = [](const auto& in, auto from, auto to, auto& out) {
        out = (from - to) * in;
    };
    const array twice = walked(x, predicts_flow(flow_map(generic)), flow(2), ddim{});
    CHECK(close(twice, 0.75 * (0.75 * x)));

    const auto own = [](const knot& from, const knot& to) { return to.t / from.t; };
    std::vector<double> seen;
    const auto looks = [&](const array& in, double, double to, array& out) {
        seen.push_back(to);
        out = in;
    };
    walked(x, predicts_flow(flow_map(looks, own)), walk, ddim{});
    CHECK(seen == std::vector<double>{walk[1].t / walk[0].t, walk[2].t / walk[1].t, 0.0});

    seen.clear();
    const auto step_of = [](const knot& from, const knot& to) {
        return static_cast<int>(std::lround(from.t - to.t));
    };
    const auto whole = [&](const array& in, double, int step, array& out) {
        seen.push_back(step);
        out = in;
    };
    walked(x, predicts_flow(flow_map(whole, step_of)), walk, ddim{});
    CHECK(seen == std::vector<double>{33, 33, 33});
}

TEST_CASE("guidance of flow maps is for one way: both parts see the same two knots") {
    const grid walk = flow(3);
    const auto other = [](const array& x, double from, double to, array& out) {
        labelled(-x, from, 2.0 * to, out);
    };
    const double scale = 1.5;
    array x = start();
    auto guided_map = predicts_flow(guided(flow_map(labelled), flow_map(other), scale));
    const array got = walked(x, guided_map, walk, ddim{});
    // IMM's: one call of the batch twice, the unconditional half first.
    const auto both = [&](const array& twice, double from, double to, array& out) {
        const Eigen::Index n = twice.cols() / 2;
        array half(twice.rows(), n);
        other(twice.leftCols(n), from, to, half);
        out.leftCols(n) = half;
        labelled(twice.rightCols(n), from, to, half);
        out.rightCols(n) = half;
    };
    const array batched = walked(
        x, predicts_flow(guided_batch(flow_map(both), scale, batch_order::unconditional_first)),
        walk, ddim{});
    for (std::size_t i = 0; i < 3; ++i) {
        const double t = walk[i].t, r = walk[i + 1].t;
        x = x.unaryExpr([&](double v) {
                 const double with = some(v, t, r), without = some(-v, t, 2.0 * r);
                 return v - (t - r) * (without + scale * (with - without));
             }).eval();
    }
    CHECK(close(got, x));
    CHECK((batched == got).all());
    // And it is seen through: other solvers are refused, and labels checked before the first call.
    array y = start();
    CHECK_THROWS_WITH(denoise(y, guided_map, walk, any_solver(heun{})),
                      ContainsSubstring("take fokker::ddim{}"));
}

TEST_CASE("a data network around a flow map has the labels of its own model on both sides") {
    const grid walk = karras(ve_path{}, 3, {.end = grid_end::least_noise});
    const array x = 10.0 * start();
    const auto inner = edm_preconditioned(flow_map(labelled));
    const array expected = walked(x, inner, walk, ddim{});
    auto data = predicts_data(as_data_network(edm_preconditioned(flow_map(labelled))));
    CHECK(close(walked(x, data, walk, ddim{}), expected, 1e-12));
    array y = x;
    const grid clean = karras(ve_path{}, 3);  // where the label is ln 0
    CHECK_THROWS_WITH(denoise(y, data, clean, ddim{}), ContainsSubstring("second label is -inf"));
    CHECK_THROWS_WITH(denoise(y, inner, clean, ddim{}), ContainsSubstring("grid_end::least_noise"));
    CHECK((y == x).all());
}

TEST_CASE("a flow map is told its way inside of callables that pass the knot on by reference") {
    const grid walk = flow(3);
    const array x = start();
    const array expected = walked(x, predicts_flow(flow_map(labelled)), walk, ddim{});
    std::function<void(const array&, const knot&, array&)> hidden = flow_map(labelled);
    CHECK((walked(x, predicts_flow(hidden), walk, ddim{}) == expected).all());
    CHECK((walked(x, predicts_flow(hidden), walk, euler{}) - expected).abs().maxCoeff() < 1e-14);

    array y = x;
    int calls = 0;
    auto counted = flow_map([&](const array& in, double, double, array& out) {
        ++calls;
        out = in;
    });
    std::function<void(const array&, const knot&, array&)> inside = counted;
    const auto refused = ContainsSubstring("without the knot to which it is to go");
    CHECK_THROWS_WITH(denoise(y, predicts_flow(inside), walk, heun{}), refused);
    CHECK_THROWS_WITH(denoise(y, predicts_flow(inside), walk, ddim{.eta = 1.0}, philox{}), refused);
    const auto copies = [&](const array& in, knot k, array& out) { counted(in, k, out); };
    CHECK_THROWS_WITH(denoise(y, predicts_flow(copies), walk, ddim{}), refused);
    array out = y;
    CHECK_THROWS_WITH(counted(y, walk[0], out), refused);
    CHECK(calls == 0);
}

TEST_CASE("what a flow map cannot be told is refused before the first call") {
    int calls = 0;
    const auto network = [&](const array& x, double, double, array& out) {
        ++calls;
        out = x;
    };
    array x = start();
    const auto shortcut = [&] {
        return predicts_flow(flow_map(network, second_label::log2_steps), flow_direction::to_data);
    };
    const auto uneven = ContainsSubstring("a power of 2");
    const auto rising = [](int n) { return flow(n, {.label = flow_label::one_minus_sigma}); };
    CHECK_THROWS_WITH(denoise(x, shortcut(), rising(3), ddim{}), uneven);
    CHECK_THROWS_WITH(
        denoise(x, shortcut(), flow(4, {.shift = 3, .label = flow_label::one_minus_sigma}), ddim{}),
        uneven);
    CHECK_THROWS_WITH(
        denoise(x, shortcut(), flow(4, {.label = flow_label::one_minus_sigma, .label_scale = 1000}),
                ddim{}),
        uneven);
    const auto map = [&] { return predicts_flow(flow_map(network)); };
    CHECK_THROWS_WITH(denoise(x, map(), flow(4), ddim{.eta = 0.5}, philox{}),
                      ContainsSubstring("set eta to 0"));
    CHECK_THROWS_WITH(denoise(x, map(), flow(4), any_solver(ddim{.eta = 0.5}), philox{}),
                      ContainsSubstring("set eta to 0"));
    CHECK_THROWS_WITH(denoise(x, map(), flow(4), any_solver(heun{})),
                      ContainsSubstring("fokker::heun looks back"));
    CHECK_THROWS_WITH(denoise(x, map(), flow(4).until(3), consistency_sampler{}, philox{}),
                      ContainsSubstring("gamma_sampler{.gamma = 1"));
    CHECK_THROWS_WITH(denoise(x, map(), flow(4), consistency_sampler{.sigma_min = 0.1}, philox{}),
                      ContainsSubstring("sigma_min is above 0"));
    const auto infinite = [](const knot&, const knot& to) { return std::log(to.sigma); };
    CHECK_THROWS_WITH(denoise(x, predicts_flow(flow_map(network, infinite)), flow(4), ddim{}),
                      ContainsSubstring("a rule for that label"));
    const auto whole = [&](const array& in, double, int, array& out) { network(in, 0, 0, out); };
    CHECK_THROWS_WITH(denoise(x, predicts_flow(flow_map(whole)), flow(4), ddim{}),
                      ContainsSubstring("only second_label::log2_steps is one"));
    CHECK(calls == 0);
}

TEST_CASE("the exact map of a Gaussian takes x to its end in any number of steps") {
    const gaussian_map exact;
    const auto check = [&](const auto& predictor, const grid& walk) {
        array x = start();
        const array first = x;
        run r(x, predictor, grid(walk), ddim{});
        while (!r.done()) {
            r.step();
            const knot& t = r.knot();
            const array expected =
                first.unaryExpr([&](double v) { return exact.state(v, walk[0], t); });
            CHECK(close(x, expected, 1e-13));
        }
        // One step for all, over the same ends.
        const grid one({walk.front(), walk.back()});
        CHECK(close(walked(first, predictor, one, ddim{}), x, 1e-13));
        CHECK(close(walked(first, predictor, walk, any_solver(ddim{})), x, 0));
        CHECK(close(walked(first, predictor, walk, gamma_sampler{.gamma = 0.0}), x, 0));
        CHECK(close(walked(first, predictor, walk, tcd{.gamma = 0.0}), x, 0));
        CHECK(close(walked(first, predictor, walk, euler{}), x, 1e-14));
    };
    const auto flow_model = predicts_flow(flow_map(exact.network(flow_prediction{})));
    check(flow_model, flow(1));
    check(flow_model, flow(7, {.shift = 3.0}));
    check(predicts_noise(flow_map(exact.network(noise_prediction{}))), uneven_grid(vp_path{}, 5));
    check(predicts_velocity(flow_map(exact.network(velocity_prediction{}))),
          from_times(trigflow_path{}, {1.5, 1.3, 0.4}));
    check(predicts_data(flow_map(exact.network(data_prediction{}))), uneven_grid(ve_path{}, 5));
    check(edm_preconditioned(flow_map(exact.network(edm_prediction{}))), uneven_grid(ve_path{}, 5));
}

TEST_CASE("the map of a mixture ends where its flow does, in any number of steps") {
    const mixture data;
    const auto network = [&](const array& x, const knot& s, const knot& t, array& out) {
        const double a = t.sigma / s.sigma, b = t.alpha - a * s.alpha;
        out = x.unaryExpr([&](double v) { return (exact_flow(data, v, s, t) - a * v) / b; });
    };
    const array x = array::Random(5, 1) * 2.0;
    for (const auto& ends : {uneven_grid(flow_path{}, 1), uneven_grid(vp_path{}, 1)}) {
        const array expected =
            x.unaryExpr([&](double v) { return exact_flow(data, v, ends.front(), ends.back()); });
        for (const int steps : {1, 2, 5}) {
            const grid walk = ends.front().alpha + ends.front().sigma == Approx(1.0)
                                  ? uneven_grid(flow_path{}, steps)
                                  : uneven_grid(vp_path{}, steps);
            CHECK(close(walked(x, predicts_data(flow_map(network)), walk, ddim{}), expected, 1e-9));
        }
    }
}

TEST_CASE("the exact map walks to noise and back") {
    const gaussian_map exact;
    const auto predictor = predicts_velocity(flow_map(exact.network(velocity_prediction{})));
    const grid walk = uneven_grid(vp_path{}, 3);
    const array x = start();
    const array noise = walked(x, predictor, walk.reversed(), ddim{});
    CHECK(close(noise,
                x.unaryExpr([&](double v) { return exact.state(v, walk.back(), walk.front()); }),
                1e-13));
    CHECK(close(walked(noise, predictor, walk, ddim{}), x, 1e-13));
}

namespace {

/// Half of the way by the map, and the rest by it, too, without a second call: no solver of use.
struct to_the_middle {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    knot target(const auto& walk, const auto& s, const auto& t) const {
        return walk.knot_at(0.5 * (s.lambda() + t.lambda()));
    }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const knot m = target(run, s, t);
        auto x = run.x();
        const double ratio = m.sigma / s.sigma;
        x = ratio * x + (m.alpha - ratio * s.alpha) * run.data(x, s, m);
    }
};

}  // namespace

TEST_CASE("a solver of one's own takes flow maps if it says where it goes") {
    const gaussian_map exact;
    const grid walk = uneven_grid(vp_path{}, 1);
    const knot middle = walk.knot_at(0.5 * (walk[0].lambda() + walk[1].lambda()));
    const auto predictor = predicts_data(flow_map(exact.network(data_prediction{})));
    const array x = start();
    const array expected = x.unaryExpr([&](double v) { return exact.state(v, walk[0], middle); });
    CHECK(close(walked(x, predictor, walk, to_the_middle{}), expected, 1e-13));
    CHECK(close(walked(x, predictor, walk, any_solver(to_the_middle{})), expected, 1e-13));
}

TEST_CASE("latents go with flow maps, and what wants one knot refuses them") {
    const gaussian_map exact;
    const auto predictor = predicts_flow(flow_map(exact.network(flow_prediction{})));
    const grid walk = flow(4);
    array x = start();
    const array data = x;
    const auto there = encode(x, predictor, walk, ddim{});
    array back = x;
    decode(back, predictor, walk, ddim{}, there);
    CHECK(close(back, data, 1e-12));
    const auto refused = ContainsSubstring("without the knot to which it is to go");
    CHECK_THROWS_WITH(log_likelihood(data, predictor, walk.until(3), heun{}, exact_divergence{}),
                      refused);
}

TEST_CASE("a flow map in float, with bounds and a known region, in a run that stops and resumes") {
    const gaussian_map exact;
    const auto network = exact.network(flow_prediction{});
    const Eigen::ArrayXXf mask = (Eigen::ArrayXXf::Random(4, 3) > 0).cast<float>();
    const Eigen::ArrayXXf known = Eigen::ArrayXXf::Constant(4, 3, 0.25f);
    const auto predictor =
        predicts_flow(flow_map(network)).clipped(-1, 1).with_known_region(known, mask);
    const grid walk = flow(4);
    Eigen::ArrayXXf x(4, 3), y(4, 3);
    run first(x, predictor, grid(walk), tcd{.gamma = 0.4}, philox{.seed = 3});
    first.start_from_prior();
    first.step();
    first.step();
    const auto saved = first.checkpoint();
    run second(y, predictor, grid(walk), tcd{.gamma = 0.4}, philox{.seed = 3});
    second.resume(saved);
    while (!first.done()) first.step(), second.step();
    CHECK((x == y).all());
    CHECK((mask == 0 || x == known).all());
    CHECK((x.abs() <= 1).all());
    CHECK(first.evaluations() == 4);
    CHECK(first.network_calls() == 4);
}
