#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

#include "../fashion/command_line.hpp"
#include "../fashion/data_set.hpp"

namespace fashion {

std::optional<options> read_options(int count, char** words) {
    options o;
    o.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    bool unconditional = false;
    CLI::App app(
        "Measures how many bits a dimension the network needs for test pictures: by the\n"
        "probability-flow ODE, by the variational bound, and by the moments of the network.",
        "fashion_likelihood");
    app.option_defaults()->always_capture_default();
    app.add_option("--count", o.count, "test pictures")->check(CLI::Range(2, test_pictures));
    auto* solver =
        app.add_option("--solver", o.solver, "of the ODE, a name of the catalogue, without noise");
    auto* steps = app.add_option("--steps", o.steps, "of the ODE, even in lambda")
                      ->check(CLI::Range(1, 2000));
    app.add_option("--probes", o.probes, "random probes of the divergence: two network calls each")
        ->check(CLI::Range(1, 200));
    app.add_option("--step", o.step,
                   "length of their differences in units of sigma; 0: the library's choice")
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 1.0));
    app.add_flag("--unconditional", unconditional, "the network is not told the classes");
    auto* bound = app.add_option("--bound-steps", o.bound_steps, "of the variational bound")
                      ->check(CLI::Range(2, 1000));
    auto* study = app.add_flag(
        "--study", o.study, "how far solvers are from a fine solution after so many steps instead");
    app.add_option("--reference-steps", o.reference_steps,
                   "of the fine solution of --study, by unipc<2>")
        ->check(CLI::Range(1, 2000))
        ->needs(study);
    for (CLI::Option* each : {solver, steps, bound}) study->excludes(each);
    app.add_option("--seed", o.seed, "of the noise and the probes")->check(whole_number);
    app.add_option("--threads", o.threads, "the figures do not depend on it")
        ->check(CLI::Range(1, 256))
        ->default_str("all");
    app.add_option("--data", o.data, "folder of the gzipped files of Fashion-MNIST");
    for (CLI::Option* each : app.get_options())
        if (each->get_items_expected_max() > 0) each->take_last();
    if (!parse(app, count, words)) return std::nullopt;
    o.conditional = !unconditional;
    return o;
}

}  // namespace fashion
