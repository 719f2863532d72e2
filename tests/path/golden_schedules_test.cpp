// Schedules and paths against the originals: tests/golden/schedules.py.
#include <algorithm>
#include <cmath>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <string>

#include "catch.hpp"
#include "support/golden.hpp"

using namespace fokker;
using fokker_test::golden_case, fokker_test::golden_cases, fokker_test::golden_number,
    fokker_test::golden_numbers, fokker_test::relative_error;

namespace {

constexpr double float_ulp = 1.2e-7;  // 2^-23

discrete_schedule named(const std::string& name, int steps) {
    if (name == "linear") return linear_schedule(steps);
    if (name == "scaled_linear") return scaled_linear_schedule(steps);
    if (name == "sigmoid") return sigmoid_schedule(steps);
    if (name == "cosine") return cosine_schedule(steps);
    if (name == "exponential") return exponential_schedule(steps);
    if (name == "laplace") return laplace_schedule(steps);
    REQUIRE(name == "laplace, diffusers");
    return laplace_schedule(steps, {.compat = laplace_compat::diffusers});
}

double alpha_bar(const discrete_schedule& schedule, double t) {
    const double alpha = schedule.at(t).alpha;
    return alpha * alpha;
}

double beta(const discrete_schedule& schedule, double t) {
    const double ratio = schedule.at(t).alpha / schedule.at(t - 1).alpha;
    return 1.0 - ratio * ratio;
}

template <class Visit>
void for_each(const std::string& kind, int least, const Visit& visit) {
    int seen = 0;
    for (const golden_case& entry : golden_cases("schedules")) {
        if (entry.at("kind") != kind) continue;
        ++seen;
        INFO(entry.at("name").get<std::string>());
        visit(entry, golden_numbers(entry.value("times", nlohmann::json::array())));
    }
    CHECK(seen >= least);
}

template <class Path>
void check_path(const Path& path, const golden_case& entry, double tolerance) {
    const auto times = golden_numbers(entry.at("times"));
    const auto alphas = golden_numbers(entry.at("alphas"));
    const auto sigmas = golden_numbers(entry.at("sigmas"));
    REQUIRE(!times.empty());
    for (std::size_t i = 0; i < times.size(); ++i) {
        INFO(times[i]);
        CHECK(relative_error(path.at(times[i]).alpha, alphas[i]) < tolerance);
        CHECK(relative_error(path.at(times[i]).sigma, sigmas[i]) < tolerance);
    }
}

}  // namespace

TEST_CASE("the tables are those of the papers in double, and of diffusers in float") {
    for_each("table", 14, [](const golden_case& entry, const std::vector<double>& times) {
        const auto schedule = named(entry.at("schedule"), entry.at("steps"));
        const auto bars = golden_numbers(entry.at("alpha_bars"));
        const auto betas = golden_numbers(entry.at("betas"));
        const bool has_original = entry.contains("original_betas");
        const auto& name = has_original ? "original_betas" : "betas";
        const auto original_betas = golden_numbers(entry.at(name));
        const auto original_bars =
            golden_numbers(entry.at(has_original ? "original_alpha_bars" : "alpha_bars"));
        for (std::size_t i = 0; i < times.size(); ++i) {
            INFO(times[i]);
            CHECK(relative_error(alpha_bar(schedule, times[i]), bars[i]) < 1e-12);
            CHECK(relative_error(beta(schedule, times[i]), betas[i]) < 1e-11);
            CHECK(relative_error(beta(schedule, times[i]), original_betas[i]) < 4 * float_ulp);
            // A product of t + 1 factors, each rounded to half a unit of float and more where a
            // factor is small.
            const double factor = 1.0 / (1.0 - betas[i]);
            CHECK(relative_error(alpha_bar(schedule, times[i]), original_bars[i]) <
                  (times[i] + 1 + 4 * factor) * 0.5 * float_ulp);
        }
    });
}

TEST_CASE("rescaled to zero terminal SNR as the authors do, exact at the end") {
    for_each("rescaled", 6, [](const golden_case& entry, const std::vector<double>& times) {
        const int steps = entry.at("steps");
        const auto schedule = zero_terminal_snr(named(entry.at("schedule"), steps));
        const auto bars = golden_numbers(entry.at("alpha_bars"));
        for (std::size_t i = 0; i + 1 < times.size(); ++i) {
            INFO(times[i]);
            // Differences from the end: what the original loses to them, it loses of sqrt(bar).
            CHECK(std::abs(schedule.at(times[i]).alpha - std::sqrt(bars[i])) < 1e-12);
        }
        CHECK(schedule.at(steps - 1) == knot{steps - 1.0, 0.0, 1.0});
    });
    const auto diffusers = zero_terminal_snr(scaled_linear_schedule(), terminal_snr::diffusers);
    for_each("last", 1, [&](const golden_case& entry, const auto&) {
        CHECK(relative_error(alpha_bar(diffusers, 999), golden_number(entry.at("alpha_bar"))) <
              1e-14);
        CHECK(diffusers.at(999).noise_to_signal() == Catch::Approx(4096).epsilon(1e-7));
    });
}

TEST_CASE("shifted in SNR as CogVideoX, which computes in double") {
    for_each("shifted", 6, [](const golden_case& entry, const std::vector<double>& times) {
        auto schedule = snr_shifted(scaled_linear_schedule(), entry.at("scale"));
        if (entry.at("zero")) schedule = zero_terminal_snr(schedule);
        const auto bars = golden_numbers(entry.at("alpha_bars"));
        for (std::size_t i = 0; i < times.size(); ++i) {
            INFO(times[i]);
            if (entry.at("zero"))
                CHECK(std::abs(schedule.at(times[i]).alpha - std::sqrt(bars[i])) < 1e-12);
            else
                CHECK(relative_error(alpha_bar(schedule, times[i]), bars[i]) < 1e-12);
        }
    });
}

TEST_CASE("between its times a schedule is read as k-diffusion and diffusers read it") {
    const auto schedule = scaled_linear_schedule();
    const auto rounded = schedule.labelled(time_label::rounded);
    for_each("sigma_to_t", 2, [&](const golden_case& entry, const std::vector<double>& times) {
        const auto sigmas = golden_numbers(entry.at("sigmas"));
        const auto whole = golden_numbers(entry.at("rounded"));
        for (std::size_t i = 0; i < times.size(); ++i) {
            const double t = schedule.time(-std::log(sigmas[i]));
            if (sigmas[i] >= 0.03) CHECK(relative_error(t, times[i]) < 1e-11);
            CHECK(std::abs(t - times[i]) < 1e-10);
            CHECK(rounded.at(t).t == whole[i]);
        }
    });
    for_each("t_to_sigma", 1, [&](const golden_case& entry, const std::vector<double>& times) {
        const auto sigmas = golden_numbers(entry.at("sigmas"));
        for (std::size_t i = 0; i < times.size(); ++i)
            CHECK(relative_error(schedule.at(times[i]).noise_to_signal(), sigmas[i]) < 1e-12);
    });
    const auto linear = schedule.interpolated(interpolation::sigma);
    for_each("linear_in_sigma", 1, [&](const golden_case& entry, const std::vector<double>& times) {
        const auto sigmas = golden_numbers(entry.at("sigmas"));
        for (std::size_t i = 0; i < times.size(); ++i)
            CHECK(relative_error(linear.at(times[i]).noise_to_signal(), sigmas[i]) < 1e-12);
    });
}

TEST_CASE("the continuous paths are their formulas") {
    for_each("path", 10, [](const golden_case& entry, const auto&) {
        const std::string name = entry.at("name");
        if (name == "vp") return check_path(vp_path{}, entry, 1e-12);
        if (name == "sub_vp") return check_path(sub_vp_path{}, entry, 1e-12);
        if (name == "ve") return check_path(ve_path{}, entry, 1e-12);
        if (name == "edm") return check_path(edm_path{}, entry, 1e-12);
        if (name == "flow") return check_path(flow_path{}, entry, 1e-12);
        if (name == "cosine") return check_path(cosine_path{}, entry, 1e-12);
        if (name == "trigflow") return check_path(trigflow_path{}, entry, 1e-12);
        shifted_flow_path shifted{.shift = 3.0};
        if (name == "flow, shift 3") return check_path(shifted, entry, 1e-12);
        shifted.sigma_min = 0.1;
        if (name == "flow, shift 3, sigma_min 0.1") return check_path(shifted, entry, 1e-12);
        REQUIRE(name == "Wuerstchen");  // 1 - alpha_bar and a cosine in float
        check_path(cosine_path{}, entry, 100 * float_ulp);
    });
    for_each("noise_to_signal", 1, [](const golden_case& entry, const std::vector<double>& times) {
        const auto sigmas = golden_numbers(entry.at("sigmas"));
        for (std::size_t i = 0; i < times.size(); ++i)
            CHECK(relative_error(cosine_path{.offset = 0.0}.time(-std::log(sigmas[i])), times[i]) <
                  4 * float_ulp);
    });
}
