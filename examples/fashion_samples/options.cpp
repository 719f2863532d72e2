#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../fashion/labels.hpp"
#include "samplers.hpp"

namespace fashion {

namespace {

std::vector<std::string> sampler_names() {
    std::vector<std::string> names;
    for (const sampler& each : samplers) names.emplace_back(each.name);
    return names;
}

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

int class_of(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string names;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (text == labels[i] || text == std::to_string(i)) return static_cast<int>(i);
        names += (i == 0 ? "" : ", ") + std::string(labels[i]);
    }
    refuse("--class: '" + text + "' is neither 0 .. 9 nor one of " + names);
}

// Options that would have no effect, or that do not go together.
void check_together(const options& o, const CLI::App& app) {
    const takes option = sampler_named(o.sampler).option;
    if (app.count("--eta") > 0 && !o.all && option != takes::eta)
        refuse("--eta: the sampler " + o.sampler + " has none; ddim and analytic-ddim have");
    if (app.count("--churn") > 0 && !o.all && option != takes::churn)
        refuse("--churn: the sampler " + o.sampler + " has none; euler and heun have");
    if (o.label && o.guidance == 0.0)
        refuse("--class: at --guidance 0 the network does not hear of classes");
    if (o.schedule == "vp" && (o.grid == "trailing" || o.grid == "leading"))
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

    auto* one = app.add_option("--sampler", o.sampler, "How to sample");
    one->check(CLI::IsMember(sampler_names()));
    app.add_flag("--all", o.all,
                 "Every sampler instead of one, a row for each and a class for each column")
        ->excludes(one);
    app.add_option("--steps", o.steps, "Steps of the sampler")->check(CLI::Range(1, 1000));
    app.add_option("--schedule", o.schedule,
                   "linear: the steps of the training; vp: the same path, continuous in time")
        ->check(CLI::IsMember({"linear", "vp"}));
    app.add_option("--grid", o.grid,
                   "Which times are visited (trailing for the schedule linear, linspace for vp)")
        ->check(CLI::IsMember(
            {"trailing", "leading", "linspace", "quadratic", "karras", "uniform-lambda"}));
    app.add_option("--eta", o.eta, "Share of fresh noise, for ddim and analytic-ddim")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--churn", o.churn, "Noise added on the way, for euler and heun")
        ->check(CLI::Range(0.0, 1000.0));
    app.add_option("--class", label, "Only this class, a name or 0 .. 9");
    app.add_option(
           "--count", pictures,
           "Pictures of each class: columns, or rows for each sampler with --all (10, or 1)")
        ->check(CLI::Range(1, 1000));
    app.add_option("--guidance", o.guidance,
                   "Weight of the class: 0 without, 1 as trained, more to overstate it")
        ->check(CLI::Range(0.0, 20.0));
    app.add_option("--seed", o.seed, "Of the noise; the same seed gives the same pictures")
        ->check([](const std::string& text) -> std::string {
            return text.starts_with('-') ? text + " is negative" : "";  // it would wrap
        });
    app.add_option("--threads", o.threads, "The pictures do not depend on it")
        ->check(CLI::Range(1, 256));
    app.add_option("--out", o.out, "The PNG file");

    try {
        app.parse(count, words);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return std::nullopt;
    } catch (const CLI::ParseError& problem) { refuse(problem.what()); }
    if (app.count("--class") > 0) o.label = class_of(label);
    if (o.grid.empty()) o.grid = o.schedule == "linear" ? "trailing" : "linspace";
    o.count = pictures.value_or(o.all && !o.label ? 1 : 10);
    check_together(o, app);
    return o;
}

}  // namespace fashion
