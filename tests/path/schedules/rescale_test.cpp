#include <fokker/path/schedules/rescale.hpp>

#include <cmath>
#include <fokker/error.hpp>
#include <fokker/path/schedules/alpha_bar.hpp>
#include <fokker/path/schedules/betas.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("shifting divides the SNR") {
    const auto schedule = linear_schedule(), shifted = snr_shifted(schedule, 9.0);
    for (int t : {0, 500, 999})
        CHECK(shifted.at(t).lambda() == Approx(schedule.at(t).lambda() - std::log(3.0)));
    const auto back = snr_shifted(shifted, 1.0 / 9.0);
    CHECK(back.at(500).alpha == Approx(schedule.at(500).alpha).epsilon(1e-13));
}

TEST_CASE("zero terminal SNR: the first alpha stays, the last is 0, in between a straight line") {
    for (const auto& schedule : {linear_schedule(), scaled_linear_schedule(), cosine_schedule()}) {
        const auto rescaled = zero_terminal_snr(schedule);
        CHECK(rescaled.at(0).alpha == Approx(schedule.at(0).alpha).epsilon(1e-14));
        CHECK(rescaled.at(999) == knot{999, 0, 1});
        const auto part = [](const discrete_schedule& s) {
            return (s.at(500).alpha - s.at(999).alpha) / (s.at(0).alpha - s.at(999).alpha);
        };
        CHECK(part(rescaled) == Approx(part(schedule)).epsilon(1e-12));
    }
    CHECK(zero_terminal_snr(scaled_linear_schedule(), terminal_snr::diffusers).at(999).alpha ==
          Approx(std::ldexp(1.0, -12)).epsilon(1e-14));
}

TEST_CASE("what is made of a schedule is read as it was") {
    const auto schedule = scaled_linear_schedule();
    const auto otherwise =
        schedule.interpolated(interpolation::sigma).labelled(time_label::truncated);
    for (const auto& made : {snr_shifted(otherwise), zero_terminal_snr(otherwise)}) {
        CHECK(made.at(10.75).t == 10);
        const double middle = made.at(10.75).noise_to_signal();
        const double below = made.at(10).noise_to_signal(), above = made.at(11).noise_to_signal();
        CHECK(middle == Approx(0.25 * below + 0.75 * above).epsilon(1e-13));
    }
    CHECK(zero_terminal_snr(schedule).at(10.75).t == 10.75);
}

TEST_CASE("wrong parameters of rescaling are named") {
    CHECK_THROWS_WITH(snr_shifted(linear_schedule(), 0.0), ContainsSubstring("scale is 0"));
    CHECK_THROWS_WITH(zero_terminal_snr(linear_schedule(1)), ContainsSubstring("at least two"));
    // diffusers itself builds this table, with more noise at 998 than at 999.
    CHECK_THROWS_WITH(zero_terminal_snr(linear_schedule(), terminal_snr::diffusers),
                      ContainsSubstring("take terminal_snr::zero"));
}
