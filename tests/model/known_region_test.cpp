#include <fokker/model/known_region.hpp>

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dormand_prince.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

using any_network = fokker_test::any_network<double>;

any_network exact() {
    return [](const auto& x, const knot& k, auto& out) {
        fokker_test::exact_network<data_prediction>{}(x, k, out);
    };
}

/// Elements 0 .. 9 of 20 are known.
ArrayXXd first_half() {
    ArrayXXd mask = ArrayXXd::Zero(20, 1);
    mask.topRows(10) = 1;
    return mask;
}

ArrayXXd sampled(const auto& model) {
    ArrayXXd x(20, 3);
    sample(x, model, trailing(linear_schedule(), 6), ddpm{}, philox{.seed = 4});
    return x;
}

}  // namespace

TEST_CASE("with every solver the known region ends as it is known, and the rest as without it") {
    const ArrayXXd x0 = ArrayXXd::Random(20, 1), mask = first_half();
    const auto known = predicts_data(exact()).with_known_region(x0, mask);
    const auto plain = predicts_data(exact());
    fokker_test::for_some_solvers([&](const auto& entry) {
        INFO(entry.name);
        ArrayXXd a(20, 3), b(20, 3);
        const auto walk = trailing(linear_schedule(), 9);
        run first(a, known, walk, entry.solver, philox{.seed = 2});
        run second(b, plain, walk, entry.solver, philox{.seed = 2});
        first.start_from_prior();
        second.start_from_prior();
        first.step();
        second.step();
        const std::size_t before = fokker_test::allocations();
        while (!first.done()) {
            first.step();
            second.step();
            CHECK((a.bottomRows(10) - b.bottomRows(10)).abs().maxCoeff() < 1e-12);
            CHECK((first.prediction().topRows(10) - second.prediction().topRows(10))
                      .abs()
                      .maxCoeff() > 1e-3);
        }
        CHECK(fokker_test::allocations() == before);
        for (Eigen::Index n = 0; n < 3; ++n)
            CHECK((a.col(n) - x0).topRows(10).abs().maxCoeff() < 1e-12);
    });
}

TEST_CASE("the known region walks as a draw of the process that ends in it") {
    const int samples = 40000;
    const ArrayXXd x0 = ArrayXXd::Constant(1, samples, -0.6), mask = ArrayXXd::Ones(1, 1);
    ArrayXXd x(1, samples);
    run r(x,
          predicts_flow(fokker_test::exact_network<flow_prediction>{}).with_known_region(x0, mask),
          linspace(flow_path{}, 7), ddpm{}, philox{.seed = 8});
    r.start_from_prior();
    while (r.index() + 1 < r.steps()) {
        r.step();
        const ArrayXXd z = (x + 0.6 * r.knot().alpha) / r.knot().sigma;
        CHECK(std::abs(z.mean()) < 5 / std::sqrt(samples));
        CHECK(std::abs(z.square().mean() - 1) < 5 * std::sqrt(2.0 / samples));
    }
}

TEST_CASE("a mask may be soft") {
    const auto one = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 1 + 0 * x; };
    const ArrayXXd x0 = ArrayXXd::Constant(3, 2, 5.0), mask = ArrayXXd::Constant(3, 2, 0.25);
    ArrayXXd x(3, 2);
    sample(x, predicts_data(one).with_known_region(x0, mask), trailing(linear_schedule(), 3),
           ddim{}, philox{});
    CHECK((x - 2.0).abs().maxCoeff() < 1e-14);
}

TEST_CASE("one sample's region serves the batch, whatever holds it") {
    const ArrayXXd x0 = ArrayXXd::Random(20, 1), mask = first_half();
    const ArrayXXd wanted = sampled(predicts_data(exact()).with_known_region(x0, mask));
    CHECK((sampled(predicts_data(exact()).with_known_region(
               ArrayXXd(x0.replicate(1, 3)), ArrayXXd(mask.replicate(1, 3)))) == wanted)
              .all());
    const std::vector<double> values(x0.data(), x0.data() + x0.size());
    const std::vector<float> floats(mask.data(), mask.data() + mask.size());
    CHECK((sampled(predicts_data(exact()).with_known_region(values, floats)) == wanted).all());
    CHECK_FALSE((sampled(predicts_data(exact())) == wanted).all());
}

TEST_CASE("each sample may have a region of its own, or its own values in one region") {
    const ArrayXXd x0 = ArrayXXd::Random(20, 3);
    const ArrayXXd masks = (ArrayXXd::Random(20, 3) > 0).cast<double>(), mask = first_half();
    const ArrayXXd plain = sampled(predicts_data(exact()));
    const auto check = [&](const ArrayXXd& x, const ArrayXXd& known) {
        CHECK((x - (known * x0 + (1 - known) * plain)).abs().maxCoeff() < 1e-12);
    };
    check(sampled(predicts_data(exact()).with_known_region(x0, masks)), masks);
    check(sampled(predicts_data(exact()).with_known_region(x0, mask)), mask.replicate(1, 3));
}

TEST_CASE("bounds, thresholds and guidance come before, in either order") {
    const ArrayXXd x0 = ArrayXXd::Constant(20, 1, 3.0), mask = first_half();
    const auto far = [](const auto& x, const knot&, auto& out) { out = 9 + 0 * x; };
    const auto model = predicts_data(any_network(far));
    const auto check = [&](const ArrayXXd& x) {
        CHECK((x.topRows(10) - 3.0).abs().maxCoeff() < 1e-14);
        CHECK((x.bottomRows(10) - 0.5).abs().maxCoeff() < 1e-14);
    };
    check(sampled(model.clipped(-0.5, 0.5).with_known_region(x0, mask)));
    check(sampled(model.with_known_region(x0, mask).clipped(-0.5, 0.5)));
    // Thresholding divides by the quantile, so that all are 1: the known part counts for nothing.
    const auto check_thresholded = [&](auto&& any, double rounding) {
        const ArrayXXd x = sampled(any.with_known_region(x0, mask).thresholded());
        CHECK((x.bottomRows(10) - 1.0).abs().maxCoeff() < rounding);
        CHECK((x.topRows(10) - 3.0).abs().maxCoeff() < 1e-14);
    };
    check_thresholded(model, 1e-14);
    const auto as_noise = [](const auto& x, const knot& k, auto& out) {
        out = (x - k.alpha * 9) / k.sigma;
    };
    check_thresholded(predicts_noise(any_network(as_noise)), 1e-12);
    const auto push = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 1 + 0 * x; };
    const ArrayXXd guided = sampled(model.with_known_region(x0, mask).guided_by(push));
    CHECK((guided.topRows(10) - 3.0).abs().maxCoeff() < 1e-14);
    CHECK((guided.bottomRows(10) - 9.0).abs().minCoeff() > 1e-6);
}

TEST_CASE("a known region that cannot be is refused") {
    const ArrayXXd x0 = ArrayXXd::Zero(20, 1), mask = first_half();
    const auto model = predicts_data(exact());
    const ArrayXXd beyond = 2 * mask, nowhere = mask * std::nan("");
    const ArrayXXd infinite = x0 + std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(model.with_known_region(x0, beyond), ContainsSubstring("mask[0] is 2"));
    CHECK_THROWS_AS(model.with_known_region(x0, nowhere), error);
    CHECK_THROWS_WITH(model.with_known_region(infinite, mask),
                      ContainsSubstring("x0[0]") && ContainsSubstring("finite"));
    const ArrayXXd short_one = ArrayXXd::Zero(19, 1), two = ArrayXXd::Zero(20, 2);
    CHECK_THROWS_WITH(
        sampled(model.with_known_region(short_one, mask)),
        ContainsSubstring("x0 has 1 samples of 19") && ContainsSubstring("3 samples of 20"));
    CHECK_THROWS_WITH(sampled(model.with_known_region(x0, two)),
                      ContainsSubstring("mask has 2 samples of 20"));
}

TEST_CASE("a known region that lies in the state is refused, before any call and later") {
    const ArrayXXd mask = first_half();
    const auto model = predicts_data(exact());
    const auto refuses = [&](auto& x, const auto& x0, const auto& m, const char* name) {
        int calls = 0;
        const auto counts = [&](const auto& in, double, auto& out) {
            ++calls;
            out = in;
        };
        CHECK_THROWS_WITH(
            denoise(x, predicts_data(counts).with_known_region(x0, m),
                    trailing(linear_schedule(), 4), ddim{}),
            ContainsSubstring(std::string(name) + " shares its elements with the state"));
        CHECK(calls == 0);
    };
    ArrayXXd x = ArrayXXd::Constant(20, 3, 0.5);
    refuses(x, x, mask, "x0");
    const ArrayXXd zeros = ArrayXXd::Zero(20, 1);
    refuses(x, zeros, x, "mask");
    // A part of it, in an element type of its own, or by a view.
    const Eigen::Map<const ArrayXXd> sample(x.data() + 20, 20, 1);
    refuses(x, sample, mask, "x0");
    ArrayXXd batch = ArrayXXd::Constant(20, 4, 0.5);
    Eigen::Map<ArrayXXd> last(batch.data() + 20, 20, 3);
    const Eigen::Map<const ArrayXXd> inside(batch.data() + 60, 20, 1);
    refuses(last, inside, mask, "x0");
    // Beside it is another place.
    const Eigen::Map<const ArrayXXd> beside(batch.data(), 20, 1);
    CHECK_NOTHROW(denoise(last, model.with_known_region(beside, mask),
                          trailing(linear_schedule(), 4), ddim{}));
    // A state that comes to lie there later.
    std::vector<double> state(20, 0.5), known(20, 0.25), all(20, 1.0);
    run r(state, predicts_data([](const auto& in, double, auto& out) {
                     out = in;
                 }).with_known_region(std::span<const double>(known), all),
          trailing(linear_schedule(), 4), ddim{});
    r.step();
    state.swap(known);
    CHECK_THROWS_WITH(r.step(), ContainsSubstring("shares its elements with the state"));
}

namespace {

/// Exact where the data are N(mean, deviation^2).
auto gaussian_data(double mean, double deviation) {
    return [=](const auto& x, const knot& k, auto& out) {
        const double own = std::pow(k.alpha * deviation, 2), all = own + k.sigma * k.sigma;
        out = mean + k.alpha * deviation * deviation / all * (x - k.alpha * mean);
    };
}

const ArrayXXd states = 2 * ArrayXXd::Random(6, 2);

}  // namespace

TEST_CASE("a strength is a factor of the mask, and as a default nothing") {
    const ArrayXXd x0 = ArrayXXd::Random(20, 1), mask = first_half();
    const auto model = predicts_data(exact());
    const ArrayXXd wanted = sampled(model.with_known_region(x0, mask));
    CHECK((sampled(model.with_known_region(x0, mask, {})) == wanted).all());
    CHECK((sampled(model.with_known_region(x0, mask, region_options{.from = 0})) == wanted).all());
    const ArrayXXd quarter = mask / 4, everywhere = ArrayXXd::Constant(20, 1, 0.25);
    CHECK((sampled(model.with_known_region(x0, mask, {.strength = 0.25})) ==
           sampled(model.with_known_region(x0, quarter)))
              .all());
    CHECK((sampled(model.with_known_region(x0, {.strength = 0.25})) ==
           sampled(model.with_known_region(x0, everywhere)))
              .all());
    const region_options named{.strength = 0.25};
    CHECK((sampled(model.with_known_region(x0, named)) ==
           sampled(model.with_known_region(x0, everywhere)))
              .all());
    CHECK((sampled(model.with_known_region(x0, mask, {.strength = 0})) == sampled(model)).all());
}

TEST_CASE("an interval is one of noise levels, and of steps of either direction by their knots") {
    const auto one = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 1 + 0 * x; };
    const ArrayXXd x0 = ArrayXXd::Constant(3, 1, 5.0);
    const auto acts = [&](const grid& walk, const region_options& options) {
        std::string where;
        ArrayXXd x = ArrayXXd::Zero(3, 2);
        denoise(x, predicts_data(one).with_known_region(x0, options), walk, ddim{},
                [&](const auto& r) { where += r.prediction()(2, 1) == 5 ? 'k' : '-'; });
        return where;
    };
    for (const grid& walk : {linspace(flow_path{}, 8), trailing(linear_schedule(), 8)}) {
        CHECK(acts(walk, {.from = walk[3].noise_to_signal()}) == "kkk-----");
        CHECK(acts(walk, {.to = walk[3].noise_to_signal()}) == "---kkkkk");
        CHECK(acts(walk, {.from = walk[5].noise_to_signal(), .to = walk[2].noise_to_signal()}) ==
              "--kkk---");
        const grid back = walk.from(1).until(6).reversed();
        CHECK(acts(back, {.from = walk[5].noise_to_signal()}) == "---kkk");
    }
}

TEST_CASE("the step of rectified-flow inversion is that of the paper, in both directions") {
    // v + eta ((y_0 - Z) / (1 - t) - v) and u + gamma ((y_1 - Y) / (1 - t) - u), by hand.
    const fokker_test::mixture m;
    const int n = 12;
    const grid walk = flow(n);  // 1, 1 - 1/n, ..
    const ArrayXXd y0 = ArrayXXd::Random(6, 2), y1 = ArrayXXd::Random(6, 2);
    const auto velocity = [&](const ArrayXXd& x, const knot& k) -> ArrayXXd {
        const ArrayXXd D = x.unaryExpr([&](double v) { return m.data(v, k); });
        return (x - D) / k.sigma;
    };
    const auto network = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        out = velocity(x, k);
    };

    ArrayXXd x = states, wanted = states;
    for (int i = 0; i < n; ++i) {
        const knot &s = walk[static_cast<std::size_t>(i)],
                   t = walk[static_cast<std::size_t>(i) + 1];
        const ArrayXXd v = -velocity(wanted, s);
        const double eta = i < 3 ? 0.9 * std::pow(1 - double(i) / n, 1.5) : 0.0;
        const ArrayXXd led = v + eta * ((y0 - wanted) / s.sigma - v);
        wanted += (s.sigma - t.sigma) * led;
    }
    denoise(x,
            predicts_flow(network).with_known_region(
                y0, {.strength = 0.9, .from = walk[3].noise_to_signal(), .decay = 1.5}),
            walk, ddim{});
    CHECK((x - wanted).abs().maxCoeff() < 1e-13);

    const grid back = walk.from(1).until(n - 2).reversed();
    x = wanted = states;
    for (std::size_t i = 0; i + 1 < back.size(); ++i) {
        const ArrayXXd u = velocity(wanted, back[i]);
        const ArrayXXd led = u + 0.5 * ((y1 - wanted) / (1 - back[i].sigma) - u);
        wanted += (back[i + 1].sigma - back[i].sigma) * led;
    }
    denoise(x, predicts_flow(network).with_known_noise(y1, {.strength = 0.5}), back, ddim{});
    CHECK((x - wanted).abs().maxCoeff() < 1e-13);
}

TEST_CASE("on Gaussian data a region of any strength is a linear equation with a solution") {
    // With x0 the mean, y - m for y = x / alpha goes as nsr^s (c^2 + nsr^2)^((1 - s) / 2).
    const double mean = 0.4, c = 0.6;
    const auto model = predicts_data(gaussian_data(mean, c));
    const auto size = [&](double s, const knot& k) {
        const double rho = k.noise_to_signal();
        return std::pow(rho, s) * std::pow(c * c + rho * rho, (1 - s) / 2);
    };
    const auto path = flow_path{};
    const grid walk({path.at(0.8), path.at(0.5), path.at(0.05)}, path);
    const ArrayXXd x0 = ArrayXXd::Constant(6, 1, mean);
    for (const double s : {0.0, 0.3, 1.0}) {
        ArrayXXd x = states;
        const double factor = size(s, walk.back()) / size(s, walk.front());
        const ArrayXXd wanted =
            walk.back().alpha * (mean + factor * (states / walk.front().alpha - mean));
        denoise(x, model.with_known_region(x0, {.strength = s}), walk,
                dormand_prince{{.tolerated = {1e-11, 1e-11}}});
        CHECK((x - wanted).abs().maxCoeff() < 1e-9);
    }
    // With the noise known to be 0, y - m goes as (c^2 + nsr^2)^((1 - s) / 2), either way.
    const ArrayXXd none = ArrayXXd::Zero(6, 1);
    for (const double s : {0.0, 0.5, 1.0}) {
        ArrayXXd x = states;
        const grid back = walk.reversed();
        const auto square = [&](const knot& k) { return c * c + std::pow(k.noise_to_signal(), 2); };
        const double factor = std::pow(square(back.back()) / square(back.front()), (1 - s) / 2);
        const ArrayXXd wanted =
            back.back().alpha * (mean + factor * (states / back.front().alpha - mean));
        denoise(x, model.with_known_noise(none, {.strength = s}), back,
                dormand_prince{{.tolerated = {1e-11, 1e-11}}});
        CHECK((x - wanted).abs().maxCoeff() < 1e-9);
    }
}

TEST_CASE("known noise alone leads to it on a straight line, in any number of steps") {
    const ArrayXXd noise = ArrayXXd::Random(6, 1);
    const grid back = linspace(flow_path{}, 9).from(1).until(7).reversed();
    const knot &s = back.front(), t = back.back();
    const ArrayXXd wanted = t.alpha / s.alpha * states +
                            (t.sigma - t.alpha / s.alpha * s.sigma) * noise.replicate(1, 2);
    const auto model = predicts_data(exact()).with_known_noise(noise);
    fokker_test::for_some_solvers([&](const auto& entry) {
        if (detail::is_stochastic(entry.solver)) return;
        INFO(entry.name);
        ArrayXXd x = states;
        denoise(x, model, back, entry.solver);
        CHECK((x - wanted).abs().maxCoeff() < 1e-10);
    });
    ArrayXXd x = states;
    denoise(x, model, grid({t, s}).reversed(), ddim{});
    CHECK((x - wanted).abs().maxCoeff() < 1e-12);
    // In a masked element alone.
    ArrayXXd mask = ArrayXXd::Zero(6, 1), plain = states;
    mask(2, 0) = 1;
    x = states;
    denoise(x, predicts_data(exact()).with_known_noise(noise, mask), back, ddim{});
    denoise(plain, predicts_data(exact()), back, ddim{});
    CHECK((x.row(2) - wanted.row(2)).abs().maxCoeff() < 1e-13);
    x.row(2) = plain.row(2);
    CHECK((x - plain).abs().maxCoeff() < 1e-13);
}

TEST_CASE("wrong options of a region are refused, each by its name") {
    const ArrayXXd x0 = ArrayXXd::Zero(20, 1), mask = first_half();
    const auto model = predicts_data(exact());
    const auto refuses = [&](const region_options& options, const char* what) {
        CHECK_THROWS_WITH(model.with_known_region(x0, mask, options), ContainsSubstring(what));
        CHECK_THROWS_WITH(model.with_known_region(x0, options), ContainsSubstring(what));
        CHECK_THROWS_WITH(model.with_known_noise(x0, options), ContainsSubstring(what));
    };
    const double nan = std::nan("");
    refuses({.strength = 1.5}, "the strength of a known region is 1.5");
    refuses({.strength = -0.5}, "the strength of a known region is -0.5");
    refuses({.strength = nan}, "strength");
    refuses({.from = -1}, "`from` is -1");
    refuses({.from = 2, .to = 2}, "`to` is 2");
    refuses({.to = nan}, "`to` is");
    refuses({.decay = -1}, "decay is -1");
    refuses({.decay = std::numeric_limits<double>::infinity()}, "decay");
    const ArrayXXd infinite = x0 + std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(model.with_known_noise(infinite),
                      ContainsSubstring("noise[0]") && ContainsSubstring("finite"));
    CHECK_THROWS_WITH(
        predicts_data(exact()).clipped(-1, 1, clipped_noise::as_predicted).with_known_noise(x0),
        ContainsSubstring("known region"));
    ArrayXXd x = ArrayXXd::Zero(20, 3);
    CHECK_THROWS_WITH(denoise(x, model.with_known_noise(x), trailing(linear_schedule(), 4), ddim{}),
                      ContainsSubstring("noise shares its elements with the state"));
    const ArrayXXd short_one = ArrayXXd::Zero(19, 1);
    CHECK_THROWS_WITH(sampled(model.with_known_noise(short_one)),
                      ContainsSubstring("noise has 1 samples of 19"));
}

TEST_CASE("where all is noise it says nothing of the data, so that known noise is refused") {
    const ArrayXXd noise = ArrayXXd::Zero(6, 1);
    const auto model = predicts_data(exact());
    const grid walk = linspace(flow_path{}, 5);
    ArrayXXd x = states;
    CHECK_THROWS_WITH(
        denoise(x, model.with_known_noise(noise, {.strength = 0.5}), walk, ddim{}),
        ContainsSubstring("with_known_noise acts at the knot") && ContainsSubstring(".to"));
    CHECK((x == states).all());
    denoise(x, model.with_known_noise(noise, {.to = 100}), walk, ddim{});
    CHECK(x.isFinite().all());
    CHECK_NOTHROW(denoise(x, model.with_known_noise(noise), walk.from(1), ddim{}));
}
