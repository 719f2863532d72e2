#include <fokker/path/transition.hpp>

#include <cmath>
#include <utility>

#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>

#include "catch.hpp"

using Catch::Approx;

TEST_CASE("a transition composes to the path itself") {
    const fokker::vp_path path;
    const auto s = path.at(0.3), t = path.at(0.6);
    const auto q = fokker::transition_between(s, t);
    CHECK(q.scale * s.alpha == Approx(t.alpha));
    CHECK(q.scale * q.scale * s.sigma * s.sigma + q.std * q.std == Approx(t.sigma * t.sigma));
}

TEST_CASE("the variance of one training step is its beta, and the posterior is Ho et al.'s") {
    const auto schedule = fokker::linear_schedule();
    const double beta = 1e-4 + (0.02 - 1e-4) * 500 / 999;
    const auto s = schedule.at(499), t = schedule.at(500);
    const auto q = fokker::transition_between(s, t);
    CHECK(q.std * q.std == Approx(beta));
    CHECK(q.scale == Approx(std::sqrt(1 - beta)));
    // Ho et al. 2020, eq. 7.
    const auto p = fokker::posterior_between(s, t);
    const double bar_s = s.alpha * s.alpha, bar_t = t.alpha * t.alpha;
    CHECK(p.data == Approx(std::sqrt(bar_s) * beta / (1 - bar_t)));
    CHECK(p.state == Approx(std::sqrt(1 - beta) * (1 - bar_s) / (1 - bar_t)));
    CHECK(p.std * p.std == Approx((1 - bar_s) / (1 - bar_t) * beta));
}

TEST_CASE("eta scales the standard deviation of the ancestral noise") {
    const auto schedule = fokker::linear_schedule();
    const auto s = schedule.at(300), t = schedule.at(600);
    const double bar_s = s.alpha * s.alpha, bar_t = t.alpha * t.alpha;
    for (double eta : {0.25, 0.5, 1.0}) {
        const auto p = fokker::posterior_between(s, t, eta);
        // Song et al. 2021 (DDIM), eq. 16 and 7.
        const double std = eta * std::sqrt((1 - bar_s) / (1 - bar_t) * (1 - bar_t / bar_s));
        CHECK(p.std == Approx(std).epsilon(1e-12));
        CHECK(p.state == Approx(std::sqrt((1 - bar_s - std * std) / (1 - bar_t))).epsilon(1e-12));
    }
}

TEST_CASE("the family of eta has the marginal of the path, and loses its noise with eta") {
    for (const auto& [s, t] : {std::pair{0.3, 0.6}, std::pair{0.1, 0.9}})
        for (double eta : {0.0, 0.4, 0.999999, 1.0}) {
            const auto clean = fokker::flow_path{}.at(s), noisy = fokker::flow_path{}.at(t);
            const auto p = fokker::posterior_between(clean, noisy, eta);
            CHECK(p.state * noisy.alpha + p.data == Approx(clean.alpha));
            CHECK(p.state * p.state * noisy.sigma * noisy.sigma + p.std * p.std ==
                  Approx(clean.sigma * clean.sigma));
        }
    CHECK(fokker::posterior_between(fokker::flow_path{}.at(0.3), fokker::flow_path{}.at(0.6), 0.0)
              .std == 0.0);
}

TEST_CASE("to the clean data the posterior is the data, from pure noise the state counts nothing") {
    const fokker::flow_path path;
    const auto to_data = fokker::posterior_between({0, 1, 0}, path.at(0.5));
    CHECK(to_data.state == 0.0);
    CHECK(to_data.data == Approx(1.0));
    CHECK(to_data.std == 0.0);
    const auto from_noise = fokker::posterior_between(path.at(0.5), path.at(1.0));
    CHECK(from_noise.state == 0.0);
    CHECK(from_noise.data == Approx(0.5));
    CHECK(from_noise.std == Approx(0.5));
}
