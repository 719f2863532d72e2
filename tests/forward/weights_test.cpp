#include <fokker/forward/weights.hpp>

#include <cmath>
#include <limits>

#include <fokker/error.hpp>

#include "catch.hpp"
#include "support/golden.hpp"
#include "support/schedules.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("the weights are those of the papers at every listed time") {
    for (const char* name : {"linear", "scaled_linear", "cosine"}) {
        const golden_case g = golden("forward", std::string("weights_") + name);
        const discrete_schedule schedule = schedule_named(name);
        const auto times = golden_numbers(g.at("times"));
        REQUIRE(times.size() == 28);
        const auto check = [&](const char* key, auto weight, double tolerance = 1e-12) {
            const auto wanted = golden_numbers(g.at(key));
            REQUIRE(wanted.size() == times.size());
            for (std::size_t i = 0; i < times.size(); ++i)
                CHECK(relative_error(weight(schedule.at(times[i])), wanted[i]) < tolerance);
        };
        check("snr", [](const knot& k) { return k.signal_to_noise_squared(); });
        // diffusers computes it in float, from sqrt(1 - alpha_bar).
        check(
            "float_snr", [](const knot& k) { return k.signal_to_noise_squared(); }, 1e-6);
        check("min_snr_noise_5", [](const knot& k) { return min_snr_noise_weight(k); });
        check("min_snr_data_5", [](const knot& k) { return min_snr_data_weight(k); });
        check("min_snr_velocity_5", [](const knot& k) { return min_snr_velocity_weight(k); });
        check("min_snr_noise_1", [](const knot& k) { return min_snr_noise_weight(k, 1); });
        check("min_snr_data_1", [](const knot& k) { return min_snr_data_weight(k, 1); });
        check("min_snr_velocity_1", [](const knot& k) { return min_snr_velocity_weight(k, 1); });
        check("p2", [](const knot& k) { return p2_noise_weight(k, 0.5, 0.7); });
    }
}

TEST_CASE("EDM's weight makes the error of the raw network count once") {
    for (const char* name : {"edm_0.5", "edm_1.0"}) {
        const golden_case g = golden("forward", name);
        const double sigma_data = golden_number(g.at("sigma_data"));
        const auto sigmas = golden_numbers(g.at("sigmas")),
                   wanted = golden_numbers(g.at("data_weight"));
        const auto scales = golden_numbers(g.at("out_scale"));
        for (std::size_t i = 0; i < sigmas.size(); ++i)
            for (const double alpha : {1.0, 0.3}) {  // only sigma / alpha counts
                const double w = edm_data_weight({0, alpha, alpha * sigmas[i]}, sigma_data);
                CHECK(relative_error(w, wanted[i]) < 1e-14);
                CHECK(w * scales[i] * scales[i] == Approx(1.0).epsilon(1e-13));
            }
    }
}

TEST_CASE("the ends of a path have weights, too") {
    const knot data{0, 1, 0}, noise{1, 0, 1};
    CHECK(min_snr_noise_weight(data) == 0.0);
    CHECK(min_snr_noise_weight(noise) == 1.0);
    CHECK(min_snr_data_weight(data) == 5.0);
    CHECK(min_snr_data_weight(noise) == 0.0);
    CHECK(min_snr_velocity_weight(data) == 0.0);
    CHECK(min_snr_velocity_weight(noise) == 0.0);
    CHECK(p2_noise_weight(data) == 0.0);
    CHECK(p2_noise_weight(data, 0.0) == 1.0);
    CHECK(p2_noise_weight(noise, 2.0, 0.5) == 4.0);
    CHECK(edm_data_weight(noise) == 4.0);
}

TEST_CASE("weights refuse what has none") {
    const knot k{0.5, 0.8, 0.6};
    CHECK_THROWS_WITH(min_snr_noise_weight(k, 0), ContainsSubstring("min-SNR gamma is 0"));
    CHECK_THROWS_WITH(min_snr_data_weight(k, -2), ContainsSubstring("min-SNR gamma is -2"));
    CHECK_THROWS_WITH(min_snr_velocity_weight(k, std::numeric_limits<double>::infinity()),
                      ContainsSubstring("positive and finite"));
    CHECK_THROWS_WITH(p2_noise_weight(k, -1), ContainsSubstring("P2 gamma is -1"));
    CHECK_THROWS_WITH(p2_noise_weight(k, 1, 0), ContainsSubstring("P2 offset is 0"));
    CHECK_THROWS_WITH(edm_data_weight(k, 0), ContainsSubstring("sigma_data is 0"));
    CHECK_THROWS_WITH(edm_data_weight({0, 1, 0}), ContainsSubstring("sigma = 0"));
    const knot nowhere{0, 0, 0};
    CHECK_THROWS_WITH(min_snr_noise_weight(nowhere), ContainsSubstring("on no path"));
    CHECK_THROWS_WITH(p2_noise_weight(nowhere), ContainsSubstring("on no path"));
    CHECK_THROWS_WITH(edm_data_weight(nowhere), ContainsSubstring("on no path"));
}
