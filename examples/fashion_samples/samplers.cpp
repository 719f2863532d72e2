#include "samplers.hpp"

#include <algorithm>
#include <cstdio>

#include "fitted_file.hpp"
#include "make_sampler.hpp"

namespace fashion {

namespace {

// 0 steps: only what is known of any of them.
sampler fitted_sampler(int steps, double guidance) {
    sampler made;
    made.name = "fitted";
    made.spelling = "fitted_solver";
    made.calls = "1";
    made.noise = "no";
    made.walk = walks::its_own_grid;
    if (steps == 0) return made;
    made.method = read_fitted(steps, guidance);
    return made;
}

}  // namespace

bool sampler::has(std::string_view option) const {
    return std::any_of(options.begin(), options.end(),
                       [&](const setting& each) { return each.name == option; });
}

std::vector<sampler> all_samplers(const solver_settings& settings) {
    std::vector<sampler> all;
    fokker::for_each_named_solver(
        [&](const auto& entry) { all.push_back(make_sampler(entry, settings)); });
    return all;
}

std::vector<sampler> listed_samplers() {
    std::vector<sampler> all = all_samplers({});
    all.push_back(fitted_sampler(0, 1));
    return all;
}

sampler sampler_named(std::string_view name, const solver_settings& settings) {
    if (name == "fitted") return fitted_sampler(settings.steps, settings.guidance);
    return fokker::with_solver(name,
                               [&](const auto& entry) { return make_sampler(entry, settings); });
}

void print_samplers() {
    std::printf("%-23s %5s %5s %5s  %s\n", "name", "order", "calls", "noise", "options");
    for (const sampler& each : listed_samplers()) {
        std::string options;
        for (const setting& option : each.options) options += " " + option.name;
        if (!each.refusal.empty()) options += " (not here: it " + each.refusal + ")";
        const std::string order = each.order > 0 ? std::to_string(each.order) : "-";
        std::printf("%-23s %5s %5s %5s%s%s\n", each.name.c_str(), order.c_str(), each.calls.c_str(),
                    each.noise.c_str(), options.empty() ? "" : " ", options.c_str());
    }
    std::printf(
        "\norder: of the ODE solver, without noise; -: none\n"
        "calls: of the network, a step; -: as many as --tolerance wants\n");
}

}  // namespace fashion
