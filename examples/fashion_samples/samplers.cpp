#include "samplers.hpp"

#include <algorithm>
#include <cstdio>

#include "make_sampler.hpp"

namespace fashion {

bool sampler::has(std::string_view option) const {
    return std::ranges::find(options, option) != options.end();
}

std::vector<sampler> all_samplers(const solver_settings& settings) {
    std::vector<sampler> all;
    fokker::for_each_named_solver(
        [&](const auto& entry) { all.push_back(make_sampler(entry, settings)); });
    return all;
}

sampler sampler_named(std::string_view name, const solver_settings& settings) {
    return fokker::with_solver(name,
                               [&](const auto& entry) { return make_sampler(entry, settings); });
}

void print_samplers() {
    std::printf("%-23s %5s %5s %5s  %s\n", "name", "order", "calls", "noise", "options");
    for (const sampler& each : all_samplers({})) {
        std::string options;
        for (const std::string& option : each.options) options += " " + option;
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
