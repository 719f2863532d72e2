#include <fokker/blur/blurred.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <sstream>
#include <vector>

#include <Eigen/Core>

#include <fokker/any_process.hpp>
#include <fokker/blur/cosine_transform.hpp>
#include <fokker/blur/in_pixels.hpp>
#include <fokker/checkpoint.hpp>
#include <fokker/moments/estimate.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddim_inversion.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm2.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/heun.hpp>
#include <fokker/solver/sa_solver.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXd;
using Eigen::ArrayXXd;

namespace {

const picture_shape shape{5, 7, 2};
constexpr int elements = 70;
const blur_options options{.max_width = 6.0, .floor = 0.01};
const philox seed{.seed = 5};

grid plain_walk(int steps = 8) { return linspace(cosine_path{.offset = 0.0}, steps); }
grid blurred_walk(int steps = 8) { return blurred(plain_walk(steps), shape, options); }

double away(const auto& a, const auto& b) { return (a - b).abs().maxCoeff(); }

/// alpha of each wave at a knot of the walk: Hoogeboom & Salimans, term by term.
ArrayXd alphas(const knot& k) {
    ArrayXd a(elements);
    const double time = std::atan2(k.sigma, k.alpha) * 2 / std::numbers::pi;
    const double sine = std::sin(std::numbers::pi * time / 2), width = 6.0 * sine * sine;
    for (int c = 0; c < 2; ++c)
        for (int i = 0; i < 5; ++i)
            for (int j = 0; j < 7; ++j) {
                const double rate =
                    std::numbers::pi * std::numbers::pi * (i * i / 25.0 + j * j / 49.0);
                a[c * 35 + i * 7 + j] =
                    k.alpha * ((1 - 0.01) * std::exp(-rate * width * width / 2) + 0.01);
            }
    return a;
}

/// Data of this variance in each wave.
double variance(int wave) { return 1.0 / (1.0 + 0.3 * (wave % 35)); }

/// E[eps | x] for such data, for waves at a knot of the walk.
const auto exact = [](const auto& x, const knot& k, auto& out) {
    const ArrayXd a = alphas(k);
    for (int n = 0; n < x.cols(); ++n)
        for (int i = 0; i < elements; ++i)
            out(i, n) = k.sigma / (a[i] * a[i] * variance(i) + k.sigma * k.sigma) * x(i, n);
};

/// x_t = state x_s + data D + std z, in each wave, as a solver does it.
struct coefficients {
    ArrayXd state, data, std;
};
template <class Solver>
coefficients measured(const Solver& solver, const grid& one_step) {
    const auto stepped = [&](double x, double D) {
        ArrayXd state = ArrayXd::Constant(elements, x);
        denoise(state,
                predicts_data([D](const ArrayXd&, double, ArrayXd& out) { out.setConstant(D); }),
                one_step, solver, seed);
        return state;
    };
    ArrayXd z(elements);
    step_numbers(seed, 256).normals(z);
    const ArrayXd none = stepped(0, 0);
    return {stepped(1, 0) - none, stepped(0, 1) - none, none / z};
}

}  // namespace

TEST_CASE("the waves keep the alphas of the paper") {
    const grid walk = blurred_walk();
    REQUIRE(walk.element_paths());
    for (std::size_t i = 0; i < walk.size(); ++i)
        for (int wave = 0; wave < elements; ++wave) {
            const auto& paths = *walk.element_paths();
            const knot k = paths.at(paths.path_of()[static_cast<std::size_t>(wave)], i, walk[i]);
            CHECK(std::abs(k.alpha - alphas(walk[i])[wave]) < 1e-14);
            CHECK(k.sigma == walk[i].sigma);
            CHECK(k.t == walk[i].t);
        }
}

TEMPLATE_TEST_CASE("without blur every bit is that of one path", "", ddim, ddpm, heun,
                   dpm_solver_pp_2m, unipc<2>, (sa_solver<2, 2>)) {
    const grid walk = plain_walk(), sharp = blurred(walk, shape, {.floor = 1.0});
    REQUIRE(sharp.element_paths()->paths() > 20);
    const auto network = [](const auto& x, double t, auto& out) {
        using T = typename std::remove_cvref_t<decltype(out)>::Scalar;
        out = (x * static_cast<T>(0.3 + 0.2 * t) + static_cast<T>(0.1)).eval();
    };
    const auto compare = [&]<class T>(T) {
        for (const int samples : {1, 3}) {
            Eigen::ArrayXX<T> a(elements, samples), b = a;
            sample(a, network, walk, TestType{}, seed);
            sample(b, network, sharp, TestType{}, seed);
            CHECK((a == b).all());
        }
    };
    compare(double{});
    compare(float{});
    compare(Eigen::half{});
}

TEST_CASE("a step's coefficients keep the marginals of every wave") {
    const grid walk = blurred_walk();
    const auto check = [&](const auto& solver, bool draws) {
        for (int i = 0; i + 1 < walk.steps(); ++i) {
            const knot s = walk[static_cast<std::size_t>(i)],
                       t = walk[static_cast<std::size_t>(i) + 1];
            const ArrayXd a_s = alphas(s), a_t = alphas(t);
            const coefficients c = measured(solver, walk.from(i).until(1));
            CHECK(away(c.state * a_s + c.data, a_t) < 1e-12);
            CHECK(away(c.state.square() * s.sigma * s.sigma + c.std.square(),
                       ArrayXd::Constant(elements, t.sigma * t.sigma)) < 1e-12);
            CHECK((c.std > 0).all() == draws);
        }
    };
    check(ddpm{}, true);
    check(ddim{.eta = 0.5}, true);
    check(ddim{}, false);
}

TEST_CASE("ddpm is the sampler of Hoogeboom and Salimans") {
    const grid walk = blurred_walk();
    for (int i = 0; i + 1 < walk.steps(); ++i) {
        const knot t = walk[static_cast<std::size_t>(i)], s = walk[static_cast<std::size_t>(i) + 1];
        const coefficients c = measured(ddpm{}, walk.from(i).until(1));
        const ArrayXd a_ts = alphas(t) / alphas(s);
        const ArrayXd square = t.sigma * t.sigma - a_ts.square() * s.sigma * s.sigma;
        const ArrayXd denoised = 1 / (1 / (s.sigma * s.sigma) + a_ts.square() / square);
        CHECK(away(c.state, denoised * a_ts / square) < 1e-11);
        CHECK(away(c.data, denoised * alphas(s) / (s.sigma * s.sigma)) < 1e-11);
        CHECK(away(c.std, denoised.sqrt()) < 1e-11);
    }
}

TEST_CASE("the law of the samples is a recursion of each wave's variance") {
    // With the mean of the data in the place of a draw a step of ddpm loses data^2 Var[x_0 | x].
    const grid walk = blurred_walk();
    ArrayXd v(elements);
    for (int i = 0; i < elements; ++i) v[i] = variance(i);
    const auto marginal = [&](const knot& k) -> ArrayXd {
        return alphas(k).square() * v + k.sigma * k.sigma;
    };
    for (int i = 0; i + 1 < walk.steps(); ++i) {
        const knot s = walk[static_cast<std::size_t>(i)], t = walk[static_cast<std::size_t>(i) + 1];
        const grid one = walk.from(i).until(1);
        const auto stepped = [&](double x) {
            ArrayXXd state = ArrayXXd::Constant(elements, 1, x);
            denoise(state, exact, one, ddpm{}, seed);
            return ArrayXd(state.col(0));
        };
        ArrayXd z(elements);
        step_numbers(seed, 256).normals(z);
        const ArrayXd none = stepped(0), gain = stepped(1) - none, std = none / z;
        const ArrayXd after = gain.square() * marginal(s) + std.square();
        const coefficients c = measured(ddpm{}, one);
        const ArrayXd lost = c.data.square() * v * s.sigma * s.sigma / marginal(s);
        CHECK(away(after, marginal(t) - lost) < 1e-10);
    }
}

TEST_CASE("solvers of the flow come to its end with their order, in every wave") {
    const auto error_of = [](const auto& solver, int steps) {
        const grid walk =
            blurred(linspace(cosine_path{.offset = 0.0, .time_min = 0.2, .time_max = 0.8}, steps,
                             grid_end::least_noise),
                    shape, options);
        ArrayXXd x = ArrayXXd::Ones(elements, 1);
        denoise(x, exact, walk, solver);
        double largest = 0.0;
        for (int i = 0; i < elements; ++i) {
            const auto m = [&](const knot& k) {
                const double a = alphas(k)[i];
                return a * a * variance(i) + k.sigma * k.sigma;
            };
            largest =
                std::max(largest, std::abs(x(i, 0) - std::sqrt(m(walk.back()) / m(walk.front()))));
        }
        return largest;
    };
    const auto order_of = [&](const auto& solver) {
        return std::log2(error_of(solver, 80) / error_of(solver, 160));
    };
    CHECK(std::abs(order_of(ddim{}) - 1) < 0.1);
    CHECK(std::abs(order_of(dpm_solver_pp_2m{}) - 2) < 0.2);
    CHECK(std::abs(order_of(heun{}) - 2) < 0.2);
    CHECK(order_of(unipc<2>{}) > 2.5);
}

TEST_CASE("the network works on pictures") {
    const cosine_transform transform(shape);
    const grid walk = blurred_walk();
    std::vector<double> seen;
    const auto network = [&](const ArrayXXd& pixels, const knot& k, ArrayXXd& out) {
        out = pixels * pixels / (1 + pixels.abs());  // no wave goes by itself
        seen.push_back(k.alpha);
    };
    ArrayXXd x(elements, 2);
    sample(x, in_pixels(network, transform), walk, ddpm{}, seed);

    ArrayXXd u(elements, 2), z = u;
    step_numbers(seed, 0).normals(u);
    for (int i = 0; i < walk.steps(); ++i) {
        const knot t = walk[static_cast<std::size_t>(i)], s = walk[static_cast<std::size_t>(i) + 1];
        CHECK(seen[static_cast<std::size_t>(i)] == t.alpha);
        ArrayXXd pixels = u, eps(elements, 2);
        transform.to_pixels(pixels);
        network(pixels, t, eps);
        transform.to_waves(eps);
        const ArrayXd a_t = alphas(t), a_s = alphas(s);
        step_numbers(seed, static_cast<std::uint32_t>(i + 1) * 256).normals(z);
        const ArrayXd a = a_t / a_s, square = t.sigma * t.sigma - a.square() * s.sigma * s.sigma;
        const ArrayXd of_u = a * s.sigma * s.sigma / (t.sigma * t.sigma),
                      of_x0 = a_s * square / (t.sigma * t.sigma);
        const ArrayXd std = s.sigma / t.sigma * square.max(0.0).sqrt();
        // The division by alpha is folded: the data prediction alone is large.
        const ArrayXd folded = of_x0 / a_t;
        u = (u.colwise() * (of_u + folded) - eps.colwise() * (t.sigma * folded) + z.colwise() * std)
                .eval();
    }
    CHECK(away(x, u) < 1e-12 * u.abs().maxCoeff());
}

TEST_CASE("data get the noise of each wave, and edits and inversion go by it") {
    const grid walk = blurred_walk();
    const ArrayXXd data = ArrayXXd::Random(elements, 2);
    ArrayXXd x = data, z(elements, 2);
    run r(x, exact, walk.from(3), ddim{}, seed);
    r.start_from_data();
    step_numbers(seed, 0).normals(z);
    CHECK(away(x, data.colwise() * alphas(walk[3]) + walk[3].sigma * z) < 1e-12);

    // Down and up again.
    const grid fine = blurred(linspace(cosine_path{.offset = 0.0, .time_min = 0.1, .time_max = 0.9},
                                       1000, grid_end::least_noise),
                              shape, options);
    ArrayXXd there = data;
    denoise(there, exact, fine.reversed(), ddim_inversion{});
    CHECK(away(there, data) > 0.1);
    denoise(there, exact, fine, ddim{});
    CHECK(away(there, data) < 0.02);
}

TEST_CASE("the noise of a sample depends on nothing but its place") {
    const grid walk = blurred_walk();
    ArrayXXd all(elements, 5), one(elements, 1);
    sample(all, exact, walk, ddpm{}, seed);
    sample(one, exact, walk, ddpm{}, seed);
    CHECK((all.leftCols(1) == one).all());
    // By the step, too: a walk that was left off goes on with the same numbers.
    ArrayXXd part(elements, 5);
    run first(part, exact, walk, ddpm{}, seed);
    first.start_from_prior();
    for (int i = 0; i < 4; ++i) first.step();
    ArrayXXd rest = part;
    run second(rest, exact, walk, ddpm{}, seed);
    second.seek(4);
    while (!second.done()) second.step();
    CHECK((rest == all).all());
}

TEST_CASE("draws are counted, and recorded ones played") {
    const grid walk = blurred_walk();
    ArrayXXd a(elements, 2), b(elements, 2);
    run r(a, exact, walk, sa_solver<2, 2>{}, seed);
    CHECK(r.draws_to_come() == static_cast<std::size_t>(walk.steps()) - 1);
    std::vector<ArrayXXd> draws(static_cast<std::size_t>(walk.steps()), ArrayXXd(elements, 2));
    step_numbers(seed, 0).normals(draws[0]);
    for (std::uint32_t i = 1; i < draws.size(); ++i) step_numbers(seed, 256 * i).normals(draws[i]);
    sample(a, exact, walk, sa_solver<2, 2>{}, seed);
    sample(b, exact, walk, sa_solver<2, 2>{}, recorded(draws));
    CHECK((a == b).all());
    draws.pop_back();
    CHECK_THROWS_WITH(sample(b, exact, walk, sa_solver<2, 2>{}, recorded(draws)),
                      ContainsSubstring("recorded has 7 left"));
}

TEST_CASE("a run goes on from a checkpoint of the same blur alone") {
    const grid walk = blurred_walk();
    ArrayXXd a(elements, 2), b(elements, 2);
    run r(a, exact, walk, unipc<2>{}, seed);
    r.start_from_prior();
    for (int i = 0; i < 5; ++i) r.step();
    const checkpoint saved = r.checkpoint();
    while (!r.done()) r.step();
    run again(b, exact, walk, unipc<2>{}, seed);
    again.resume(saved);
    while (!again.done()) again.step();
    CHECK((a == b).all());
    run other(b, exact, blurred(plain_walk(), shape, {.max_width = 5}), unipc<2>{}, seed);
    CHECK_THROWS_AS(other.resume(saved), error);
    run plain(b, exact, plain_walk(), unipc<2>{}, seed);
    CHECK_THROWS_AS(plain.resume(saved), error);
}

TEST_CASE("a network that fails leaves the run as it was") {
    const grid walk = blurred_walk();
    ArrayXXd a(elements, 2), b(elements, 2);
    sample(a, exact, walk, unipc<2>{}, seed);
    int calls = 0;
    run r(
        b,
        [&](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
            if (++calls % 3 == 2) throw calls;
            exact(x, k, out);
        },
        walk, unipc<2>{}, seed);
    r.start_from_prior();
    while (!r.done()) try {
            r.step();
        } catch (int) {}
    CHECK((a == b).all());
    CHECK(r.evaluations() == walk.steps());
}

TEST_CASE("the prediction is that of each wave, and a network may give another array") {
    const grid walk = blurred_walk();
    const ArrayXXd data = ArrayXXd::Random(elements, 1);
    ArrayXXd x(elements, 1);
    const auto network = [&](const ArrayXXd& at, const knot& k) {
        return ArrayXXd((at - data.colwise() * alphas(k)) / k.sigma);
    };
    run r(x, network, walk, dpm_solver_pp_2m{}, seed);
    r.start_from_prior();
    while (!r.done()) {
        r.step();
        CHECK(away(r.prediction(), data) < 1e-9);
    }
    CHECK(away(x, data) < 1e-9);
}

TEST_CASE("a step takes no memory after the first") {
    const grid walk = blurred_walk();
    const cosine_transform transform(shape);
    const auto network = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 0.5 * x; };
    const auto count = [&](const auto& solver) {
        ArrayXXd x(elements, 2);
        run r(x, in_pixels(network, transform), walk, solver, seed);
        r.start_from_prior();
        r.step();
        const std::size_t before = fokker_test::allocations();
        while (!r.done()) r.step();
        CHECK(fokker_test::allocations() == before);
    };
    count(ddpm{});
    count(heun{});
    count(unipc<3>{});
    count(sa_solver<2, 2>{});
}

TEST_CASE("what does not go is named") {
    const grid walk = blurred_walk();
    ArrayXXd x = ArrayXXd::Ones(elements, 1), y(71, 1);
    const auto network = [](const ArrayXXd& at, double, ArrayXXd& out) { out = at; };
    CHECK_THROWS_WITH(sample(y, network, walk, ddim{}, seed),
                      ContainsSubstring("70 of them, and the state has samples of 71 elements"));
    CHECK_THROWS_WITH(sample(x, network, walk, dpm2{}, seed),
                      ContainsSubstring("which are elsewhere at different times"));
    CHECK_THROWS_WITH(sample(x, predicts_noise(network).clipped(-1, 1), walk, ddim{}, seed),
                      ContainsSubstring("bounds, a classifier"));
    CHECK_THROWS_WITH(sample(x, edm_preconditioned(network), walk, ddim{}, seed),
                      ContainsSubstring("EDM's preconditioning"));
    CHECK_THROWS_WITH(resampled(walk, {.jump_length = 2}),
                      ContainsSubstring("a walk with jumps goes by one path"));
    CHECK_THROWS_WITH(moment_knots(walk), ContainsSubstring("moment_knots goes by one path"));
    CHECK_THROWS_WITH(restore(x, network, walk, renoised{[](auto&&...) {}}, seed),
                      ContainsSubstring("restore goes by one path"));

    CHECK_THROWS_WITH(blurred(walk, shape), ContainsSubstring("the grid has none"));
    CHECK_THROWS_WITH(blurred(plain_walk().reversed(), shape),
                      ContainsSubstring("reverse the grid"));
    CHECK_THROWS_WITH(blurred(plain_walk(), {0, 3}), ContainsSubstring("a picture of 0 x 3"));
    CHECK_THROWS_WITH(blurred(plain_walk(), shape, {.max_width = -1}),
                      ContainsSubstring("max_width is -1"));
    CHECK_THROWS_WITH(blurred(plain_walk(), shape, {.floor = 0}), ContainsSubstring("floor is 0"));
    CHECK_THROWS_WITH(blurred(plain_walk(), shape, {.floor = 1.5}),
                      ContainsSubstring("floor is 1.5"));
    CHECK_THROWS_WITH(blurred(plain_walk(), shape, {.last_time = 0}),
                      ContainsSubstring("last_time is 0"));
    CHECK_THROWS_WITH(blurred(plain_walk(), shape, {.last_time = 0.5}),
                      ContainsSubstring("the blur is told of [0, 0.5]"));
}
