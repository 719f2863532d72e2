#include <fokker/path/grids/restart.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>

#include "../../catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Eight steps in sigma, of which 0.7 is nearest to the knot at 0.8, and a step to the data.
grid plain() { return from_sigmas(edm_path{}, {10.0, 5.0, 3.0, 2.0, 1.2, 0.8, 0.5, 0.2, 0.0}); }

std::vector<double> sigmas_of(const grid& walk) {
    std::vector<double> sigmas;
    for (const knot& k : walk) sigmas.push_back(k.noise_to_signal());
    return sigmas;
}

bool same(const grid& a, const grid& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end()) && a.jumps() == b.jumps() &&
           a.has_path() == b.has_path();
}

void check_refused(const grid& walk, const restart_options& interval, const char* why) {
    CHECK_THROWS_WITH(restarted(walk, interval), ContainsSubstring(why));
}

}  // namespace

TEST_CASE("a restart jumps from the knot nearest to sigma_min and walks down by Karras' spacing") {
    const restart_options interval{.sigma_min = 0.7, .sigma_max = 4.0, .times = 2, .steps = 3};
    const grid walk = restarted(plain(), interval);
    REQUIRE(walk.steps() == 8 + 2 * (3 + 1));
    CHECK(walk.jumps() == 2);
    for (int i = 0; i < walk.steps(); ++i) CHECK(walk.is_jump(i) == (i == 5 || i == 9));
    const auto sigmas = sigmas_of(walk);
    const auto root = [](double sigma) { return std::pow(sigma, 1.0 / 7.0); };
    for (const std::size_t top : {6u, 10u}) {
        CHECK(sigmas[top - 1] == Catch::Approx(0.8));
        CHECK(sigmas[top] == Catch::Approx(4.0).epsilon(1e-14));
        for (const std::size_t j : {0u, 1u, 2u, 3u})
            CHECK(root(sigmas[top + j]) ==
                  Catch::Approx(root(4.0) + double(j) / 3 * (root(0.8) - root(4.0))));
        CHECK(walk[top + 3] == plain()[5]);
    }
    CHECK(walk.walked(6).lambda() == walk[6].lambda());
    CHECK(walk.has_path());
    // Before and after them it is the grid.
    CHECK(same(walk.until(5), plain().until(5)));
    CHECK(same(walk.from(13), plain().from(5)));
}

TEST_CASE("rho spaces the knots of a restart") {
    const grid walk =
        restarted(plain(), {.sigma_min = 0.8, .sigma_max = 4.0, .times = 1, .steps = 4, .rho = 2});
    for (const std::size_t j : {0u, 1u, 2u, 3u, 4u})
        CHECK(std::sqrt(sigmas_of(walk)[6 + j]) ==
              Catch::Approx(2.0 + double(j) / 4 * (std::sqrt(0.8) - 2.0)).epsilon(1e-13));
}

TEST_CASE("a restart begins neither at the first knot nor at the clean data") {
    const auto begin = [](double sigma_min, double sigma_max) {
        const grid walk =
            restarted(plain(), {.sigma_min = sigma_min, .sigma_max = sigma_max, .steps = 1});
        int i = 0;
        while (!walk.is_jump(i)) ++i;
        return walk[static_cast<std::size_t>(i)].sigma;
    };
    CHECK(begin(9.9, 10) == Catch::Approx(5));
    CHECK(begin(0.01, 1) == Catch::Approx(0.2));
}

TEST_CASE("several intervals restart where each begins") {
    const grid walk =
        restarted(plain(), {{.sigma_min = 0.5, .sigma_max = 1.0, .times = 3, .steps = 1},
                            {.sigma_min = 2.0, .sigma_max = 10.0, .times = 1, .steps = 2}});
    const std::vector<double> expected{10, 5, 3,  2, 10, 0, 2,  1.2, .8,
                                       .5, 1, .5, 1, .5, 1, .5, .2,  0};
    const auto sigmas = sigmas_of(walk);
    REQUIRE(sigmas.size() == expected.size());
    for (std::size_t i = 0; i < sigmas.size(); ++i)
        if (i != 5) CHECK(sigmas[i] == Catch::Approx(expected[i]));
    CHECK(walk.jumps() == 4);
}

TEST_CASE("a grid with no restarts is the grid") {
    CHECK(same(restarted(plain(), std::vector<restart_options>{}), plain()));
    CHECK(same(restarted(plain(), {.sigma_min = 1, .sigma_max = 2, .times = 0, .steps = 1}),
               plain()));
}

TEST_CASE("restarts on other paths, and on a grid made by hand") {
    const auto schedule = scaled_linear_schedule();
    const restart_options interval{.sigma_min = 0.5, .sigma_max = 3.0, .steps = 4};
    const grid walk = restarted(trailing(schedule, 20), interval);
    CHECK(walk.jumps() == 1);
    for (const knot& k : walk)
        CHECK(k.alpha * k.alpha + k.sigma * k.sigma == Catch::Approx(1.0).epsilon(1e-14));
    // From the path's noisiest knot, and from alpha = 0.
    const double most = schedule.at(999).noise_to_signal();
    CHECK(restarted(trailing(schedule, 20), {.sigma_min = 1, .sigma_max = most, .steps = 2})
              .jumps() == 1);
    CHECK(restarted(linspace(flow_path{}, 9), interval).front().alpha == 0.0);
    const grid by_hand({{2, 0.1, 0.9}, {1, 0.5, 0.5}, {0, 1.0, 0.0}}, flow_path{});
    CHECK(restarted(by_hand, {.sigma_min = 1, .sigma_max = 3, .steps = 2}).jumps() == 1);
    // The labels are those of the grid's own schedule.
    const auto other = scaled_linear_schedule();
    const grid labelled = restarted(trailing(other, 10), interval);
    for (const knot& k : labelled)
        if (k.sigma > 0) CHECK(k.t == Catch::Approx(other.time(k.lambda())).margin(1e-6));
}

TEST_CASE("what is no restart is refused, naming it") {
    check_refused(plain(), {.sigma_max = 2, .steps = 1}, "sigma_min of a restart is 0");
    check_refused(plain(), {.sigma_min = 1, .sigma_max = 2}, "steps is 0");
    check_refused(plain(), {.sigma_min = 1, .sigma_max = 2, .times = -1, .steps = 1},
                  "times is -1");
    check_refused(plain(), {.sigma_min = 1, .sigma_max = 2, .steps = 1, .rho = 0}, "rho is 0");
    check_refused(plain(), {.sigma_min = 1, .sigma_max = 0.5, .steps = 1}, "restart is 0.5");
    check_refused(plain(), {.sigma_min = 1, .sigma_max = 11, .steps = 1}, "grid's first, at 10");
    check_refused(from_sigmas(edm_path{}, {2.0, 0.0}), {.sigma_min = 1, .sigma_max = 2, .steps = 1},
                  "nowhere to begin");
    check_refused(plain().reversed(), {.sigma_min = 1, .sigma_max = 2, .steps = 1}, "is reversed");
    const restart_options fair{.sigma_min = 1, .sigma_max = 2, .steps = 1};
    check_refused(restarted(plain(), fair), fair, "has jumps already");
    CHECK_THROWS_WITH(restarted(plain(), {fair, fair}),
                      ContainsSubstring("begin at the same knot"));
    check_refused(grid{{2, 0.1, 0.9}, {1, 0.5, 0.5}, {0, 1.0, 0.0}}, fair, "was made by hand");
}

TEST_CASE("parts of a walk with jumps") {
    const grid walk = restarted(plain(), {.sigma_min = 2, .sigma_max = 5, .times = 2, .steps = 2});
    // 10 5 3 2 | 5 . 2 | 5 . 2 1.2 ..
    CHECK(walk.from(4).jumps() == 1);
    CHECK(walk.from(4).is_jump(2));
    CHECK(walk.until(4).is_jump(3));
    CHECK(walk.until(3).jumps() == 0);
    // Without jumps a part is a plain grid, which can be reversed and shortened.
    CHECK(walk.until(3).reversed().is_reversed());
    CHECK(walk.from(8).reversed().is_reversed());
    CHECK(walk.from(8).from_strength(0.5).steps() == (walk.steps() - 8) / 2);
    CHECK_THROWS_WITH(walk.from(2),
                      ContainsSubstring("from(2)") && ContainsSubstring("lay the jumps over it"));
    CHECK_THROWS_WITH(walk.from(3), ContainsSubstring("from(3)"));
    CHECK_THROWS_WITH(walk.from_strength(0.5), ContainsSubstring("has jumps"));
    CHECK_THROWS_WITH(walk.reversed(), ContainsSubstring("cannot be reversed"));
    // By hand they are still an error.
    CHECK_THROWS_WITH(grid(std::vector<knot>(walk.begin(), walk.end())),
                      ContainsSubstring("from noise to data"));
}
