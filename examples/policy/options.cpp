#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fokker/fokker.hpp>
#include <stdexcept>
#include <thread>

#include "../fashion/command_line.hpp"

namespace policy {

std::optional<options> read_options(int count, char** words) {
    options o;
    o.weights = std::filesystem::path(POLICY_FOLDER) / "policy.weights";
    o.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    CLI::App app(
        "Drives a robot round a disc by plans from a diffusion policy: how often it arrives, by "
        "sampler and steps, and how long a tick takes.");
    app.name("examples/run.sh policy");
    app.option_defaults()->always_capture_default();
    app.add_option("--samplers", o.samplers, "Names of the catalogue")
        ->delimiter(',')
        ->check([](const std::string& name) -> std::string {
            try {
                fokker::with_solver(name, [](const auto&) {});
            } catch (const fokker::error& problem) { return problem.what(); }
            return "";
        });
    app.add_option("--steps", o.steps, "From noise; a plan goes on from the last one by fewer")
        ->delimiter(',')
        ->check(CLI::Range(1, 100));
    app.add_option("--strength", o.strength,
                   "The share of the steps by which a plan goes on from the last one")
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.01, 1.0));
    app.add_option("--committed", o.committed,
                   "Actions of the last plan that stay as they are, being on their way")
        ->check(CLI::Range(0, 31));
    app.add_option("--episodes", o.episodes, "Of each sampler")->check(CLI::Range(1, 1000000));
    app.add_option("--ticks", o.ticks, "In which the time of a tick is measured")
        ->check(CLI::Range(1, 100000000));
    app.add_option("--seed", o.seed, "Of the episodes; the same seed gives the same paths")
        ->check(fashion::whole_number);
    app.add_flag("--real-time", o.real_time,
                 "One episode after another at 100 Hz, until Enter is pressed");
    app.add_option("--weights", o.weights, "The file that train.py wrote")
        ->take_last()
        ->default_str("policy.weights");
    app.add_option("--out", o.out, "The folder of table and picture");
    app.add_option("--threads", o.threads, "Of the study; the paths do not depend on it")
        ->check(CLI::Range(1, 256))
        ->default_str("all");
    if (!fashion::parse(app, count, words)) return std::nullopt;
    if (o.real_time)
        for (const char* name : {"--episodes", "--ticks", "--out", "--threads"})
            if (app.count(name) > 0)
                throw std::invalid_argument(std::string(name) + ": --real-time measures nothing");
    if (o.real_time && (o.samplers.size() > 1 || o.steps.size() > 1)) {
        if (app.count("--samplers") > 0 || app.count("--steps") > 0)
            throw std::invalid_argument("--real-time: with one sampler and one number of steps");
    }
    return o;
}

}  // namespace policy
