#include <fokker/noise/brownian.hpp>

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/noise/per_sample.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/prior_and_steps.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/noise.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::uneven_grid, fokker_test::whole_draw;

static_assert(draw_source<brownian> && sample_source<brownian> && brownian::counted);

namespace {

const fokker_test::exact_network<> network;

template <class T = double>
std::vector<double> increment(brownian source, double from, double to, std::size_t size,
                              std::uint32_t draw = 256) {
    return whole_draw<T>(source, {{1, size}, draw, from, to});
}

/// Mean, variance, fourth moment and the correlation of two lists of standard normals, in standard
/// errors.
double worst_moment(const std::vector<double>& a, const std::vector<double>& b) {
    std::array<double, 4> sum{};
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum[0] += a[i];
        sum[1] += a[i] * a[i] - 1;
        sum[2] += a[i] * a[i] * a[i] * a[i] - 3;
        sum[3] += a[i] * b[i];
    }
    const std::array<double, 4> variance{1, 2, 96, 1};
    double worst = 0;
    for (std::size_t k = 0; k < 4; ++k)
        worst = std::max(worst,
                         std::abs(sum[k]) / std::sqrt(variance[k] * static_cast<double>(a.size())));
    return worst;
}

/// Adds the path's increments and nothing else: the whole step at once, or in two parts.
template <bool Parts>
struct wanderer {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;
    bool stochastic() const { return true; }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto width = [](const knot& a, const knot& b) {
            return std::sqrt(brownian_clock(a) - brownian_clock(b));
        };
        if constexpr (Parts) {
            const knot m = run.knot_at(0.4 * s.lambda() + 0.6 * t.lambda());
            auto half = run.stage(0);
            half = x + width(m, t) * run.gaussian(m, t);
            x = half + width(s, m) * run.gaussian(s, m);
        } else {
            x = x + width(s, t) * run.gaussian();
        }
    }
};

/// Draws twice over the same step.
struct doubter {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;
    bool stochastic() const { return true; }
    void step(auto& run) const {
        auto x = run.x();
        auto first = run.stage(0);
        first = 0.0 * x + run.gaussian();
        x = first - 1.0 * run.gaussian();
    }
};

template <class Solver, class Noise>
Eigen::ArrayXXd walked(const Solver& solver, int steps, Eigen::Index elements, Noise noise) {
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Zero(elements, 3);
    denoise(x, network, uneven_grid(vp_path{}, steps), solver, noise);
    return x;
}

template <class Noise>
double change_by_refinement(Noise noise) {
    Eigen::ArrayXXd coarse(400, 2), fine(400, 2);
    sample(coarse, network, uneven_grid(vp_path{}, 100), ddpm{}, noise);
    sample(fine, network, uneven_grid(vp_path{}, 200), ddpm{}, noise);
    return std::sqrt((coarse - fine).square().mean());
}

}  // namespace

TEST_CASE("an interval cut in ten gives the same total") {
    const brownian source{.seed = 3};
    const double from = 0.8371, to = 0.1113;
    const auto whole = increment(source, from, to, 600);
    const auto rough = increment<float>(source, from, to, 600);
    std::vector<double> total(600), rough_total(600);
    for (int i = 0; i < 10; ++i) {
        // Parts of very different lengths.
        const auto cut = [&](int k) { return from + (to - from) * k * k * k / 1000.0; };
        const double scale = std::sqrt((cut(i) - cut(i + 1)) / (from - to));
        const auto part = increment(source, cut(i), cut(i + 1), 600);
        const auto rough_part = increment<float>(source, cut(i), cut(i + 1), 600);
        for (std::size_t k = 0; k < 600; ++k)
            total[k] += scale * part[k], rough_total[k] += scale * rough_part[k];
    }
    for (std::size_t k = 0; k < 600; ++k) {
        CHECK(std::abs(total[k] - whole[k]) < 1e-12);
        CHECK(std::abs(rough_total[k] - rough[k]) < 5e-6);
    }
}

TEST_CASE("normalised increments are standard normals at widths from 1 to 1e-9") {
    constexpr std::size_t size = 100000;
    for (const double width : {1.0, 0.3, 1e-2, 1e-4, 1e-6, 1e-9}) {
        INFO(width);
        const double from = width == 1.0 ? 1.0 : 0.4321;
        const auto a = increment(brownian{.seed = 8}, from, from - width, size);
        // The interval beside it; beside the whole clock there is only another path.
        const auto b = width == 1.0 ? increment(brownian{.seed = 9}, 1.0, 0.0, size)
                                    : increment(brownian{.seed = 8}, from - width,
                                                std::max(0.0, from - 2.1 * width), size);
        CHECK(worst_moment(a, b) < 4.5);
    }
}

TEST_CASE("the other way round the increment has the other sign") {
    const auto there = increment(brownian{.seed = 3}, 0.7, 0.2, 40);
    const auto back = increment(brownian{.seed = 3}, 0.2, 0.7, 40);
    for (std::size_t i = 0; i < 40; ++i) CHECK(std::abs(there[i] + back[i]) < 1e-14);
}

TEST_CASE("the prior and the forward process are philox's") {
    const brownian source{.seed = 12, .first_sample = 5};
    const philox twin{.seed = 12, .first_sample = 5};
    for (const Eigen::Index elements : {3, 700}) {
        Eigen::ArrayXXf a(elements, 2), b(elements, 2);
        const grid walk = uneven_grid(vp_path{}, 3);
        run one(a, network, walk, ddpm{}, source);
        one.start_from_prior();
        run other(b, network, walk, ddpm{}, twin);
        other.start_from_prior();
        CHECK((a == b).all());
        const Eigen::ArrayXXf x0 = a;
        forward(x0, walk.front(), source, a);
        forward(x0, walk.front(), twin, b);
        CHECK((a == b).all());
    }
}

TEST_CASE("a walk passes the interval of its steps, and of their parts") {
    const brownian source{.seed = 4};
    const auto coarse = walked(wanderer<false>{}, 6, 600, source);
    const auto parted = walked(wanderer<true>{}, 6, 600, source);
    CHECK((coarse - parted).abs().maxCoeff() < 1e-12);
    CHECK((coarse - walked(wanderer<true>{}, 6, 600, philox{.seed = 4})).abs().maxCoeff() > 0.1);
    CHECK((coarse - walked(wanderer<false>{}, 6, 600, brownian{.seed = 5})).abs().maxCoeff() > 0.1);
}

TEST_CASE("two Gaussians of one step and interval are independent") {
    const auto x = walked(doubter{}, 1, 30000, brownian{.seed = 4});
    const double n = static_cast<double>(x.size());
    CHECK(std::abs(x.mean()) < 5 * std::sqrt(2 / n));
    CHECK(std::abs(x.square().mean() - 2) < 5 * std::sqrt(8 / n));
    // Draws of the same step take paths in turn; of another interval, the first path.
    brownian source{.seed = 4};
    const auto draw = [&](std::uint32_t j, double to) {
        return whole_draw<double>(source, {{1, 8}, 256 + j, 0.5, to});
    };
    const auto first = draw(0, 0.4), second = draw(1, 0.4), other = draw(2, 0.3);
    CHECK(first != second);
    CHECK(other == increment(brownian{.seed = 4}, 0.5, 0.3, 8));
    CHECK(draw(0, 0.4) == first);  // a step that is done again
    CHECK(draw(1, 0.4) == second);
}

TEST_CASE("runs with more steps see the same path") {
    CHECK(change_by_refinement(brownian{.seed = 2}) < 0.1);
    CHECK(change_by_refinement(philox{.seed = 2}) > 0.2);
}

TEST_CASE("a batch has the bits of its samples, whatever the size, and so has a resumed run") {
    const grid walk = uneven_grid(vp_path{}, 3);
    for (const Eigen::Index elements : {1, 3, 7, 64, 112, 513, 12001}) {
        INFO(elements);
        Eigen::ArrayXXf whole(elements, 5), one(elements, 1), resumed(elements, 5);
        sample(whole, network, walk, ddpm{}, brownian{.seed = 6, .first_sample = 40});
        for (const std::uint64_t i : {0u, 2u, 4u}) {
            sample(one, network, walk, ddpm{}, brownian{.seed = 6, .first_sample = 40 + i});
            CHECK((whole.col(static_cast<Eigen::Index>(i)) == one.col(0)).all());
        }
        run first(resumed, network, walk, ddpm{}, brownian{.seed = 6, .first_sample = 40});
        first.start_from_prior();
        first.step();
        run second(resumed, network, walk, ddpm{}, brownian{.seed = 6, .first_sample = 40});
        second.seek(1);
        while (!second.done()) second.step();
        CHECK((whole == resumed).all());
    }
}

TEST_CASE("states of 16 bits take the float path") {
    brownian source{.seed = 1};
    const noise_draw draw{{1, 20}, 256, 0.9, 0.2};
    CHECK(whole_draw<Eigen::half>(source, draw) == whole_draw<float>(source, draw));
}

TEST_CASE("intervals without length, or off the clock, are refused") {
    brownian source;
    CHECK_THROWS_WITH(source.begin_draw<float>({{1, 4}, 256, 0.5, 0.5}),
                      ContainsSubstring("from 0.5 to 0.5") && ContainsSubstring("farther apart"));
    CHECK_THROWS_WITH(source.begin_draw<float>({{1, 4}, 256, 0.5, 0.5 - 1e-11}),
                      ContainsSubstring("2^-34"));
    CHECK_NOTHROW(source.begin_draw<float>({{1, 4}, 256, 0.5, 0.5 - 1e-10}));
    CHECK_THROWS_WITH(source.begin_draw<float>({{1, 4}, 256, 1.5, 0.5}),
                      ContainsSubstring("from 0 to 1"));
    CHECK_THROWS_WITH(source.begin_draw<float>({{1, 4}, 256, 0.5, -0.1}),
                      ContainsSubstring("from 0 to 1"));
    CHECK_NOTHROW(source.begin_draw<float>({{1, 4}, 0}));
}

TEST_CASE("what has no interval is drawn as philox draws it, whatever its number") {
    const Eigen::ArrayXf x0 = Eigen::ArrayXf::Zero(4);
    Eigen::ArrayXf xt(4), expected(4);
    forward(x0, knot{0, 1, 1}, brownian{.seed = 3}, xt, 300);
    forward(x0, knot{0, 1, 1}, philox{.seed = 3}, expected, 300);
    CHECK((xt == expected).all());

    const Eigen::ArrayXXf data = Eigen::ArrayXXf::Ones(6, 2);
    const auto predictor = predicts_noise(
        [](const Eigen::ArrayXXf& x, double, Eigen::ArrayXXf& out) { out = 0.5f * x; });
    const auto schedule = linear_schedule(20);
    const auto bound = variational_bound(predictor, schedule, data, brownian{.seed = 3});
    const auto same = variational_bound(predictor, schedule, data, philox{.seed = 3});
    CHECK((bound.total == same.total).all());
}

TEST_CASE("a step of Brownian noise allocates nothing") {
    Eigen::ArrayXXf x(700, 3);
    run r(x, network, uneven_grid(vp_path{}, 4), ddpm{}, brownian{.seed = 1});
    r.start_from_prior();
    r.step();
    const std::size_t before = fokker_test::allocations();
    r.step();
    CHECK(fokker_test::allocations() == before);
}

TEST_CASE(
    "steps that are too short for the clock are refused before any call, through every wrapper") {
    const auto at = [](double sigma) { return edm_path{}.at(sigma); };
    const knot s = at(1.0), t = at(1.0 - 1e-11);
    const grid close{at(3.0), s, t, knot{}}, apart{at(3.0), s, at(0.5), knot{}};
    const auto refuses = [&](auto make_source) {
        int calls = 0;
        const auto counting = [&](const Eigen::ArrayXXd& x, double, Eigen::ArrayXXd& out) {
            ++calls;
            out = 0.5 * x;
        };
        Eigen::ArrayXXd x = Eigen::ArrayXXd::Ones(4, 2);
        auto source = make_source();
        CHECK_THROWS_WITH(denoise(x, counting, close, ddpm{}, source), ContainsSubstring("2^-34"));
        CHECK(calls == 0);
        CHECK((x == 1.0).all());
        CHECK_NOTHROW(denoise(x, counting, apart, ddpm{}, source));
    };
    refuses([] { return brownian{.seed = 1}; });
    refuses([] { return recording(brownian{.seed = 1}); });
    refuses([] { return prior_and_steps(philox{}, brownian{.seed = 1}); });
    refuses([] { return per_sample(std::vector<brownian>(2)); });
}
