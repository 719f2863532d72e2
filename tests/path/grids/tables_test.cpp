#include <fokker/path/grids/tables.hpp>

#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <vector>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {
const auto schedule = scaled_linear_schedule();
constexpr auto least = grid_end::least_noise;
}  // namespace

TEST_CASE("the tables end clean or at the least noise") {
    for (const auto network : {align_your_steps_for::sd15, align_your_steps_for::sdxl}) {
        const grid clean = align_your_steps(schedule, 10, network);
        const grid open = align_your_steps(schedule, 10, network, {.end = least});
        CHECK(clean.back() == knot{-1, 1, 0});
        CHECK(open.back() == schedule.at(0));
        CHECK(open.steps() == 10);
        CHECK(open[9] == clean[9]);
    }
    CHECK(
        align_your_steps(edm_path{}, 10, align_your_steps_for::svd, {.end = least}).back().sigma ==
        Approx(0.002));
    CHECK(gits(schedule, 7, {.end = least}).back() == schedule.at(0));
    CHECK(gits(schedule, 30, {.end = least}).steps() == 30);
}

TEST_CASE("ComfyUI's digits differ in the third") {
    const align_your_steps_options comfyui{.digits = align_your_steps_digits::comfyui};
    CHECK(
        align_your_steps(schedule, 10, align_your_steps_for::sd15, comfyui)[2].noise_to_signal() ==
        Approx(3.8636745985).epsilon(1e-12));
    CHECK(
        align_your_steps(schedule, 10, align_your_steps_for::sdxl, comfyui)[1].noise_to_signal() ==
        Approx(6.3184485287).epsilon(1e-12));
}

TEST_CASE("ComfyUI's digits are the schedule's own at the training times of the paper") {
    const align_your_steps_options comfyui{.digits = align_your_steps_digits::comfyui,
                                           .end = least};
    const auto check = [&](align_your_steps_for network, const std::vector<double>& times) {
        const grid walk = align_your_steps(schedule, 10, network, comfyui);
        REQUIRE(walk.size() == times.size());
        for (std::size_t i = 0; i < times.size(); ++i)
            CHECK(walk[i].noise_to_signal() ==
                  Approx(schedule.at(times[i]).noise_to_signal()).epsilon(2e-9));
    };
    check(align_your_steps_for::sd15, {999, 850, 736, 645, 545, 455, 343, 233, 124, 24, 0});
    check(align_your_steps_for::sdxl, {999, 845, 730, 587, 443, 310, 193, 116, 53, 13, 0});
}

TEST_CASE("wrong parameters of tables are named") {
    const auto sd15 = align_your_steps_for::sd15;
    CHECK_THROWS_WITH(align_your_steps(schedule, 0, sd15), ContainsSubstring("steps is 0"));
    CHECK_THROWS_WITH(align_your_steps(schedule, 10, align_your_steps_for::svd),
                      ContainsSubstring("the table's sigma_max is 700"));
    CHECK_THROWS_WITH(align_your_steps(linear_schedule(1000, 0.05, 0.1), 10, sd15, {.end = least}),
                      ContainsSubstring("the table's sigma_min"));
    CHECK_THROWS_WITH(gits(schedule, 1), ContainsSubstring("steps is 1"));
    CHECK_THROWS_WITH(gits(schedule, 5, {.coefficient = 0.75}),
                      ContainsSubstring("coefficient is 0.75"));
    CHECK_THROWS_WITH(gits(schedule, 5, {.coefficient = 1.22}),
                      ContainsSubstring("coefficient is 1.22"));
    CHECK_THROWS_WITH(gits(schedule, 5, {.coefficient = 1.55}),
                      ContainsSubstring("0.8, 0.85, .. 1.5"));
    CHECK(gits(schedule, 5, {.coefficient = 1.15}).steps() == 5);
}
