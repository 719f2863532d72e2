// Every call of a run is at addresses that were told before.
#include <Eigen/Core>
#include <algorithm>
#include <string>
#include <vector>

#include <fokker/any_solver.hpp>
#include <fokker/fokker.hpp>

#include "catch.hpp"

using namespace fokker;
using Eigen::ArrayXXf;

namespace {

struct method {
    std::string name;
    any_solver solver;
    bool is_adaptive = false;
};

std::vector<method> methods() {
    return {{"ddim", ddim{}},
            {"ddpm", ddpm{}},
            {"heun", heun{}},
            {"dpm_solver_pp_3m", dpm_solver_pp_3m{}},
            {"dpm_solver_pp_3s", dpm_solver_pp_3s{}},
            {"deis<3>", deis<3>{}},
            {"pndm", pndm{}},
            {"unipc<2>", unipc<2>{}},
            {"sa_solver", sa_solver<2, 2>{}},
            {"reversible_heun", reversible_heun{}},
            {"asynchronous_leapfrog", asynchronous_leapfrog{}},
            {"bdia", bdia{}},
            {"dpm_solver_adaptive", dpm_solver_adaptive<3>{}, true},
            {"dormand_prince", dormand_prince{}, true}};
}

/// Walks, and compares the calls with what was told. `as_model` makes the model of the network.
template <class AsModel>
void check_calls(const AsModel& as_model) {
    for (const method& each : methods()) {
        INFO(each.name);
        std::vector<call_addresses> seen;
        const auto network = [&seen](const ArrayXXf& x, const knot& k, ArrayXXf& out) {
            const call_addresses at{x.data(), out.data(), nullptr};
            if (std::find(seen.begin(), seen.end(), at) == seen.end()) seen.push_back(at);
            const double variance = 0.25 * k.alpha * k.alpha + k.sigma * k.sigma;
            out = float(k.sigma / variance) * x;
        };
        ArrayXXf x(6, 4);
        run r(x, as_model(network), karras(linear_schedule(), 9), each.solver, philox{.seed = 5});
        r.start_from_prior();
        std::vector<call_addresses> told = r.network_addresses();
        while (!r.done()) {
            r.step();
            // What is left of the walk has no other addresses, whatever has changed places.
            if (r.done()) break;
            for (const call_addresses& later : r.network_addresses())
                CHECK(std::find(told.begin(), told.end(), later) != told.end());
        }
        CHECK(!seen.empty());
        for (const call_addresses& one : seen)
            CHECK(std::find(told.begin(), told.end(), one) != told.end());
        if (!each.is_adaptive) CHECK(told.size() == seen.size());
    }
}

}  // namespace

TEST_CASE("the addresses of a network's calls are known before the walk") {
    SECTION("a plain network") {
        check_calls([](auto& f) { return predicts_noise(f); });
    }
    SECTION("bounds in a pass") {
        check_calls([](auto& f) { return predicts_noise(f).clipped(-1.0, 1.0); });
    }
    SECTION("thresholds, which need an array of their own") {
        check_calls([](auto& f) { return predicts_noise(f).thresholded(0.995, 1.5); });
    }
    SECTION("scaled inputs") {
        check_calls([](auto& f) { return edm_preconditioned(f); });
    }
}

TEST_CASE("the address of a second output is known before the walk") {
    std::vector<call_addresses> seen;
    const auto network = [&seen](const ArrayXXf& x, double, ArrayXXf& out, ArrayXXf& second) {
        seen.push_back({x.data(), out.data(), second.data()});
        out = 0.5f * x;
        second.setConstant(0.5f);
    };
    ArrayXXf x(6, 4);
    run r(x, predicts_noise(network, second_output::variance_range), trailing(linear_schedule(), 5),
          ddpm_learned{}, philox{.seed = 5});
    r.start_from_prior();
    const auto told = r.network_addresses();
    while (!r.done()) r.step();
    CHECK(told.size() <= seen.size());
    for (const call_addresses& one : seen)
        CHECK(std::find(told.begin(), told.end(), one) != told.end());
}
