#include <fokker/core/step_weights.hpp>

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/any_solver.hpp>
#include <fokker/fokker.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::WithinRel;

namespace {

/// A correction that does nothing but write down what it is asked about.
struct listener {
    std::vector<core::step_weights>* heard;

    void operator()(const auto&, const knot&, auto&) const {}
    void check_step(const knot&, const knot&, const core::step_weights& w) const {
        heard->push_back(w);
    }
};

const grid walk = uniform_lambda(linear_schedule(), 5);

std::vector<core::step_weights> weights_of(const auto& solver, const grid& knots = walk,
                                           corrected_noise noise = corrected_noise::follows_data) {
    std::vector<core::step_weights> heard;
    const auto network = [](const auto& x, const knot&, auto& out) { out = 0.1 * x; };
    Eigen::ArrayXXd x(7, 2);
    run r(x, predicts_noise(network).with_correction(listener{&heard}, noise), knots, solver,
          philox{.seed = 1});
    CHECK(r.network_calls() == 0);
    return heard;
}

/// ddim's step by the noise prediction alone.
struct by_noise {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const double ratio = t.alpha / s.alpha;
        x = ratio * x + (t.sigma - ratio * s.sigma) * run.epsilon(x, s);
    }
};

/// Noise of two assignments.
struct noisy_twice {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 1;

    bool stochastic() const { return true; }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        auto u = run.stage(0);
        u = 0.3 * run.gaussian();
        x = t.alpha * run.data(x, s) + u + 0.4 * run.gaussian();
    }
};

/// The network is called at another array with the knot of the state, and, if `Again`, at the
/// state.
template <bool Again>
struct elsewhere {
    static constexpr int history = 0;
    static constexpr int evaluations = Again ? 2 : 1;
    static constexpr int stages = 1;

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        auto u = run.stage(0);
        u = 0.5 * x;
        u = 1.0 * run.data(u, s);
        if constexpr (Again)
            x = t.alpha * run.data(x, s) + 0.0 * u;
        else
            x = t.alpha * u;
    }
};

/// What an earlier step left is added.
struct remembering {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int memories = 1;

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        auto kept = run.memory(0);
        const auto D = run.data(x, s);
        x = t.alpha * D + 0.1 * kept;
        kept = 1.0 * D;
    }
};

}  // namespace

TEST_CASE("what a step makes of the state, the data and noise is known before the walk") {
    for (const double eta : {0.0, 0.4, 1.0}) {
        const auto found = weights_of(ddim{.eta = eta});
        REQUIRE(found.size() == 5);
        for (std::size_t i = 0; i < found.size(); ++i) {
            const posterior q = posterior_between(walk[i + 1], walk[i], eta);
            CHECK(found[i].is_all);
            CHECK_THAT(found[i].state, WithinRel(q.state, 1e-12));
            CHECK_THAT(found[i].data, WithinRel(q.data, 1e-12));
            CHECK_THAT(found[i].std, WithinRel(q.std, 1e-12));
            CHECK(found[i].noise == 0.0);
        }
    }
    // A step by the network's own noise prediction.
    const auto by_both = weights_of(ddim{.eta = 0.4}, walk, corrected_noise::as_predicted);
    for (std::size_t i = 0; i < by_both.size(); ++i) {
        const double std = posterior_between(walk[i + 1], walk[i], 0.4).std;
        CHECK(by_both[i].state == 0.0);
        CHECK_THAT(by_both[i].data, WithinRel(walk[i + 1].alpha, 1e-12));
        CHECK_THAT(by_both[i].noise + 1,
                   WithinRel(std::sqrt(std::pow(walk[i + 1].sigma, 2) - std * std) + 1, 1e-12));
        CHECK_THAT(by_both[i].std, WithinRel(std, 1e-12));
    }
    // What counts the noise prediction counts the state and the data in it.
    const auto in_noise = weights_of(by_noise{}), in_data = weights_of(ddim{});
    for (std::size_t i = 0; i + 1 < in_noise.size(); ++i) {
        CHECK(in_noise[i].is_all);
        CHECK_THAT(in_noise[i].state, WithinRel(in_data[i].state, 1e-9));
        CHECK_THAT(in_noise[i].data, WithinRel(in_data[i].data, 1e-9));
    }
    // Independent noise adds up by its variance.
    for (const core::step_weights& each : weights_of(noisy_twice{}))
        CHECK_THAT(each.std, WithinRel(0.5, 1e-12));
    // Euler's step is that of ddim where alpha = 1.
    const grid edm = karras(edm_path{}, 4);
    const auto first = weights_of(euler{}, edm), other = weights_of(ddim{}, edm);
    for (std::size_t i = 0; i < first.size(); ++i)
        CHECK_THAT(first[i].data, WithinRel(other[i].data, 1e-12));
    CHECK(weights_of(any_solver(ddpm{})).size() == 5);
    // The jumps of a grid are no steps of the solver.
    const grid back =
        resampled(trailing(linear_schedule(), 6), {.jump_length = 2, .jump_samples = 2});
    CHECK(static_cast<int>(weights_of(ddpm{}, back).size()) == back.steps() - back.jumps());
}

TEST_CASE("a step of more than the state, one prediction and noise of one deviation is told so") {
    const auto is_all = [](const auto& solver) {
        for (const auto& each : weights_of(solver))
            if (!each.is_all) return false;
        return true;
    };
    CHECK(is_all(euler_ancestral{}));
    CHECK(is_all(any_solver(ddim{})));
    CHECK(!is_all(heun{}));
    CHECK(!is_all(dpm2{}));
    CHECK(!is_all(dpm_solver_pp_2m{}));
    CHECK(!is_all(any_solver(dpm_solver_pp_2m{})));
    CHECK(!is_all(reversible_heun{}));
    CHECK(!is_all(dormand_prince{}));
    CHECK(!is_all(elsewhere<false>{}));
    CHECK(!is_all(elsewhere<true>{}));
    CHECK(!is_all(remembering{}));
}
