// Fits solvers of few steps to the network of garments, and writes them to files.
#include <CLI/CLI.hpp>
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fitting.hpp>
#include <fokker/fokker.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "fashion/command_line.hpp"
#include "fashion/threaded_network.hpp"
#include "fashion/writable.hpp"
#include "fashion_samples/fitted_file.hpp"
#include "fashion_samples/paths.hpp"
#include "fashion_samples/progress_bar.hpp"

namespace {

using Eigen::MatrixXf;

struct options {
    std::filesystem::path out = "out/fitted", knots_of;
    std::string grid = "trailing", fine_grid = "fitted", fine_sampler = "ddim";
    std::vector<int> steps{4};
    int samples = 300, fine_steps = 20, rounds = 10, predictions = 4, threads = 1;
    std::uint64_t seed = 1;
    double guidance = 1;
    bool keep_knots = false;
};

constexpr int part = 100;

template <class Model>
void fit(const options& asked, const std::vector<int>& classes, Model&& model) {
    const auto schedule = fashion::trained_schedule();
    MatrixXf x(fashion::unet::pixels, static_cast<Eigen::Index>(classes.size()));
    const fokker::grid fine =
        asked.fine_grid == "fitted"
            ? fokker::fitted(x, model, schedule, asked.fine_steps, fokker::philox{.seed = 0})
            : fashion::lay_grid(asked.fine_grid, schedule, asked.fine_steps);
    fokker::solver_fit fitting(x, model, fine);
    {
        fashion::progress_bar bar("fine walks", asked.samples);
        for (int first = 0; first < asked.samples; first += part) {
            const fokker::philox noise{.seed = asked.seed,
                                       .first_sample = static_cast<std::uint64_t>(first)};
            if (asked.fine_sampler == "ddim")
                fitting.add(noise, fokker::ddim{});
            else
                fitting.add(noise);
            bar.advance(part);
        }
    }
    std::printf(
        "root mean square distance from the ends of %d steps of %s on %s\n"
        "steps     ddim  dpm++2m    deis3   unipc2   fitted  +-        calls\n",
        asked.fine_steps, asked.fine_sampler.c_str(), asked.fine_grid.c_str());
    for (const int steps : asked.steps) {
        const fokker::grid grid =
            asked.knots_of.empty() ? fashion::lay_grid(asked.grid, schedule, steps)
                                   : fokker::load_fitted_solver(
                                         (asked.knots_of / fashion::fitted_name(steps, 1)).string())
                                         .grid_on(schedule);
        const auto by = [&](const auto& solver) { return fitting.error_of(grid, solver).held_out; };
        std::printf("%5d %8.4f %8.4f %8.4f %8.4f", steps, by(fokker::ddim{}),
                    by(fokker::dpm_solver_pp_2m{}), by(fokker::deis<3>{}), by(fokker::unipc<2>{}));
        std::fflush(stdout);
        fokker::fitted_walk best = [&] {
            fashion::progress_bar bar(std::to_string(steps) + " steps", asked.rounds);
            return fitting.on(grid, {.predictions = asked.predictions,
                                     .move_knots = !asked.keep_knots && asked.knots_of.empty(),
                                     .rounds = asked.rounds,
                                     .progress = [&](const fokker::fit_progress& now) {
                                         if (now.round > 0) bar.advance(1);
                                     }});
        }();
        std::printf(" %8.4f  %.4f %6lld\n", best.error.held_out, best.error.standard_error,
                    static_cast<long long>(best.calls));
        std::fflush(stdout);
        const auto file = asked.out / fashion::fitted_name(steps, asked.guidance);
        fokker::save_fitted_solver(
            best.solver, file.string(),
            "fitted by fashion_fit to " + std::to_string(asked.samples) + " walks of " +
                std::to_string(asked.fine_steps) + " steps of " + asked.fine_sampler + " on " +
                asked.fine_grid + ", guidance " + fashion::written(asked.guidance));
    }
    std::printf("files: %s\n", std::filesystem::absolute(asked.out).lexically_normal().c_str());
}

void fit(const options& asked) {
    for (const int steps : asked.steps)
        fashion::require_writable(asked.out / fashion::fitted_name(steps, asked.guidance));
    fashion::threaded_network network(
        fashion::unet(std::filesystem::path(FASHION_FOLDER) / "fashion.weights"), asked.threads);
    std::vector<int> classes;
    for (int i = 0; i < part; ++i) classes.push_back(i % 10);
    const std::vector<int> nothing(classes.size(), fashion::no_label);
    const auto noise_of = [&network](const std::vector<int>& of) {
        return [&network, &of](const MatrixXf& x, const fokker::knot& k, MatrixXf& noise) {
            network.evaluate(x, k.t, of, noise);
        };
    };
    fit(asked, classes,
        fokker::predicts_noise(fokker::guided(noise_of(classes), noise_of(nothing), asked.guidance))
            .clipped(-1, 1));
}

}  // namespace

int main(int count, char** words) try {
    options asked;
    CLI::App app(
        "Fits solvers of few steps to the network, so that they end where its flow ends, and\n"
        "prints how far they and known solvers are from there, on walks that were held out.",
        "fashion_fit");
    const auto number = [&](const char* name, int& value, int least, int most, const char* help) {
        return app.add_option(name, value, help)
            ->capture_default_str()
            ->check(CLI::Range(least, most))
            ->take_last();
    };
    app.add_option("--steps", asked.steps, "numbers of steps, one network call each")
        ->delimiter(',')
        ->capture_default_str()
        ->check(CLI::Range(1, 100));
    app.add_option("--grid", asked.grid, "where the knots are at first")
        ->capture_default_str()
        ->check(CLI::IsMember({"linspace", "trailing", "karras", "quadratic", "uniform-lambda"}))
        ->take_last();
    auto* keep =
        app.add_flag("--keep-knots", asked.keep_knots, "fit the weights, and leave the knots");
    app.add_option("--knots-of", asked.knots_of,
                   "folder of earlier fits whose knots are taken, and left")
        ->excludes(keep)
        ->take_last();
    number("--samples", asked.samples, part, 100000, "walks to fit to, in hundreds");
    app.add_option("--fine-sampler", asked.fine_sampler, "what walks to the targets")
        ->capture_default_str()
        ->check(CLI::IsMember({"dpm++2m", "ddim"}))
        ->take_last();
    app.add_option("--fine-grid", asked.fine_grid, "its grid; fitted is made for the network")
        ->capture_default_str()
        ->check(CLI::IsMember(
            {"linspace", "trailing", "karras", "quadratic", "uniform-lambda", "fitted"}))
        ->take_last();
    number("--fine-steps", asked.fine_steps, 10, 1000, "its steps");
    number("--predictions", asked.predictions, 1, 4, "that a step reads");
    number("--rounds", asked.rounds, 0, 100, "of least squares, at most");
    app.add_option("--guidance", asked.guidance, "scale of guidance by the class")
        ->capture_default_str()
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 100.0))
        ->take_last();
    app.add_option("--seed", asked.seed, "of the noise")
        ->capture_default_str()
        ->check(fashion::whole_number)
        ->take_last();
    app.add_option("--out", asked.out, "folder of the files")->capture_default_str()->take_last();
    number("--threads", asked.threads, 1, 1024, "processor threads");
    if (!fashion::parse(app, count, words)) return 0;
    if (asked.samples % part != 0)
        throw std::invalid_argument("--samples: walks are made in hundreds");
    fit(asked);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    std::fprintf(stderr, "fashion_fit: %s\n", problem.what());
    return 2;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_fit: %s\n", problem.what());
    return 1;
}
