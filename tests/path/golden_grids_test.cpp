// Grids against the originals: tests/golden/grids.py.
#include <algorithm>
#include <cmath>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/golden.hpp"

using namespace fokker;
using fokker_test::golden_case, fokker_test::golden_cases, fokker_test::golden_numbers,
    fokker_test::relative_error;

namespace {

constexpr double float_ulp = 1.2e-7;  // 2^-23

using recipe = std::function<grid(int)>;
using recipes = std::map<std::string, recipe>;

const discrete_schedule table = scaled_linear_schedule();
const discrete_schedule rounded = table.labelled(time_label::rounded);
const discrete_schedule truncated = table.labelled(time_label::truncated);
const discrete_schedule by_sigma = table.interpolated(interpolation::sigma);
const discrete_schedule by_log_alpha = table.interpolated(interpolation::log_alpha);

/// Whole training times; every scheduler of a family has the same.
recipes training_times() {
    recipes all;
    const auto dpm = [](grid_end end, int offset = 0) {
        return spacing_options{.offset = offset, .end = end, .points = spacing::dpm_solver};
    };
    const auto least = grid_end::least_noise;
    for (const std::string name : {"DDIM", "DDPM", "EulerDiscrete", "EulerAncestralDiscrete",
                                   "HeunDiscrete", "LMSDiscrete", "CogVideoX"}) {
        all[name + " trailing"] = [](int n) { return trailing(table, n); };
        all[name + " leading"] = [](int n) { return leading(table, n); };
        all[name + " linspace"] = [](int n) { return time_uniform(by_sigma, n); };
    }
    for (const std::string name : {"DDIM", "DDPM"})
        all[name + " linspace"] = [](int n) { return linspace(table, n); };
    for (const std::string name : {"DPMSolverMultistep", "UniPCMultistep"}) {
        all[name + " trailing"] = [](int n) { return trailing(table, n); };
        all[name + " leading"] = [=](int n) { return leading(table, n, dpm(grid_end::clean)); };
        all[name + " linspace"] = [=](int n) { return linspace(table, n, dpm(grid_end::clean)); };
    }
    all["DPM trailing to sigma_min"] = [=](int n) { return trailing(table, n, {.end = least}); };
    all["DPM leading to sigma_min"] = [=](int n) { return leading(table, n, dpm(least)); };
    all["DPM linspace to sigma_min"] = [=](int n) { return linspace(table, n, dpm(least)); };
    all["DDIM leading, offset 1"] = [](int n) { return leading(table, n, 1); };
    all["DPM leading, offset 1"] = [=](int n) {
        return leading(table, n, dpm(grid_end::clean, 1));
    };
    const spacing_options clipped{.points = spacing::dpm_solver, .lambda_min = -5.1};
    all["DPM leading, clipped"] = [=](int n) { return leading(cosine_schedule(), n, clipped); };
    all["DPM linspace, clipped"] = [=](int n) { return linspace(cosine_schedule(), n, clipped); };
    for (const std::string name : {"LCM", "TCD"}) {
        all[name] = [](int n) { return latent_consistency(table, n); };
        all[name + ", strength 0.6"] = [](int n) {
            return latent_consistency(table, n, {.strength = 0.6});
        };
    }
    all["simple"] = [](int n) { return simple(table, n); };
    return all;
}

/// What diffusers spaces in sigma; its DPM-Solver hands on whole labels.
recipes in_sigma() {
    recipes all;
    const beta_options beta_of_sigmas{.of = beta_of::sigma, .endpoint = true};
    for (const std::string name : {"EulerDiscrete", "HeunDiscrete", "LMSDiscrete"}) {
        all[name + " karras"] = [](int n) { return karras(table, n); };
        all[name + " exponential"] = [](int n) { return exponential(table, n); };
        all[name + " beta"] = [=](int n) { return beta(table, n, beta_of_sigmas); };
    }
    for (const std::string name : {"DPMSolverMultistep", "UniPCMultistep"}) {
        all[name + " karras"] = [](int n) { return karras(rounded, n); };
        all[name + " exponential"] = [](int n) { return exponential(truncated, n); };
        all[name + " beta"] = [=](int n) { return beta(truncated, n, beta_of_sigmas); };
    }
    all["DPM lu"] = [](int n) { return uniform_lambda(rounded, n); };
    all["Euler karras, leading"] = [](int n) {
        const grid ends = leading(table, n);
        return karras(table, n, {.sigma_max = ends.front().noise_to_signal()});
    };
    all["EDM karras"] = [](int n) { return karras(edm_path{}, n); };
    all["EDM exponential"] = [](int n) { return exponential(edm_path{}, n); };
    const cosine_path audio{.offset = 0.0};
    const sigma_options range{.sigma_min = 0.3, .sigma_max = 500};
    all["Cosine karras"] = [=](int n) {
        return karras(audio, n, {.sigma_min = 0.3, .sigma_max = 500});
    };
    all["Cosine exponential"] = [=](int n) { return exponential(audio, n, range); };
    all["k karras"] = [](int n) {
        return karras(edm_path{}, n, {.sigma_min = 0.03, .sigma_max = 14});
    };
    all["k karras, rho 3"] = [](int n) {
        return karras(edm_path{}, n, {.rho = 3, .sigma_min = 0.03, .sigma_max = 14});
    };
    all["k exponential"] = [](int n) {
        return exponential(edm_path{}, n, {.sigma_min = 0.03, .sigma_max = 14});
    };
    all["k polyexponential"] = [](int n) {
        return polyexponential(edm_path{}, n, {.rho = 2, .sigma_min = 0.03, .sigma_max = 14});
    };
    all["k vp"] = [](int n) { return linspace(vp_path{}, n); };
    return all;
}

recipes formulas() {
    recipes all;
    const auto least = grid_end::least_noise;
    all["karras"] = [](int n) { return karras(table, n); };
    all["karras to sigma_min"] = [=](int n) { return karras(table, n, {.end = least}); };
    all["exponential"] = [](int n) { return exponential(table, n); };
    all["polyexponential"] = [](int n) { return polyexponential(table, n, {.rho = 2}); };
    all["kl_optimal"] = [](int n) { return kl_optimal(table, n); };
    all["kl_optimal to sigma_min"] = [=](int n) { return kl_optimal(table, n, {.end = least}); };
    all["beta of sigmas"] = [](int n) {
        return beta(table, n, {.of = beta_of::sigma, .endpoint = true});
    };
    all["beta of sigmas, 2 and 0.7"] = [](int n) {
        return beta(table, n, {.alpha = 2.0, .beta = 0.7, .of = beta_of::sigma, .endpoint = true});
    };
    all["beta of times"] = [](int n) { return beta(table, n); };
    all["beta of times, rounded"] = [](int n) { return beta(table, n, {.rounded = true}); };
    all["sgm_uniform"] = [](int n) { return sgm_uniform(table, n); };
    all["normal"] = [](int n) { return time_uniform(table, n); };
    all["time_uniform"] = [=](int n) { return time_uniform(by_log_alpha, n, least); };
    all["time_quadratic"] = [=](int n) { return time_quadratic(by_log_alpha, n, least); };
    all["align your steps, sd15"] = [](int n) {
        return align_your_steps(table, n, align_your_steps_for::sd15);
    };
    all["align your steps, sdxl"] = [](int n) {
        return align_your_steps(table, n, align_your_steps_for::sdxl);
    };
    all["align your steps, svd"] = [](int n) {
        return align_your_steps(edm_path{}, n, align_your_steps_for::svd);
    };
    all["gits"] = [](int n) { return gits(table, n); };
    return all;
}

recipes flows() {
    recipes all;
    const double shift = dynamic_shift(1024);
    const auto with = [](flow_options options) {
        options.label_scale = 1000;
        return [=](int n) { return flow(n, options); };
    };
    const auto twice = flow_shifting::diffusers_twice;
    all["flow"] = with({.time_min = 1e-3});
    all["flow, shift 3"] = with({.shift = 3, .time_min = 1e-3, .shifting = twice});
    all["flow, dynamic"] = with({.shift = shift});
    all["flow, dynamic linear"] = with({.shift = dynamic_shift(1024, {.exponential = false})});
    all["flow, dynamic, to 0.1"] = with({.shift = shift, .sigma_min = 0.1});
    all["flow, inverted"] = with({.shift = shift, .label = flow_label::one_minus_sigma});
    all["flow, dynamic karras"] = with({.shift = shift, .spacing = flow_spacing::karras});
    all["flow, dynamic exponential"] = with({.shift = shift, .spacing = flow_spacing::exponential});
    // DPM-Solver and UniPC cut the labels to whole ones.
    const shifted_flow_path sd3{.shift = 3, .label_scale = 1000};
    all["UniPCMultistep flow"] = [=](int n) { return sgm_uniform(sd3, n); };
    all["DPMSolverMultistep flow"] = [=](int n) {
        std::vector<double> times;
        for (int i = n; i > 0; --i) times.push_back(0.999 * i / n);
        return from_times(sd3, times);
    };
    all["flow, dynamic beta"] = with({.shift = shift, .spacing = flow_spacing::beta});
    return all;
}

/// |a - b| against |b|, where b may be 0.
void check_close(double a, double b, double tolerance) {
    CHECK((a == b || relative_error(a, b) < tolerance));
}

bool walk_of_flow(const golden_case& entry) {
    return entry.at("recipe").get<std::string>().find("flow") != std::string::npos;
}

/// UniPC takes 1e-6 from a flow's first sigma, so as not to divide by alpha = 0.
bool starts_below_noise(const golden_case& entry) {
    return entry.at("recipe") == "UniPCMultistep flow";
}

void check_labels(const golden_case& entry, const grid& walk) {
    const auto labels = golden_numbers(entry.at("labels"));
    const bool whole =
        std::all_of(labels.begin(), labels.end(), [](double t) { return t == std::trunc(t); });
    for (std::size_t i = 0; i < labels.size(); ++i) {
        INFO("label " << i);
        const double t = walk[i].t;
        if (whole && entry.at("recipe").get<std::string>().ends_with(" flow")) {
            const bool starts_below = starts_below_noise(entry) && i == 0;
            CHECK(std::trunc(starts_below ? t - 1e-3 : t) == labels[i]);
        } else if (whole && !walk_of_flow(entry)) {
            CHECK(t == labels[i]);
        } else if (entry.contains("precision")) {
            // Computed in double and rounded once; what should be 0 is what the double leaves. Of
            // 1 - sigma it is sigma that was rounded.
            const double largest = entry.contains("alphas") ? labels.back() : std::abs(labels[i]);
            CHECK(std::abs(t - labels[i]) <= std::max(4 * float_ulp * largest, 1e-10));
        } else {
            CHECK(std::abs(t - labels[i]) <= 1e-12 * 1000);
        }
    }
}

void check_numbers(const golden_case& entry, const char* name, const grid& walk,
                   double (*of)(const knot&)) {
    if (!entry.contains(name)) return;
    const auto numbers = golden_numbers(entry.at(name));
    const bool is_table = entry.at("recipe").get<std::string>().starts_with("align");
    REQUIRE(walk.size() == numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        INFO(name << " " << i);
        double tolerance = entry.contains("precision") ? 4 * float_ulp : 1e-12;
        // The first of these tables is 14.615, and the schedule goes to 14.61464.
        if (is_table && i == 0) tolerance = 3e-5;
        if (starts_below_noise(entry) && i == 0) tolerance = 1.1e-6;
        if (entry.contains("alphas") && numbers[i] > 0) tolerance /= numbers[i];
        check_close(of(walk[i]), numbers[i], tolerance);
    }
}

void check(const recipes& all) {
    std::set<std::string> seen;
    for (const golden_case& entry : golden_cases("grids")) {
        const auto found = all.find(entry.at("recipe"));
        if (found == all.end()) continue;
        seen.insert(found->first);
        INFO(entry.at("name").get<std::string>());
        const grid walk = found->second(entry.at("steps"));
        CHECK(walk.steps() == entry.at("steps"));
        if (entry.contains("labels") && found->first.find("EDM") == std::string::npos)
            check_labels(entry, walk);
        check_numbers(entry, "alphas", walk, [](const knot& k) { return k.alpha; });
        if (walk_of_flow(entry))
            check_numbers(entry, "sigmas", walk, [](const knot& k) { return k.sigma; });
        else
            check_numbers(entry, "sigmas", walk, [](const knot& k) { return k.noise_to_signal(); });
    }
    CHECK(!seen.empty());
    for (const auto& [name, lay] : all) {
        INFO(name);
        const bool none = name == "CogVideoX leading" || name == "CogVideoX linspace";
        CHECK(seen.contains(name) != none);
    }
}

}  // namespace

TEST_CASE("every timetable of GITS is the published one") {
    const auto sums = fokker_test::golden("grids", "gits, all").at("sums");
    CHECK(sums.size() == 15);
    for (const auto& [coefficient, sum] : sums.items()) {
        INFO(coefficient);
        double total = 0.0;
        for (int steps = 2; steps <= 20; ++steps) {
            // A path that goes beyond the tables, so that their ends stand as published.
            const grid walk =
                gits(edm_path{}, steps,
                     {.coefficient = std::stod(coefficient), .end = grid_end::least_noise});
            REQUIRE(walk.steps() == steps);
            for (std::size_t j = 0; j < walk.size(); ++j)
                total += (steps - 1.0) * (double(j) + 1.0) * std::log(walk[j].noise_to_signal());
        }
        CHECK(relative_error(total, sum) < 1e-12);
    }
}

TEST_CASE("image-to-image takes as many steps as the pipelines of diffusers, but for rounding") {
    int seen = 0;
    for (const golden_case& entry : golden_cases("grids")) {
        const std::string name = entry.at("recipe");
        if (!name.starts_with("strength")) continue;
        const grid walk = trailing(table, entry.at("steps"));
        for (const auto& [strength, taken] : entry.at("taken").items()) {
            INFO(entry.at("name").get<std::string>() << ", " << strength);
            ++seen;
            const bool parts = name == "strength, parts";
            // 0.58 * 50 is 28.999999999999996, which diffusers cuts.
            const bool cut = walk.steps() == 50 && strength == "0.58" && !parts;
            if (cut)
                CHECK((taken == 28 && walk.from_strength(0.58).steps() == 29));
            else if (taken == 0)
                CHECK_THROWS_AS(walk.from_strength(std::stod(strength), parts), error);
            else
                CHECK(walk.from_strength(std::stod(strength), parts).steps() == taken);
        }
    }
    CHECK(seen == 90);
}

TEST_CASE("resampling goes back and forth as RePaint does in diffusers") {
    int seen = 0;
    for (const golden_case& entry : golden_cases("grids")) {
        if (entry.at("recipe") != "resampled") continue;
        INFO(entry.at("name").get<std::string>());
        ++seen;
        const resample_options options{.jump_length = entry.at("jump_length"),
                                       .jump_samples = entry.at("jump_samples")};
        const grid plain = leading(table, entry.at("steps")), walk = resampled(plain, options);
        // A jump goes back knot by knot there.
        const double stride = plain[0].t - plain[1].t;
        std::vector<double> labels{walk[0].t};
        for (int i = 0; i + 1 < walk.steps(); ++i) {
            const double to = walk[static_cast<std::size_t>(i) + 1].t;
            if (walk.is_jump(i)) {
                CHECK(to == labels.back() + options.jump_length * stride);
                while (labels.back() + stride < to) labels.push_back(labels.back() + stride);
            }
            labels.push_back(to);
        }
        CHECK(labels == golden_numbers(entry.at("labels")));
        CHECK(walk.back() == plain.back());
        CHECK_FALSE(walk.is_jump(walk.steps() - 1));
    }
    CHECK(seen == 9);
}

TEST_CASE("no golden grid is left out") {
    std::set<std::string> known{"quantiles", "gits, all", "strength", "strength, parts",
                                "resampled"};
    for (const recipes& all : {training_times(), in_sigma(), formulas(), flows()})
        for (const auto& [name, lay] : all) known.insert(name);
    for (const golden_case& entry : golden_cases("grids"))
        CHECK(known.contains(entry.at("recipe")));
}

TEST_CASE("grids of training times are those of diffusers") { check(training_times()); }
TEST_CASE("grids in sigma are those of diffusers and k-diffusion") { check(in_sigma()); }
TEST_CASE("grids are their formulas in double") { check(formulas()); }
TEST_CASE("grids of flows are those of diffusers") { check(flows()); }
