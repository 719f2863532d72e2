#include <fokker/path/schedules/discrete.hpp>

#include <cmath>
#include <fokker/error.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/path/schedules/rescale.hpp>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr interpolation rules[] = {interpolation::log_sigma, interpolation::log_alpha,
                                   interpolation::sigma};

double log_sigma(const knot& k) { return std::log(k.noise_to_signal()); }
double log_alpha(const knot& k) { return std::log(k.alpha); }
double sigma(const knot& k) { return k.noise_to_signal(); }

template <class F>
void check_linear(interpolation rule, const F& of) {
    const auto schedule = linear_schedule().interpolated(rule);
    const double middle = of(schedule.at(10.25));
    CHECK(middle == Approx(0.75 * of(schedule.at(10)) + 0.25 * of(schedule.at(11))).epsilon(1e-12));
}

}  // namespace

TEST_CASE("between training times the interpolation's quantity is linear") {
    check_linear(interpolation::log_sigma, log_sigma);
    check_linear(interpolation::log_alpha, log_alpha);
    check_linear(interpolation::sigma, sigma);
    const auto schedule = linear_schedule();
    CHECK(schedule.at(10.5) == schedule.interpolated(interpolation::log_sigma).at(10.5));
    // Before the first time, from the clean data, log alpha is linear whatever the rule.
    for (const interpolation rule : rules)
        CHECK(log_alpha(schedule.interpolated(rule).at(-0.25)) ==
              Approx(0.75 * log_alpha(schedule.at(0))).epsilon(1e-12));
}

TEST_CASE("the training times are the table's own, whatever the interpolation") {
    for (const interpolation rule : rules)
        for (int t = 0; t < 1000; t += 37) {
            const auto schedule = linear_schedule().interpolated(rule);
            CHECK(schedule.at(t) == linear_schedule().at(t));
            CHECK(schedule.time(schedule.at(t).lambda()) == t);
        }
}

TEST_CASE("time is the inverse of lambda over the whole range, for every interpolation") {
    for (const auto& table : {linear_schedule(), zero_terminal_snr(linear_schedule())})
        for (const interpolation rule : rules) {
            const auto schedule = table.interpolated(rule);
            double worst = 0.0;
            for (double t = -0.99; t < 999.0; t += 0.371)
                worst = std::max(worst, std::abs(schedule.time(schedule.at(t).lambda()) - t));
            // A time is a difference of lambdas a hundredth apart, of up to 5 each.
            CHECK(worst < 1e-12 * 1000);
        }
}

TEST_CASE("a table may end in pure noise: alpha is 0 there, and linear just before") {
    const auto of_bars = discrete_schedule::from_alpha_bars({0.9, 0.25, 0.0});
    CHECK(of_bars.at(2) == knot{2, 0, 1});
    CHECK(of_bars.at(1.25).alpha == Approx(0.375));
    CHECK(of_bars.at(1.25).sigma == Approx(std::sqrt(1 - 0.375 * 0.375)));
    CHECK(of_bars.time(of_bars.at(1.25).lambda()) == Approx(1.25).epsilon(1e-14));
    CHECK(of_bars.time(-600) == Approx(2.0));
    CHECK(of_bars.time(-std::numeric_limits<double>::infinity()) == 2.0);
    CHECK(discrete_schedule::from_betas({0.1, 1.0}).at(1) == knot{1, 0, 1});
}

TEST_CASE("labels between training times are kept, rounded or cut") {
    const auto schedule = linear_schedule();
    const auto rounded = schedule.labelled(time_label::rounded);
    const auto truncated = schedule.labelled(time_label::truncated);
    CHECK(schedule.at(10.75).t == 10.75);
    CHECK(rounded.at(10.75).t == 11);
    CHECK(truncated.at(10.75).t == 10);
    CHECK(rounded.at(10.75).alpha == schedule.at(10.75).alpha);
    CHECK(rounded.at(-0.75).t == 0);  // a time that the network knows
    CHECK(truncated.at(-0.75).t == 0);
    CHECK(rounded.at(-1).t == -1);
    CHECK(rounded.interpolated(interpolation::sigma).at(10.75).t == 11);
}

TEST_CASE("betas and alpha_bars that are no table are named") {
    CHECK_THROWS_WITH(discrete_schedule::from_betas({1.0, 0.5}),
                      ContainsSubstring("beta[0] is 1") && ContainsSubstring("the last may be 1"));
    CHECK_THROWS_WITH(discrete_schedule::from_betas({0.1, 0.0}), ContainsSubstring("beta[1] is 0"));
    CHECK_THROWS_WITH(
        discrete_schedule::from_alpha_bars({0.0, 0.0}),
        ContainsSubstring("alpha_bar[0] is 0") && ContainsSubstring("the last may be 0"));
    CHECK_THROWS_WITH(discrete_schedule::from_alpha_bars({0.5, -0.1}),
                      ContainsSubstring("alpha_bar[1] is -0.1 after 0.5"));
}
