#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>

#include "../fashion/command_line.hpp"
#include "../fashion/data_set.hpp"
#include "../fashion/writable.hpp"
#include "process.hpp"

namespace grey {

namespace {

// Options that would have no effect, or that do not go together.
void check_together(const options& o, const CLI::App& app) {
    const auto refuse = [](const std::string& sentence) { throw std::invalid_argument(sentence); };
    const auto given = [&](const char* name) { return app.count(name) > 0; };
    if (o.study)
        for (const char* name : {"--sampler", "--class", "--out"})
            if (given(name))
                refuse(std::string(name) +
                       ": the study is of all samplers and classes, and a table");
    if (!o.study && o.steps.size() > 1) refuse("--steps: one number; several are for --study");
    if (o.bound_pictures > 0 && (o.how.guidance != 1.0 || o.how.temperature != 1.0))
        refuse(
            "--bound-pictures: the bound is the network's own, without guidance and at "
            "temperature 1");
}

}  // namespace

std::optional<options> read_options(int count, char** words) {
    options o;
    o.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    std::optional<int> how_many;
    std::string label;
    CLI::App app("Draws garments in 8 grey levels, by diffusion of classes.");
    app.name("examples/run.sh grey");
    app.option_defaults()->always_capture_default();
    app.add_option("--sampler", o.how.sampler, "How to sample")->check(CLI::IsMember(samplers));
    app.add_option("--steps", o.steps, "Steps of the sampler (100; with --study 10,20,50,100,250)")
        ->delimiter(',')
        ->default_str("")
        ->check(CLI::Range(1, process_steps));
    app.add_option("--class", label, "Only this class, by name or number")->default_str("");
    app.add_option("--count", how_many, "Pictures of each class (10, with --study 50)")
        ->check(CLI::Range(1, 10000));
    app.add_option("--guidance", o.how.guidance,
                   "1: the class alone; 0: without it; more: away from what has none")
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 20.0));
    app.add_option("--temperature", o.how.temperature, "Of the levels: below 1 likelier ones")
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("--seed", o.how.seed, "Of the noise; the same seed gives the same pictures")
        ->check(fashion::whole_number);
    app.add_option("--bound-pictures", o.bound_pictures,
                   "Test pictures of the data set to measure the bound on (0: none)")
        ->check(CLI::Range(0, fashion::test_pictures));
    app.add_flag("--study", o.study, "A table of both samplers, by the number of steps");
    app.add_option("--data", o.data, "The folder of the files of Fashion-MNIST")->take_last();
    app.add_option("--out", o.out, "The picture, a PNG file");
    app.add_option("--threads", o.threads, "The pictures do not depend on it")
        ->check(CLI::Range(1, 256))
        ->default_str("all");
    if (!fashion::parse(app, count, words)) return std::nullopt;
    check_together(o, app);
    fashion::require_png(o.out);
    if (!o.study) fashion::require_writable(o.out);
    o.classes.resize(fashion::labels.size());
    std::iota(o.classes.begin(), o.classes.end(), 0);
    if (!label.empty()) o.classes = {fashion::class_of("--class", label)};
    if (o.steps.empty()) o.steps = o.study ? std::vector{10, 20, 50, 100, 250} : std::vector{100};
    o.how.steps = o.steps.front();
    o.count = how_many.value_or(o.study ? 50 : 10);
    return o;
}

}  // namespace grey
