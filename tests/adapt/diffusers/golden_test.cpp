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
#include <fokker/model/flow_map.hpp>
#include <fokker/noise/torch_cpu.hpp>

#include "adapt/diffusers/asked.hpp"
#include "adapt/diffusers/network.hpp"
#include "catch.hpp"

using namespace fokker;
using nlohmann::json;

namespace {

constexpr Eigen::Index elements = 12, samples = 2;

/// The sample of a case in this element type; the network's labels go to `labels`.
template <class T>
Eigen::ArrayXX<T> sampled(const json& entry, std::vector<double>& labels) {
    const diffusers::scheduler scheduler =
        entry.contains("class")
            ? diffusers::scheduler(entry.at("config"), entry.at("class").get<std::string>())
            : diffusers::scheduler(entry.at("config"));
    const diffusers::timesteps asked = fokker_test::asked_in(entry.at("asked"));
    CHECK(scheduler.plan(asked).whole_labels == entry.at("whole").get<bool>());
    Eigen::ArrayXX<T> x(elements, samples);
    const bool edits = entry.value("edit", false), denoises = entry.value("denoise", false);
    if (edits || denoises)
        x = Eigen::ArrayXd::LinSpaced(elements * samples, -0.9, 0.8)
                .reshaped(elements, samples)
                .template cast<T>();
    if (entry.value("repaint", false)) {
        const Eigen::ArrayXX<T> known = Eigen::ArrayXd::LinSpaced(elements * samples, -0.9, 0.8)
                                            .reshaped(elements, samples)
                                            .template cast<T>();
        Eigen::ArrayXX<T> mask = Eigen::ArrayXX<T>::Zero(elements, samples);
        for (Eigen::Index i = 0; i < mask.size(); i += 4) {
            mask(i) = T(1);
            mask(i + 2) = T(0.25);
        }
        diffusers::repaint(x, fokker_test::labelled_network{labels}, known, mask, scheduler, asked,
                           torch_cpu(11));
        return x;
    }
    const auto walk = [&](const auto& network) {
        if (edits)
            diffusers::edit(x, network, scheduler, asked, torch_cpu(11));
        else if (denoises)
            diffusers::denoise(x, network, scheduler, asked);
        else
            diffusers::sample(x, network, scheduler, asked, torch_cpu(11));
    };
    const std::string learned = entry.value("learned", "");
    if (entry.value("score", false))
        walk(fokker_test::score_network{labels});
    else if (entry.value("map", false))
        walk(flow_map(fokker_test::map_network{labels}));
    else if (learned.empty())
        walk(fokker_test::labelled_network{labels});
    else
        walk(fokker_test::two_output_network{labels, learned == "variance"});
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

/// "within32" and "within64" of a case are tolerances for an original that is ill-conditioned; a
/// text in place of the first says why it is compared in double alone.
void check(const json& entry) {
    const bool whole = entry.at("whole").get<bool>(), is_loose = entry.contains("within32");
    std::vector<double> labels;
    const auto wide = sampled<double>(entry, labels);
    const auto theirs = entry.at("labels").get<std::vector<double>>();
    const auto theirs64 =
        entry.at("labels64").is_null() ? theirs : entry.at("labels64").get<std::vector<double>>();
    // An integer that a rounding to float decides is another one in double.
    if (!whole || theirs64 == theirs) {
        CHECK(same_labels(labels, theirs64, whole ? 0.0 : 1e-9));
        CHECK(difference(wide, entry.at("x64").get<std::vector<double>>()) <=
              entry.value("within64", 1e-10));
    }
    if (whole || !is_loose) CHECK(same_labels(labels, theirs, whole ? 0.0 : 2e-4));
    if (is_loose && entry.at("within32").is_string()) return;

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
