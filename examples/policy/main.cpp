// Drives a robot by plans from a diffusion policy: the study, the ticks, or the loop in real time.
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include "../fashion/writable.hpp"
#include "../fashion_samples/progress_bar.hpp"
#include "options.hpp"
#include "real_time.hpp"
#include "study.hpp"

namespace policy {
namespace {

fokker::any_solver solver_of(const std::string& name) {
    return fokker::with_solver(
        name, [](const auto& entry) -> fokker::any_solver { return entry.solver; });
}

settings settings_of(const options& o, const std::string& sampler, int steps, double strength) {
    return {.solver = solver_of(sampler),
            .steps = steps,
            .strength = strength,
            .committed = o.committed};
}

// A line for each place of the first paths, for plot.py.
void write_paths(std::ostream& to, const std::string& name, const result& driven) {
    constexpr std::size_t drawn = 60;
    for (std::size_t i = 0; i < driven.paths.size() && i < drawn; ++i) {
        const path& p = driven.paths[i];
        for (const Vector2d& at : p.places)
            to << name << ',' << i << ',' << at.x() << ',' << at.y() << ',' << p.disc << ','
               << p.goal << ',' << (p.end == ending::reached) << '\n';
    }
}

void study(const options& o) {
    const network net(o.weights);
    const std::filesystem::path paths_file = o.out / "paths.csv";
    fashion::require_writable(paths_file);
    std::ofstream paths(paths_file);
    paths << "sampler,episode,x,y,disc,goal,reached\n";
    std::printf(
        "%d episodes each. Calls: of the network, a tick. p50, p99, maximum: microseconds a "
        "tick, of %d ticks.\n%-10s %-5s %5s %8s %8s %6s %8s %8s %8s %12s\n",
        o.episodes, o.ticks, "sampler", "from", "calls", "arrives", "touches", "above", "p50",
        "p99", "maximum", "allocations");
    for (const std::string& sampler : o.samplers)
        for (const int steps : o.steps)
            for (const double strength : {0.0, o.strength}) {
                const settings with = settings_of(o, sampler, steps, strength);
                const char* const from = strength > 0 ? "plan" : "noise";
                result driven;
                {
                    fashion::progress_bar bar(
                        sampler + ", " + std::to_string(steps) + " steps, from " + from,
                        o.episodes);
                    driven = drive_all(net, with, o.episodes, o.seed, o.threads,
                                       [&] { bar.advance(1); });
                }
                std::int64_t ticks = 0;
                for (const path& p : driven.paths)
                    ticks += static_cast<std::int64_t>(p.places.size()) - 1;
                const latency l = measure(net, with, o.ticks);
                std::printf(
                    "%-10s %-5s %5.1f %7.1f%% %7.1f%% %5.0f%% %8.0f %8.0f %8.0f %12lld\n",
                    sampler.c_str(), from,
                    static_cast<double>(driven.steps) / static_cast<double>(ticks),
                    100 * driven.share([](const path& p) { return p.end == ending::reached; }),
                    100 * driven.share([](const path& p) { return p.end == ending::touched; }),
                    100 * driven.share([](const path& p) { return p.is_above(); }), l.median,
                    l.most_of_100, l.longest, static_cast<long long>(l.allocations));
                std::fflush(stdout);
                write_paths(paths, sampler + " " + std::to_string(steps) + " " + from, driven);
            }
    if (!paths.flush()) throw std::runtime_error(paths_file.string() + " could not be written");
}

void real_time(const options& o) {
    network net(o.weights);
    const settings with = settings_of(o, o.samplers.size() == 1 ? o.samplers.front() : "dpm++2m",
                                      o.steps.size() == 1 ? o.steps.front() : 10, o.strength);
    std::fputs("at 100 Hz, until Enter is pressed\n", stderr);
    real_time_result found;
    {
        std::jthread loop([&](const std::stop_token& stop) {
            found = drive_in_real_time(net, with, o.seed, stop);
        });
        std::string line;
        std::getline(std::cin, line);
    }
    std::printf(
        "%d ticks: %d ended after their deadline, %d were cut by it; %d arrived, %d touched\n",
        found.ticks, found.late, found.cut, found.reached, found.touched);
}

int fail(const std::exception& problem, int code) {
    std::fprintf(stderr, "policy: %s\n", problem.what());
    return code;
}

}  // namespace
}  // namespace policy

int main(int count, char** words) try {
    const auto asked = policy::read_options(count, words);
    if (!asked) return 0;
    asked->real_time ? policy::real_time(*asked) : policy::study(*asked);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    return policy::fail(problem, 2);
} catch (const std::exception& problem) { return policy::fail(problem, 1); }
