#include <fokker/solver/with_eta.hpp>

#include <Eigen/Core>
#include <cmath>
#include <limits>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

const auto network = fokker_test::exact_network<noise_prediction>{};

ArrayXXd walked(const solver auto& method, const grid& walk) {
    ArrayXXd x(4, 3);
    sample(x, network, walk, method, philox{.seed = 3});
    return x;
}

bool same(const ArrayXXd& a, const ArrayXXd& b) { return (a == b).all(); }

}  // namespace

TEST_CASE("a constant function is the number, to the last bit") {
    const grid walk = trailing(linear_schedule(), 7);
    const auto half = [](const knot&, const knot&) { return 0.5; };
    const auto check = [&](auto method) {
        const auto plain = method;
        method.eta = 0.5;
        CHECK(same(walked(with_eta(plain, half), walk), walked(method, walk)));
    };
    check(ddim{});
    check(euler_ancestral{});
    check(dpm_solver_pp_2s_ancestral{});
    check(sde_dpm_solver_pp<2>{});
    check(seeds<3>{});
    check(res_multistep_ancestral{});
}

TEST_CASE("each step has an eta of its own") {
    const grid walk = trailing(linear_schedule(), 6);
    const auto falling = [](const knot& s, const knot& t) { return (s.t + t.t) / 2000; };
    ArrayXXd x(4, 3), y(4, 3);
    run whole(x, network, walk, with_eta(euler_ancestral{}, falling), philox{.seed = 5});
    whole.start_from_prior();
    y = x;
    for (int i = 0; i < walk.steps(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        run one(y, network, walk, euler_ancestral{.eta = falling(walk[at], walk[at + 1])},
                philox{.seed = 5});
        one.seek(i);
        one.step();
        whole.step();
        CHECK(same(x, y));
    }
}

TEST_CASE("an adaptive solver and one with a second output are wrapped, too") {
    const auto none = [](const knot&, const knot&) { return 0.0; };
    const grid walk = uniform_lambda(vp_path{}, 2, grid_end::least_noise);
    const step_control control{.tolerated = {.over = error_over::worst_sample}};
    CHECK(same(walked(with_eta(dpm_solver_adaptive<2>{.control = control}, none), walk),
               walked(dpm_solver_adaptive<2>{.control = control}, walk)));
    ArrayXXd x(4, 3), y(4, 3);
    const auto guide = [&](ArrayXXd& out, const auto& method) {
        sample(out, predicts_noise(guided(network, network, 0.5)), walk, method, philox{.seed = 3});
    };
    guide(x, with_eta(euler_ancestral_cfg_pp{}, none));
    guide(y, euler_ancestral_cfg_pp{.eta = 0.0});
    CHECK(same(x, y));
}

TEST_CASE("an eta that the solver refuses is refused before the network is called") {
    const grid walk = trailing(linear_schedule(), 6);
    int calls = 0;
    const auto counted = [&](const ArrayXXd& in, double, ArrayXXd& out) {
        ++calls;
        out = in;
    };
    const auto refuses = [&](const auto& method, const char* words) {
        ArrayXXd x(4, 3);
        CHECK_THROWS_WITH(sample(x, counted, walk, method, philox{}), ContainsSubstring(words));
    };
    const auto late = [](const knot&, const knot& t) { return t.sigma == 0 ? 1.5 : 0.5; };
    refuses(with_eta(euler_ancestral{}, late), "eta is 1.5");
    const auto negative = [](const knot&, const knot&) { return -0.1; };
    refuses(with_eta(sde_dpm_solver_pp<2>{}, negative), "eta is -0.1");
    CHECK(calls == 0);
    const auto half = [](const knot&, const knot&) { return 0.5; };
    ArrayXXd x = ArrayXXd::Ones(4, 3);
    CHECK_THROWS_WITH(denoise(x, counted, walk, with_eta(ddim{}, half)),
                      ContainsSubstring("pass a noise source"));
}

TEST_CASE("it allocates nothing after the first step") {
    const auto half = [](const knot&, const knot&) { return 0.5; };
    ArrayXXd x = ArrayXXd::Ones(4, 3);
    run steps(x, network, trailing(linear_schedule(), 6), with_eta(sde_dpm_solver_pp<2>{}, half),
              philox{.seed = 1});
    steps.step();
    const std::size_t before = fokker_test::allocations();
    while (!steps.done()) steps.step();
    CHECK(fokker_test::allocations() == before);
}
