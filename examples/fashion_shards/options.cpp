#include "options.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "../fashion/command_line.hpp"
#include "../fashion/data_set.hpp"

namespace fashion {

namespace {

constexpr std::array<std::pair<const char*, const char*>, 4> solver_options{
    {{"--eta", "of ancestral solvers and ddim: share of fresh noise"},
     {"--churn", "of heun, dpm2 and euler: noise added on the way"},
     {"--s-noise", "standard deviation of the fresh noise"},
     {"--tau", "of sa-solver: amount of fresh noise"}}};

}  // namespace

std::optional<options> read_options(int count, char** words) {
    options o;
    CLI::App app(
        "Draws many garments by several processes, which do not talk to each other. Each draws\n"
        "the shards of its rank, and then what others have left. A shard is a file in the folder\n"
        "--out, which is there whole or not at all. A process that was interrupted goes on when\n"
        "it is started again with the same options. mpirun, srun or a SLURM array tell it its\n"
        "rank.",
        "fashion_shards");
    // Of the drawing; --gather takes none of them, as the folder says what was drawn.
    std::vector<CLI::Option*> of_drawing;
    const auto add = [&](const char* name, auto& value, const char* help) {
        of_drawing.push_back(app.add_option(name, value, help)->capture_default_str()->take_last());
        return of_drawing.back();
    };
    constexpr std::uint64_t many = 1'000'000'000'000;
    add("--pictures", o.pictures, "in all shards together, of every class in turn")
        ->check(whole_number)
        ->check(CLI::Range(std::uint64_t{1}, many));
    add("--shard-size", o.shard_size, "most pictures of a shard, which are drawn together")
        ->check(CLI::Range(1, 1'000'000));
    add("--solver", o.solver, "a name of the catalogue: fashion_samples --list");
    std::array<std::optional<double>, solver_options.size()> values;
    for (std::size_t i = 0; i < values.size(); ++i)
        of_drawing.push_back(
            app.add_option(solver_options[i].first, values[i], solver_options[i].second)
                ->take_last());
    add("--steps", o.steps, "of the solver")->check(CLI::Range(1, 1000));
    add("--grid", o.grid, "where the steps lie")
        ->check(CLI::IsMember(
            {"trailing", "leading", "linspace", "quadratic", "karras", "uniform-lambda"}));
    add("--guidance", o.guidance, "weight of the class: 0 without, 1 as trained")
        ->check(finite_number)
        ->check(CLI::Range(0.0, 20.0));
    add("--seed", o.seed, "of the noise")->check(whole_number);
    add("--checkpoint-every", o.checkpoint_every,
        "steps of a walk, after which it is kept so that it can go on; 0: never")
        ->check(CLI::Range(0, 1000));
    add("--threads", o.threads, "of this process; the pictures do not depend on it")
        ->check(CLI::Range(1, 1024));
    std::optional<std::uint64_t> rank, ranks;
    of_drawing.push_back(app.add_option("--rank", rank,
                                        "of this process, from 0 on, where no "
                                        "variable says it")
                             ->check(whole_number)
                             ->take_last());
    of_drawing.push_back(app.add_option("--ranks", ranks, "how many processes there are")
                             ->check(whole_number)
                             ->take_last());
    CLI::Option* gather =
        app.add_flag("--gather", o.gather,
                     "draw nothing: the mean, the covariance and the Frechet distance of all "
                     "pictures, once they are there");
    for (CLI::Option* each : of_drawing) gather->excludes(each);
    app.add_option("--real-pictures", o.real_pictures,
                   "with --gather: test pictures to measure the distance from; 0: none")
        ->capture_default_str()
        ->check(CLI::Range(0, test_pictures))
        ->needs(gather)
        ->take_last();
    app.add_option("--data", o.data, "with --gather: folder of the files of Fashion-MNIST")
        ->capture_default_str()
        ->needs(gather)
        ->take_last();
    app.add_option("--out", o.out, "folder of the shards")->capture_default_str()->take_last();

    if (!parse(app, count, words)) return std::nullopt;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i]) o.solver_options[solver_options[i].first] = *values[i];
    if (o.real_pictures == 1)
        throw std::invalid_argument(
            "--real-pictures: one picture has no covariance; give two or more, or 0 for no "
            "distance");
    if (!o.gather) o.where = find_place(rank, ranks);
    return o;
}

}  // namespace fashion
