// Names of other programs against tests/golden/names.py.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fokker/adapt/by_name/plan.hpp>
#include <fokker/fokker.hpp>
#include <functional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/golden.hpp"
#include "support/mixture.hpp"

namespace fokker_test {

/// f(path) for the model that the case names.
template <class F>
auto with_model_path(const golden_case& entry, const F& f) {
    const std::string path = entry.at("path");
    if (path == "table") return f(fokker::scaled_linear_schedule());
    if (path == "flow") return f(fokker::shifted_flow_path{.shift = 3});
    if (path == "long flow") return f(fokker::shifted_flow_path{.shift = std::exp(1.15)});
    REQUIRE(path == "edm");
    return f(fokker::edm_path{});
}

/// The largest difference, relative to each number.
inline double difference(const std::vector<double>& ours, const std::vector<double>& theirs) {
    REQUIRE(ours.size() == theirs.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < ours.size(); ++i)
        worst = std::max(worst, relative_error(ours[i], theirs[i]));
    return worst;
}

/// How far the walk's last state is from the program's, with its draws and the exact network.
inline double error_of_walk(const fokker::by_name::plan& w, const golden_case& entry) {
    std::vector<Eigen::ArrayXd> draws;
    for (const auto& row : entry.at("draws")) {
        const auto numbers = golden_numbers(row);
        draws.push_back(Eigen::Map<const Eigen::ArrayXd>(
            numbers.data(), static_cast<Eigen::Index>(numbers.size())));
    }
    // One type of network for all, which keeps the compile time down.
    using network =
        std::function<void(const Eigen::ArrayXd&, const fokker::knot&, Eigen::ArrayXd&)>;
    const network exact = exact_network<fokker::data_prediction>{};
    fokker::recorded noise(draws);
    Eigen::ArrayXd x(draws.front().size());
    fokker::sample(x, fokker::predicts_data(exact), w.knots, w.solver, noise);
    CHECK(noise.used() == draws.size());
    CHECK((draws.size() > 1) == (w.draws != fokker::by_name::gaussians::none));
    const auto state = golden_numbers(entry.at("state"));
    double worst = 0.0;
    for (std::size_t i = 0; i < state.size(); ++i)
        worst = std::max(worst, std::abs(x[static_cast<Eigen::Index>(i)] - state[i]) /
                                    std::max(1.0, std::abs(state[i])));
    return worst;
}

/// The same with torchsde's tree of the seed 5 for the steps.
inline double error_of_tree(const fokker::by_name::plan& w, const golden_case& entry) {
    const auto numbers = golden_numbers(entry.at("draws").at(0));
    const auto state = golden_numbers(entry.at("state"));
    const auto size = static_cast<Eigen::Index>(numbers.size());
    Eigen::ArrayXd x = w.knots.prior_std() * Eigen::Map<const Eigen::ArrayXd>(numbers.data(), size);
    const auto model = fokker::predicts_data(exact_network<fokker::data_prediction>{});
    fokker::denoise(x, model, w.knots, w.solver, w.tree(5));
    return (x - Eigen::Map<const Eigen::ArrayXd>(state.data(), size)).abs().maxCoeff();
}

/// Calls f with every case of a program, walks or sigmas, and returns how many there were.
template <class F>
int for_each_case(const char* program, const char* kind, const F& f) {
    int count = 0;
    for (const golden_case& entry : golden_cases("names")) {
        if (entry.at("program") != program || entry.at("kind") != kind) continue;
        CAPTURE(entry.at("name").get<std::string>());
        f(entry);
        ++count;
    }
    return count;
}

/// The message of the error that f throws.
template <class F>
std::string message_of(const F& f) {
    try {
        f();
    } catch (const fokker::error& problem) { return problem.what(); }
    return "nothing was thrown";
}

}  // namespace fokker_test
