// Counts that no walk has are refused by a sentence, before memory is taken for them.
#include <Eigen/Core>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/model.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/path/grids/fitted.hpp>
#include <fokker/path/grids/optimal.hpp>

#include "../catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int largest = std::numeric_limits<int>::max();
constexpr int most = (1 << 24) - 1;

/// Refuses INT_MAX steps, and the first number beyond the limit.
template <class Lay>
void check_steps(const Lay& lay) {
    for (const int steps : {largest, most + 1})
        CHECK_THROWS_WITH(lay(steps), ContainsSubstring("steps is " + std::to_string(steps)));
}

/// The same for both ends of a walk.
template <class Lay>
void check_ends(const Lay& lay) {
    for (const grid_end end : {grid_end::clean, grid_end::least_noise})
        check_steps([&](int steps) { return lay(steps, end); });
}

}  // namespace

TEST_CASE("every grid over any path refuses more steps than a walk can have") {
    const vp_path path{};
    check_ends([&](int n, grid_end end) { return linspace(path, n, end); });
    check_ends([&](int n, grid_end end) { return time_uniform(path, n, end); });
    check_ends([&](int n, grid_end end) { return time_quadratic(path, n, end); });
    check_ends([&](int n, grid_end end) { return quadratic(path, n, end); });
    check_ends([&](int n, grid_end end) { return sgm_uniform(path, n, end); });
    check_ends([&](int n, grid_end end) { return uniform_lambda(path, n, end); });
    check_ends([&](int n, grid_end end) { return karras(path, n, {.end = end}); });
    check_ends([&](int n, grid_end end) { return exponential(path, n, {.end = end}); });
    check_ends([&](int n, grid_end end) { return polyexponential(path, n, {.end = end}); });
    check_ends([&](int n, grid_end end) { return kl_optimal(path, n, {.end = end}); });
    check_ends([&](int n, grid_end end) { return beta(path, n, {.end = end}); });
    check_ends(
        [&](int n, grid_end end) { return beta(path, n, {.of = beta_of::sigma, .end = end}); });
    check_ends([&](int n, grid_end end) { return flow(n, {.time_min = 0.1, .end = end}); });
}

TEST_CASE("every grid of a schedule refuses more steps than a walk can have") {
    const auto schedule = scaled_linear_schedule();
    using enum align_your_steps_for;
    check_ends([&](int n, grid_end end) { return trailing(schedule, n, {.end = end}); });
    check_ends([&](int n, grid_end end) { return leading(schedule, n, {.end = end}); });
    check_ends([&](int n, grid_end end) { return linspace(schedule, n, {.end = end}); });
    check_ends([&](int n, grid_end end) { return simple(schedule, n, end); });
    check_ends([&](int n, grid_end end) { return latent_consistency(schedule, n, {.end = end}); });
    check_ends([&](int n, grid_end end) { return gits(schedule, n, {.end = end}); });
    check_ends(
        [&](int n, grid_end end) { return align_your_steps(schedule, n, sd15, {.end = end}); });
}

TEST_CASE("fitted and optimal grids refuse more steps and candidates than there can be") {
    const vp_path path{};
    Eigen::ArrayXXd x(2, 2);
    const auto network = [](const Eigen::ArrayXXd& in, double, Eigen::ArrayXXd& out) { out = in; };
    check_ends([&](int n, grid_end end) {
        return fitted(x, network, path, n, philox{.seed = 1}, {.end = end});
    });
    CHECK_THROWS_WITH(fitted(x, network, path, 5, philox{.seed = 1}, {.fine_steps = largest}),
                      ContainsSubstring("fine_steps is 2147483647"));
    const moments gamma{{path.at(1.0), path.at(1e-3)}, {1.0, 0.1}};
    check_ends([&](int n, grid_end end) { return optimal(path, gamma, n, {.end = end}); });
    CHECK_THROWS_WITH(optimal(path, gamma, 5, {.candidates = largest}),
                      ContainsSubstring("2147483647 knots to choose from"));
    CHECK_THROWS_WITH(optimal(path, gamma, 50000, {.candidates = 50000}),
                      ContainsSubstring("it holds at most 2^28"));
    CHECK_THROWS_WITH(optimal(linear_schedule(20000), gamma, 19999),
                      ContainsSubstring("it holds at most 2^28"));
}

TEST_CASE("walks with absurdly many jumps are refused") {
    const grid plain = karras(edm_path{}, 8);
    const auto refuses = [](const auto& lay, const char* words) {
        CHECK_THROWS_WITH(lay(), ContainsSubstring(words));
    };
    refuses([&] { return resampled(plain, {.jump_length = 1, .jump_samples = largest}); },
            "with its jumps the walk has");
    refuses([&] { return resampled(plain, {.jump_length = 7, .jump_samples = 2097152}); },
            "the walk has 16777216 steps");
    refuses([&] { return resampled(plain, {.jump_length = 4, .jump_samples = 3355443}); },
            "the walk has 16777218 steps");
    CHECK_NOTHROW(resampled(plain, {.jump_length = largest, .jump_samples = 1}));
    refuses([&] { return restarted(plain, {.sigma_min = 1, .sigma_max = 2, .steps = largest}); },
            "steps of a restart is 2147483647");
    refuses(
        [&] {
            return restarted(plain, {.sigma_min = 1, .sigma_max = 2, .times = largest, .steps = 3});
        },
        "with its jumps the walk has");
    refuses(
        [&] {
            return restarted(plain,
                             {{.sigma_min = 1, .sigma_max = 2, .times = 1 << 22, .steps = 1},
                              {.sigma_min = 9, .sigma_max = 20, .times = 1 << 22, .steps = 1}});
        },
        "with its jumps the walk has 16777224 steps");
}

TEST_CASE("schedules of absurdly many training steps are refused") {
    const auto line = [](double u) { return 1.0 - 0.5 * u; };
    check_steps([](int n) { return linear_schedule(n); });
    check_steps([](int n) { return scaled_linear_schedule(n); });
    check_steps([](int n) { return sigmoid_schedule(n); });
    check_steps([](int n) { return cosine_schedule(n); });
    check_steps([](int n) { return exponential_schedule(n); });
    check_steps([](int n) { return laplace_schedule(n); });
    check_steps([&](int n) { return alpha_bar_schedule(n, line); });
    const std::vector<double> many(std::size_t{most} + 1, 0.5);
    CHECK_THROWS_WITH(discrete_schedule::from_betas(many),
                      ContainsSubstring("the number of betas is 16777216"));
    CHECK_THROWS_WITH(discrete_schedule::from_alpha_bars(many),
                      ContainsSubstring("the number of alpha_bars is 16777216"));
}

TEST_CASE("a hand-made walk of more steps than the noise has numbers for is refused") {
    CHECK_THROWS_WITH(grid(std::vector<knot>(std::size_t{most} + 2)),
                      ContainsSubstring("at most 16777216 knots"));
}
