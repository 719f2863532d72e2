#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "../fashion/command_line.hpp"
#include "../fashion/labels.hpp"
#include "paths.hpp"
#include "samplers.hpp"

namespace fashion {

namespace {

struct solver_option {
    std::string name, help;
};

const std::vector<solver_option> solver_options{
    {"--eta", "Share of fresh noise: 0 none, 1 as much as the ancestral process"},
    {"--churn", "Noise added on the way"},
    {"--s-noise", "Standard deviation of the fresh noise"},
    {"--tau", "Amount of fresh noise, of sa-solver"},
    {"--gamma", "Of tcd: share of fresh noise; of gradient-estimation: how far beyond"},
    {"--snr", "Length of the Langevin steps of predictor-corrector"},
    {"--corrections", "Number of the Langevin steps of predictor-corrector"},
    {"--tolerance", "Error of a step of a sampler with steps of its own length"},
};

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

CLI::IsMember one_of(const auto& names) {
    return CLI::IsMember(std::vector<std::string>(names.begin(), names.end()));
}

// The samplers that have this option, for a sentence.
std::string samplers_with(const std::string& option) {
    std::string names;
    for (const sampler& each : all_samplers({}))
        if (each.has(option)) names += (names.empty() ? "" : ", ") + each.name;
    return names;
}

// Options that this one sampler would not use.
void check_one(const options& o, const CLI::App& app) {
    const sampler one = sampler_named(o.sampler, {});
    for (const auto& [option, value] : o.solver)
        if (!one.has(option))
            refuse(option + ": the sampler " + o.sampler +
                   " has none; these have: " + samplers_with(option));
    if (one.walk == walks::its_own_grid) {
        if (app.count("--grid") > 0 || o.schedule != "linear")
            refuse("--grid: the sampler fitted has its own, on the schedule linear");
    }
    if (app.count("--grid") > 0 && one.walk != walks::any_grid)
        refuse("--grid: the sampler " + o.sampler + " lays its own, even in lambda");
    if (app.count("--steps") > 0 && one.walk == walks::its_own_length)
        refuse("--steps: the sampler " + o.sampler + " takes as many as --tolerance wants");
    if (!one.refusal.empty()) refuse("--sampler: " + o.sampler + " " + one.refusal);
}

// Options that would have no effect, or that do not go together.
void check_together(const options& o, const CLI::App& app) {
    require_png(o.out);
    if (!o.all) check_one(o, app);
    if (o.label && o.guidance == 0.0)
        refuse("--class: at --guidance 0 the network does not hear of classes");
    if (o.schedule == "vp" && picks_labels(o.grid))
        refuse("--grid: " + o.grid +
               " picks training steps, which the schedule vp does not have; take linspace, "
               "quadratic, karras or uniform-lambda");
}

}  // namespace

std::optional<options> read_options(int count, char** words) {
    options o;
    o.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    std::string label;
    std::optional<int> pictures;
    CLI::App app(
        "Samples garments from a diffusion model of Fashion-MNIST into a PNG picture, a "
        "row for each class.");
    app.name("examples/run.sh");
    app.option_defaults()->always_capture_default();

    bool list = false;
    app.add_flag("--list", list,
                 "The samplers with their orders, network calls a step and options");
    auto* one = app.add_option("--sampler", o.sampler, "How to sample, a name of --list");
    app.add_flag("--all", o.all, "Every sampler instead of one, its name beside its pictures")
        ->excludes(one);
    app.add_option("--steps", o.steps, "Steps of the sampler (of dpm-fast, network calls)")
        ->check(CLI::Range(1, 1000));
    app.add_option("--schedule", o.schedule,
                   "linear: the steps of the training; vp: the same path, continuous in time")
        ->check(one_of(schedules));
    app.add_option("--grid", o.grid,
                   "Which times are visited (trailing for the schedule linear, linspace for vp)")
        ->check(one_of(grids));
    std::vector<std::optional<double>> values(solver_options.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        app.add_option(solver_options[i].name, values[i], solver_options[i].help)
            ->check(fashion::finite_number);
    app.add_option("--class", label, "Only this class, a name or 0 .. 9");
    app.add_option("--count", pictures, "Pictures of each class (10, or 1 with --all)")
        ->check(CLI::Range(1, 1000));
    app.add_option("--guidance", o.guidance,
                   "Weight of the class: 0 without, 1 as trained, more to overstate it")
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 20.0));
    app.add_option("--seed", o.seed, "Of the noise; the same seed gives the same pictures")
        ->check(whole_number);
    app.add_option("--threads", o.threads, "The pictures do not depend on it")
        ->check(CLI::Range(1, 256))
        ->default_str("all");
    app.add_option("--out", o.out,
                   "The PNG file; what does not fit on one sheet goes to further ones");

    if (!parse(app, count, words)) return std::nullopt;
    if (list) {
        print_samplers();
        return std::nullopt;
    }
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i]) o.solver[solver_options[i].name] = *values[i];
    if (app.count("--class") > 0) o.label = class_of("--class", label);
    if (o.grid.empty()) o.grid = o.schedule == "linear" ? "trailing" : "linspace";
    o.count = pictures.value_or(o.all && !o.label ? 1 : 10);
    check_together(o, app);
    return o;
}

}  // namespace fashion
