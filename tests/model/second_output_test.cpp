// Networks with a second output, and solvers that read it.
#include <fokker/model/second_output.hpp>

#include <Eigen/Core>
#include <cmath>
#include <span>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/cfg_pp.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/grids.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

const auto conditional = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
    out = 0.3 * x + 0.1 * k.sigma;
};
const auto unconditional = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
    out = 0.2 * x * x - 0.2 * k.alpha;
};
const auto both = [](const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& second) {
    conditional(x, k, out);
    unconditional(x, k, second);
};

ArrayXXd start() {
    ArrayXXd x(5, 3);
    x.reshaped().setLinSpaced(-1, 1);
    return x;
}

/// Euler's method under CFG++ as loops over its formulas; E is what both parts predict.
ArrayXXd cfg_pp_by_hand(const grid& walk, double scale, double from, double to) {
    ArrayXXd x = start(), c = x, u = x;
    for (int i = 0; i < walk.steps(); ++i) {
        const knot &s = walk[std::size_t(i)], &t = walk[std::size_t(i + 1)];
        conditional(x, s, c);
        unconditional(x, s, u);
        const bool acts = s.noise_to_signal() > from && s.noise_to_signal() <= to;
        const ArrayXXd E = acts ? ArrayXXd(u + scale * (c - u)) : c;
        x = (t.alpha / s.alpha * (x - s.sigma * E) + t.sigma * (acts ? u : c)).eval();
    }
    return x;
}

template <class Model, class Solver>
ArrayXXd denoised(Model&& model, const grid& walk, const Solver& solver) {
    ArrayXXd x = start();
    denoise(x, model, walk, solver);
    return x;
}

}  // namespace

TEST_CASE("CFG++ steps from the guided data with the noise that has no condition") {
    for (const grid& walk :
         {fokker_test::uneven_grid(vp_path{}, 6), fokker_test::uneven_grid(edm_path{}, 6),
          trailing(linear_schedule(), 5)}) {
        const auto same = [&](const ArrayXXd& x, double from = 0, double to = 1e300) {
            return (x - cfg_pp_by_hand(walk, 0.6, from, to)).abs().maxCoeff() <
                   1e-12 * x.abs().maxCoeff();
        };
        CHECK(same(denoised(predicts_noise(guided(conditional, unconditional, 0.6)), walk,
                            euler_cfg_pp{})));
        CHECK(same(denoised(predicts_noise(guided(conditional, unconditional,
                                                  {.scale = 0.6, .from = 0.3, .to = 2})),
                            walk, euler_cfg_pp{}),
                   0.3, 2));
        // The same by one network on the doubled batch.
        const auto doubled = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
            ArrayXXd part(5, 3);
            unconditional(x.leftCols(3), k, part);
            out.leftCols(3) = part;
            conditional(x.rightCols(3), k, part);
            out.rightCols(3) = part;
        };
        CHECK(
            same(denoised(predicts_noise(guided_batch(doubled, {.scale = 0.6, .from = 0.3, .to = 2},
                                                      batch_order::unconditional_first)),
                          walk, euler_cfg_pp{}),
                 0.3, 2));
        // scale 1: the conditional prediction is a network's own, beside an unconditional one.
        const ArrayXXd wanted = cfg_pp_by_hand(walk, 1, 0, 1e300);
        CHECK(denoised(predicts_noise(both, second_output::unconditional), walk, euler_cfg_pp{})
                  .isApprox(wanted, 1e-12));
    }
}

TEST_CASE("where both predictions agree, CFG++ is Euler's method") {
    const auto walk = fokker_test::uneven_grid(vp_path{}, 6);
    CHECK(denoised(guided(conditional, conditional, 3.0), walk, euler_cfg_pp{})
              .isApprox(denoised(conditional, walk, ddim{}), 1e-12));
}

TEST_CASE("the unconditional prediction is read as what the network predicts, scaled or not") {
    const auto walk = fokker_test::uneven_grid(edm_path{}, 5);
    const auto raw = [](const ArrayXXd& x, double label, ArrayXXd& out, ArrayXXd& second) {
        out = 0.5 * x + label;
        second = 0.2 * x;
    };
    // By hand: D = c_skip x + c_out F for both.
    ArrayXXd x = start();
    for (int i = 0; i < walk.steps(); ++i) {
        const knot &s = walk[std::size_t(i)], &t = walk[std::size_t(i + 1)];
        const detail::reading r = edm_prediction{}.at(s);
        const ArrayXXd F = 0.5 * r.input_scale * x + r.label, Fu = 0.2 * r.input_scale * x;
        const ArrayXXd D = r.data.state * x + r.data.output * F,
                       Du = r.data.state * x + r.data.output * Fu;
        x = (D + t.sigma / s.sigma * (x - Du)).eval();
    }
    CHECK(denoised(edm_preconditioned(raw, 0.5, second_output::unconditional), walk, euler_cfg_pp{})
              .isApprox(x, 1e-12));
    // Bounds hold the conditional prediction alone.
    const auto far = [](const ArrayXXd& in, double, ArrayXXd& out, ArrayXXd& second) {
        out = 9 * in;
        second = 4 * in;
    };
    const grid one{{1, 0.6, 0.8}, {0.5, 0.8, 0.6}};
    const ArrayXXd y = start(), wanted = 0.8 * (9 * y).max(-1).min(1) + 0.75 * (y - 0.6 * 4 * y);
    const auto model = predicts_data(far, second_output::unconditional);
    CHECK(denoised(model.clipped(-1, 1), one, euler_cfg_pp{}).isApprox(wanted, 1e-12));
    CHECK(denoised(model.thresholded(0.9, 1.0), one, euler_cfg_pp{}).isApprox(wanted, 1e-12));
}

namespace {

/// Heun, with the raw second outputs of both calls added to the state.
struct reads_twice {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 1;
    bool reads(second_output kind) const { return kind == second_output::noise_squared; }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        auto y = run.stage(0);
        const auto D = run.data(x, s);
        const auto first = run.second();
        y = 0.5 * x + 0.5 * D;
        const auto E = run.data(y, s);
        const auto second = run.second();
        x = D + 2.0 * E + 10.0 * first + 100.0 * second;
        if (run.second_kind() != second_output::noise_squared) throw error("kind");
    }
};

/// Uses the second output where there is one.
struct takes_all {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    bool reads(second_output) const { return true; }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        if (run.second_kind() == second_output::none)
            x = 1.0 * D;
        else
            x = D + run.second();
    }
};

}  // namespace

TEST_CASE("both calls of a step keep their second outputs") {
    ArrayXXd x = ArrayXXd::Constant(4, 2, 1.0);
    const auto network = [](const ArrayXXd& in, double, ArrayXXd& out, ArrayXXd& second) {
        out = 3 * in;
        second = in * in;
    };
    run r(x, predicts_data(network, second_output::noise_squared), grid{{1, 0.6, 0.8}, {0, 1, 0}},
          reads_twice{});
    r.step();
    // D = 3, y = 2, E = 6, second outputs 1 and 4.
    CHECK(x.isApproxToConstant(3 + 12 + 10 + 400));
}

TEST_CASE("a network with a second output may be written in every way") {
    const auto walk = trailing(linear_schedule(), 3);
    const ArrayXXd wanted = denoised(
        predicts_data([](const ArrayXXd& x, double) -> ArrayXXd { return 0.5 * x + 0.25; }), walk,
        takes_all{});
    const auto same = [&](auto&& network) {
        return denoised(predicts_data(network, second_output::variance), walk, takes_all{})
            .isApprox(wanted);
    };
    CHECK(same([](const ArrayXXd& x, double, ArrayXXd& out, ArrayXXd& second) {
        out = 0.5 * x;
        second.setConstant(0.25);
    }));
    CHECK(same([](const ArrayXXd& x, const knot&, ArrayXXd& out, ArrayXXd& second) {
        out = 0.5 * x;
        second.setConstant(0.25);
    }));
    CHECK(same([](const auto& x, auto, auto& out, auto& second) {
        out = 0.5 * x;
        second.setConstant(0.25);
    }));
    CHECK(same([](Eigen::Ref<const ArrayXXd> x, float, Eigen::Ref<ArrayXXd> out,
                  Eigen::Ref<ArrayXXd> second) {
        out = 0.5 * x;
        second.setConstant(0.25);
    }));
    std::vector<double> x{1, 2, 3};
    denoise(x,
            predicts_data(
                [](std::span<const double> in, double, std::span<double> out,
                   std::span<double> second) {
                    for (std::size_t i = 0; i < in.size(); ++i) {
                        out[i] = 0.5 * in[i];
                        second[i] = 0.25;
                    }
                },
                second_output::variance),
            grid{{1, 0.6, 0.8}, {0, 1, 0}}, takes_all{});
    CHECK(x == std::vector<double>{0.75, 1.25, 1.75});
}

TEST_CASE("a second output that no solver reads is kept out of the way") {
    const auto walk = trailing(linear_schedule(), 4);
    CHECK(denoised(predicts_noise(both, second_output::variance_range), walk, heun{})
              .isApprox(denoised(conditional, walk, heun{})));
    CHECK(denoised(both, walk, heun{}).isApprox(denoised(conditional, walk, heun{})));
}

TEST_CASE("bounds and guidance keep what the second output is") {
    const ArrayXXd mask = ArrayXXd::Ones(5, 3);
    const auto check = [&](const auto& make) {
        constexpr auto kind = second_output::noise_squared;
        const auto named = make();
        // A temporary, and a model that stays.
        CHECK(make().clipped(-1, 1).second == kind);
        CHECK(named.clipped(-1, 1).second == kind);
        CHECK(make().thresholded().second == kind);
        CHECK(named.thresholded().second == kind);
        CHECK(make().guided_by(conditional).second == kind);
        CHECK(named.guided_by(conditional).second == kind);
        CHECK(make().with_known_region(mask, mask).second == kind);
        CHECK(named.with_known_region(mask, mask).second == kind);
    };
    check([] { return predicts_flow(both, second_output::noise_squared); });
    check([] { return consistency_preconditioned(both, 0, 1, second_output::noise_squared); });
}

TEST_CASE("a generic network of one output is asked for no second one") {
    // With a fourth argument its body would not compile.
    const auto one = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 0.3 * x; };
    const auto any_number = [=](auto&&... arguments) { return one(arguments...); };
    const auto walk = trailing(linear_schedule(), 4);
    CHECK((denoised(any_number, walk, ddim{}) == denoised(one, walk, ddim{})).all());
}

TEST_CASE("the buffer is there only where it is needed, and steps allocate nothing") {
    constexpr std::size_t tables = 2;  // of all arrays, and of their addresses
    const auto counted = [](const auto& model, const auto& solver) {
        auto walk = trailing(linear_schedule(), 3);
        ArrayXXd x = start();
        const std::size_t at_first = fokker_test::allocations();
        run r(x, model, std::move(walk), solver);
        const std::size_t made = fokker_test::allocations() - at_first - tables;
        r.step();  // a guided network makes its scratch here
        const std::size_t before = fokker_test::allocations();
        while (!r.done()) r.step();
        CHECK(fokker_test::allocations() == before);
        return made;
    };
    CHECK(counted(predicts_noise(conditional), ddim{}) == 1);
    CHECK(counted(predicts_noise(conditional), takes_all{}) == 1);
    CHECK(counted(predicts_noise(both, second_output::variance), ddim{}) == 2);
    CHECK(counted(predicts_noise(both, second_output::variance), heun{}) == 2 + 2 + heun::stages);
    auto pair = predicts_noise(guided(conditional, unconditional, 2.0));
    const auto guided_count = [&](const auto& solver) {
        auto walk = trailing(linear_schedule(), 3);
        ArrayXXd x = start();
        const std::size_t at_first = fokker_test::allocations();
        run r(x, pair, std::move(walk), solver);
        return fokker_test::allocations() - at_first - tables;
    };
    CHECK(guided_count(ddim{}) == 1);
    CHECK(guided_count(euler_cfg_pp{}) == 2);
}

TEST_CASE("guidance keeps the second output of a conditional network that has its own") {
    const auto walk = trailing(linear_schedule(), 3);
    const auto learned = [](const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& second) {
        conditional(x, k, out);
        second.setConstant(0.25);
    };
    const auto other = [](const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& second) {
        unconditional(x, k, out);
        second.setConstant(9);
    };
    const auto guided_mean = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out,
                                 ArrayXXd& second) {
        auto network = guided(conditional, unconditional, 2.0);
        network(x, k, out);
        second.setConstant(0.25);
    };
    const auto run_of = [&](auto&& network) {
        return denoised(predicts_data(network, second_output::variance), walk, takes_all{});
    };
    const ArrayXXd wanted = run_of(guided_mean);
    CHECK(run_of(guided(learned, other, 2.0)).isApprox(wanted));
    CHECK(run_of(guided(learned, unconditional, 2.0)).isApprox(wanted));
    CHECK_FALSE(run_of(guided(learned, unconditional, 1.0)).isApprox(wanted));
}

TEST_CASE("what a solver cannot use is refused before any call") {
    int calls = 0;
    const auto single = [&](const ArrayXXd& x, double, ArrayXXd& out) {
        ++calls;
        out = x;
    };
    const auto twofold = [&](const ArrayXXd& x, double, ArrayXXd& out, ArrayXXd& second) {
        ++calls;
        out = second = x;
    };
    ArrayXXd x = start();
    const auto walk = trailing(linear_schedule(), 3);
    const auto refuses = [&](auto&& model, const auto& solver, const char* words) {
        CHECK_THROWS_WITH(denoise(x, model, walk, solver), ContainsSubstring(words));
        CHECK_THROWS_AS(denoise(x, model, walk, solver), error);
    };
    refuses(single, euler_cfg_pp{}, "the network has none");
    refuses(twofold, euler_cfg_pp{}, "does not say what it is");
    refuses(predicts_noise(twofold, second_output::variance_range), euler_cfg_pp{},
            "cannot use a second output of the kind variance_range");
    refuses(predicts_noise(single, second_output::variance), ddim{},
            "second output is variance, and the network has one output");
    refuses(predicts_noise(guided(single, single, 2.0), second_output::variance), takes_all{},
            "second output is variance, and it is unconditional");
    CHECK(calls == 0);
}

namespace {
struct asks_early {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    bool unconditional;
    bool early;
    bool reads(second_output) const { return true; }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        if (!early) run.data(x, s);
        if (unconditional)
            x = 1.0 * run.unconditional();
        else
            x = 1.0 * run.second();
    }
};
}  // namespace

TEST_CASE("a solver that asks for what is not there is told so") {
    ArrayXXd x = start();
    const auto walk = trailing(linear_schedule(), 3);
    const auto says = [&](auto&& model, const asks_early& solver, const char* words) {
        CHECK_THROWS_WITH(denoise(x, model, walk, solver), ContainsSubstring(words));
    };
    const auto variance = predicts_noise(both, second_output::variance);
    says(variance, {false, true}, "second() was asked for before the network was called");
    says(variance, {true, true}, "unconditional() was asked for before the network was called");
    says(variance, {true, false}, "the network's second output is variance");
    says(predicts_noise(conditional), {false, false}, "the network has no second output");
}

TEST_CASE("a second output of the wrong size is reported") {
    ArrayXXd x = start();
    const auto wrong = [](const ArrayXXd& in, double, ArrayXXd& out, ArrayXXd& second) {
        out = in;
        second.resize(4, 3);
    };
    CHECK_THROWS_WITH(denoise(x, predicts_noise(wrong), trailing(linear_schedule(), 3), ddim{}),
                      ContainsSubstring("the network's second output does not have the shape") &&
                          ContainsSubstring("4 x 3 in place of 5 x 3") &&
                          ContainsSubstring("step 0"));
}
