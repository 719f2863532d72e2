// What pipelines of diffusers get from a configuration: tests/golden/diffusers.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers.hpp>
#include <fokker/noise/torch_cpu.hpp>

#include "adapt/diffusers/network.hpp"
#include "catch.hpp"

using namespace fokker;
using nlohmann::json;

namespace {

constexpr Eigen::Index elements = 12, samples = 2;

diffusers::timesteps asked_in(const json& from) {
    diffusers::timesteps asked;
    asked.steps = from.value("steps", 0);
    asked.timesteps = from.value("timesteps", std::vector<double>{});
    asked.sigmas = from.value("sigmas", std::vector<double>{});
    if (from.contains("mu")) asked.mu = from.at("mu").get<double>();
    asked.strength = from.value("strength", 1.0);
    const json step = from.value("step", json::object());
    const auto take = [&](const char* name, auto& to) {
        if (step.contains(name))
            to = step.at(name).get<typename std::decay_t<decltype(to)>::value_type>();
    };
    take("eta", asked.step.eta);
    take("use_clipped_model_output", asked.step.use_clipped_model_output);
    take("s_churn", asked.step.s_churn);
    take("s_tmin", asked.step.s_tmin);
    take("s_tmax", asked.step.s_tmax);
    take("s_noise", asked.step.s_noise);
    take("order", asked.step.order);
    return asked;
}

/// The sample of a case in this element type; the network's labels go to `labels`.
template <class T>
Eigen::ArrayXX<T> sampled(const json& entry, std::vector<double>& labels) {
    const diffusers::scheduler scheduler =
        entry.contains("class")
            ? diffusers::scheduler(entry.at("config"), entry.at("class").get<std::string>())
            : diffusers::scheduler(entry.at("config"));
    const diffusers::timesteps asked = asked_in(entry.at("asked"));
    CHECK(scheduler.plan(asked).whole_labels == entry.at("whole").get<bool>());
    Eigen::ArrayXX<T> x(elements, samples);
    const fokker_test::labelled_network network{labels};
    const bool edits = entry.value("edit", false), denoises = entry.value("denoise", false);
    if (edits || denoises)
        x = Eigen::ArrayXd::LinSpaced(elements * samples, -0.9, 0.8)
                .reshaped(elements, samples)
                .template cast<T>();
    if (edits)
        diffusers::edit(x, network, scheduler, asked, torch_cpu(11));
    else if (denoises)
        diffusers::denoise(x, network, scheduler, asked);
    else
        diffusers::sample(x, network, scheduler, asked, torch_cpu(11));
    return x;
}

/// The largest difference, in units of the largest value.
template <class T>
double difference(const Eigen::ArrayXX<T>& x, const std::vector<double>& wanted) {
    double largest = 0.0, apart = 0.0;
    for (Eigen::Index i = 0; i < x.size(); ++i) {
        const double w = wanted[static_cast<std::size_t>(i)];
        largest = std::max(largest, std::abs(w));
        const double d = std::abs(static_cast<double>(x(i)) - w);
        apart = std::isnan(d) ? d : std::max(apart, d);
    }
    return apart / largest;
}

/// Labels, equal but for a rounding to float where they are no integers.
bool same_labels(const std::vector<double>& ours, const std::vector<double>& theirs,
                 double within) {
    return std::equal(
        ours.begin(), ours.end(), theirs.begin(), theirs.end(),
        [=](double a, double b) { return std::abs(a - b) <= within * std::max(1.0, std::abs(b)); });
}

void check(const json& entry) {
    const bool whole = entry.at("whole").get<bool>();
    std::vector<double> labels;
    const auto wide = sampled<double>(entry, labels);
    const auto theirs = entry.at("labels").get<std::vector<double>>();
    const auto theirs64 =
        entry.at("labels64").is_null() ? theirs : entry.at("labels64").get<std::vector<double>>();
    CHECK(same_labels(labels, theirs, whole ? 0.0 : 2e-4));
    // An integer that a rounding to float decides is another one in double.
    if (!whole || theirs64 == theirs) {
        CHECK(same_labels(labels, theirs64, whole ? 0.0 : 1e-9));
        CHECK(difference(wide, entry.at("x64").get<std::vector<double>>()) <= 1e-10);
    }

    labels.clear();
    const auto single = sampled<float>(entry, labels);
    CHECK(difference(single, entry.at("x32").get<std::vector<double>>()) <=
          entry.value("within32", 2e-5));
}

}  // namespace

TEST_CASE("samples equal those of diffusers") {
    int cases = 0;
    for (const auto& file :
         std::filesystem::directory_iterator(FOKKER_TESTS_DIR "/golden/diffusers/results")) {
        std::ifstream in(file.path());
        const json all = json::parse(in);
        for (const json& entry : all.at("cases")) {
            INFO(file.path().stem().string() << ": " << entry.at("name").get<std::string>());
            try {
                check(entry);
            } catch (const fokker::error& problem) { FAIL_CHECK(problem.what()); }
            ++cases;
        }
    }
    CHECK(cases > 30);
}
