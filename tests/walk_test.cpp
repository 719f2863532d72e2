// A solver of the user's own, and what the walk refuses.
#include <fokker/walk.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::exact_network;
using fokker_test::uneven_grid;

namespace {

/// Two-step Adams-Bashforth in the noise prediction: keeps epsilon, not the data.
struct adams_bashforth {
    static constexpr int history = 1;
    static constexpr int evaluations = 1;

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto e = run.epsilon(x, s);
        const double h = t.noise_to_signal() - s.noise_to_signal();
        if (run.first()) {
            x = (t.alpha / s.alpha) * x + t.alpha * h * e;
            return;
        }
        const double r = h / (s.noise_to_signal() - run.before(1).noise_to_signal());
        x = (t.alpha / s.alpha) * x + t.alpha * h * ((1 + r / 2) * e - r / 2 * run.past(1));
    }
};

/// The midpoint rule in log(sigma / alpha): a stage, and a knot between two of the grid.
struct midpoint {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const knot m = run.knot_at(0.5 * (s.lambda() + t.lambda()));
        auto x = run.x();
        auto half = run.stage(0);
        half = (m.sigma / s.sigma) * x + (m.alpha - m.sigma / s.sigma * s.alpha) * run.data(x, s);
        x = (t.sigma / s.sigma) * x + (t.alpha - t.sigma / s.sigma * s.alpha) * run.data(half, m);
    }
};

struct greedy {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    void step(auto& run) const {
        auto x = run.x();
        const auto [s, t] = run.interval();
        x = run.data(x, s) + run.data(x, s);
    }
};

struct forgetful {
    static constexpr int history = 1;
    static constexpr int evaluations = 1;
    void step(auto& run) const {
        auto x = run.x();
        const auto [s, t] = run.interval();
        const auto D = run.data(x, s);
        x = D + run.past(1);  // in the first step there is none
    }
};

struct forgets_stages {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;
    void step(auto& run) const {
        auto y = run.stage(1);
        y = 1.0 * run.x();
    }
};

struct assigns_twice {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    void step(auto& run) const {
        auto x = run.x();
        x = 2.0 * x;
        x = 2.0 * x;
    }
};

struct shrinks {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    void step(auto& run) const {
        auto x = run.x();
        x = 0.5 * x;
    }
};

/// Draws for its step, or for a part of it that it names.
struct part_drawer {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    bool named = false;
    bool stochastic() const { return true; }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        if (named)
            x = x + run.gaussian(s, knot{0.0, t.alpha, 0.5 * t.sigma});
        else
            x = x + run.gaussian();
    }
};

/// Notes what it is told of a draw, and gives zeros.
struct told_source {
    static constexpr bool counted = false;
    std::vector<noise_draw> draws;
    template <class T>
    void begin_draw(const noise_draw& draw) {
        draws.push_back(draw);
    }
    template <class T>
    void fill(T* out, std::size_t count, noise_position) {
        std::fill_n(out, count, T(0));
    }
};

struct assigns_never {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    void step(auto&) const {}
};

template <class Solver>
double error_of(const Solver& solver, int steps) {
    const fokker_test::mixture m;
    const auto walk = uneven_grid(vp_path{}, steps);
    Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(9, -2, 2), exact(9);
    for (Eigen::Index i = 0; i < 9; ++i)
        exact[i] = fokker_test::exact_flow(m, x[i], walk.front(), walk.back());
    denoise(x, exact_network<>{m}, walk, solver);
    return (x - exact).matrix().norm();
}

}  // namespace

TEST_CASE("a solver of the user's own has its order") {
    CHECK(std::log2(error_of(adams_bashforth{}, 128) / error_of(adams_bashforth{}, 256)) ==
          Catch::Approx(2.0).margin(0.1));
    CHECK(std::log2(error_of(midpoint{}, 64) / error_of(midpoint{}, 128)) ==
          Catch::Approx(2.0).margin(0.15));
    CHECK(error_of(midpoint{}, 64) < 0.1 * error_of(ddim{}, 64));
}

TEST_CASE("a solver that breaks its own promises is told so") {
    const auto walk = uneven_grid(vp_path{}, 3);
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(3);
    CHECK_THROWS_WITH(denoise(x, exact_network<>{}, walk, greedy{}),
                      ContainsSubstring("`evaluations` = 1"));
    CHECK_THROWS_WITH(denoise(x, exact_network<>{}, walk, forgetful{}),
                      ContainsSubstring("past(1)") && ContainsSubstring("0 steps were done"));
    CHECK((x == 1.0).all());
    CHECK_THROWS_WITH(denoise(x, exact_network<>{}, walk, forgets_stages{}),
                      ContainsSubstring("stage(1)"));
    CHECK_THROWS_WITH(denoise(x, exact_network<>{}, walk, assigns_never{}),
                      ContainsSubstring("without assigning x()"));
    CHECK_THROWS_WITH(denoise(x, exact_network<>{}, walk, assigns_twice{}),
                      ContainsSubstring("x() twice"));
}

TEST_CASE("a step may do without the network") {
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(3);
    run r(x, exact_network<>{}, uneven_grid(vp_path{}, 3), shrinks{});
    r.step();
    CHECK(x.isApproxToConstant(0.5));
    CHECK(r.evaluations() == 0);
    CHECK_THROWS_WITH(r.prediction(), ContainsSubstring("no prediction"));
}

TEST_CASE("a knot between those of a hand-made grid needs the path") {
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(3);
    const grid by_hand{{0.9, 0.1, 0.9}, {0.1, 0.9, 0.1}};
    CHECK_THROWS_WITH(denoise(x, exact_network<>{}, by_hand, midpoint{}),
                      ContainsSubstring("made by hand"));
}

TEST_CASE("a source is told of each draw: its shape, its number, the step's interval") {
    const auto walk = uneven_grid(vp_path{}, 2);
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Ones(3, 2);
    told_source told;
    run r(x, exact_network<>{}, walk, part_drawer{}, told);
    r.start_from_prior();
    while (!r.done()) r.step();
    REQUIRE(told.draws.size() == 3);
    for (const noise_draw& each : told.draws) CHECK(each.shape == array_shape{2, 3});
    CHECK(told.draws[0].draw == 0);
    CHECK(told.draws[0].from == told.draws[0].to);
    for (std::size_t k = 1; k < 3; ++k) {
        CHECK(told.draws[k].draw == 256 * k);
        CHECK(told.draws[k].from == brownian_clock(walk[k - 1]));
        CHECK(told.draws[k].to == brownian_clock(walk[k]));
    }
    run part(x, exact_network<>{}, walk, part_drawer{true}, told);
    part.step();
    CHECK(told.draws[3].from == brownian_clock(walk[0]));
    CHECK(told.draws[3].to == brownian_clock({0.0, walk[1].alpha, 0.5 * walk[1].sigma}));
}

TEST_CASE("ordinary sources do not care which part of a step a Gaussian is for") {
    Eigen::ArrayXXd a = Eigen::ArrayXXd::Ones(3, 2), b = a;
    denoise(a, exact_network<>{}, uneven_grid(vp_path{}, 2), part_drawer{false}, philox{.seed = 1});
    denoise(b, exact_network<>{}, uneven_grid(vp_path{}, 2), part_drawer{true}, philox{.seed = 1});
    CHECK((a == b).all());
}
