// A solver of the user's own, and what the walk refuses.
#include <fokker/core/walk.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <utility>
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

namespace {

/// Counts its steps in a memory, before it calls the network.
struct remembering {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int memories = 2;

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const auto counted = run.memory(0), twice = run.memory(1);
        const auto D = run.data(run.x(), s);
        if (run.first()) counted = 0.0 * run.x();
        counted = 1.0 * counted + 1.0 * D;
        counted = 1.0 * counted + 1.0 * D;
        twice = 2.0 * counted;
        const auto again = run.data(twice, t);
        run.x() = 1.0 * counted + 0.0 * again;
    }
};

}  // namespace

TEST_CASE("a step that fails leaves memories as they were, however often they were assigned") {
    int calls = 0, fails_at = -1;
    const auto ones = [&](const Eigen::ArrayXXd& x, double, Eigen::ArrayXXd& out) {
        if (calls++ == fails_at) throw calls;
        out = Eigen::ArrayXXd::Ones(x.rows(), x.cols());
    };
    const grid walk = uneven_grid(vp_path{}, 4);
    for (fails_at = 0; fails_at < 8; ++fails_at) {
        calls = 0;
        Eigen::ArrayXXd x = Eigen::ArrayXXd::Zero(3, 1);
        run r(x, predicts_data(ones), walk, remembering{});
        while (!r.done()) try {
                r.step();
                CHECK((x == 2.0 * r.index()).all());
            } catch (int) {}
        CHECK(r.index() == 4);
    }
}

namespace {

/// Looks back on noise predictions, and reads the one of this step before x is assigned, or not.
template <bool Reads>
struct keeps_noise {
    static constexpr int history = 1;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const auto E = run.epsilon(run.x(), s);
        if (Reads) run.stage(0) = 1.0 * E;
        if (run.first())
            run.x() = t.alpha / s.alpha * run.x() + 0.1 * E;
        else
            run.x() = t.alpha / s.alpha * run.x() + 0.2 * E - 0.1 * run.past(1);
    }
};

}  // namespace

TEST_CASE("a run gives the data prediction, whatever the solver keeps and the network predicts") {
    const auto triple = [](const Eigen::ArrayXXd& x, double, Eigen::ArrayXXd& out) { out = 3 * x; };
    const grid walk = uneven_grid(vp_path{}, 5);
    const auto check = [&](const auto& model, const auto& data_of_state, const auto& solver) {
        Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(7, -1.0, 1.0);
        run r(x, model, walk, solver);
        while (!r.done()) {
            const Eigen::ArrayXXd wanted = data_of_state(x, r.knot());
            r.step();
            CHECK((r.prediction() - wanted).abs().maxCoeff() < 1e-13);
        }
        // It costs no bit of the samples.
        Eigen::ArrayXXd y = Eigen::ArrayXd::LinSpaced(7, -1.0, 1.0);
        run without(y, model, walk, solver);
        without.keep_prediction(false);
        while (!without.done()) without.step();
        CHECK((x == y).all());
        CHECK_THROWS_WITH(without.prediction(), ContainsSubstring("none was kept"));
    };
    const auto both = [&](const auto& model, const auto& data_of_state) {
        check(model, data_of_state, keeps_noise<false>{});
        check(model, data_of_state, keeps_noise<true>{});
    };
    const auto said = [](const Eigen::ArrayXXd& x, const knot&) -> Eigen::ArrayXXd {
        return 3 * x;
    };
    const auto by_noise = [](const Eigen::ArrayXXd& x, const knot& k) -> Eigen::ArrayXXd {
        return (x - k.sigma * 3 * x) / k.alpha;
    };
    const auto bounded = [](const auto& data) {
        return [data](const Eigen::ArrayXXd& x, const knot& k) -> Eigen::ArrayXXd {
            return data(x, k).max(-0.5).min(0.25);
        };
    };
    both(predicts_data(triple), said);
    both(predicts_noise(triple), by_noise);
    both(predicts_data(triple).clipped(-0.5, 0.25), bounded(said));
    both(predicts_noise(triple).clipped(-0.5, 0.25), bounded(by_noise));
}

TEST_CASE("a network may give its output another array, and the user the state") {
    std::vector<std::vector<double>> graveyard;
    const auto replaces = [&](const std::vector<double>& x, double, std::vector<double>& out) {
        std::vector<double> fresh(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) fresh[i] = 0.5 * x[i];
        std::swap(out, fresh);
        std::fill(fresh.begin(), fresh.end(), 1e9);
        graveyard.push_back(std::move(fresh));
    };
    const auto writes = [](const std::vector<double>& x, double, std::vector<double>& out) {
        for (std::size_t i = 0; i < x.size(); ++i) out[i] = 0.5 * x[i];
    };
    const auto walked = [&](const auto& network, bool swaps) {
        std::vector<double> x(20, 1.0);
        run r(x, network, uneven_grid(vp_path{}, 6), adams_bashforth{});
        while (!r.done()) {
            r.step();
            if (!swaps) continue;
            std::vector<double> other(x);
            std::swap(x, other);
            std::fill(other.begin(), other.end(), 1e9);
            graveyard.push_back(std::move(other));
        }
        return x;
    };
    const std::vector<double> wanted = walked(writes, false);
    CHECK(walked(replaces, false) == wanted);
    CHECK(walked(writes, true) == wanted);
    CHECK(walked(replaces, true) == wanted);
}

TEST_CASE("a run that was moved goes on, with arrays on the heap or without") {
    const auto network = [](const auto& x, double, auto& out) { out = 0.5 * x; };
    const auto check = [&](auto x) {
        auto y = x;
        const auto grid = uneven_grid(vp_path{}, 6);
        run whole(x, network, fokker::grid(grid), remembering{});
        while (!whole.done()) whole.step();
        run first(y, network, fokker::grid(grid), remembering{});
        for (int i = 0; i < 3; ++i) first.step();
        auto second = std::move(first);
        while (!second.done()) second.step();
        CHECK((x == y).all());
    };
    check(Eigen::ArrayXd::LinSpaced(9, -1.0, 1.0).eval());
    check(Eigen::Array<double, 4, 1>(0.5, 1.0, -2.0, 3.0));
}
