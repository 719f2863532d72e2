#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>
#include <thread>

#include "../fashion/command_line.hpp"
#include "../fashion/data_set.hpp"

namespace fashion {

namespace {

template <class Value>
void drop_repeated(std::vector<Value>& values) {
    std::vector<Value> kept;
    for (const Value& value : values)
        if (std::ranges::find(kept, value) == kept.end()) kept.push_back(value);
    values = kept;
}

}  // namespace

std::optional<options> read_options(int count, char** words) {
    options o;
    o.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    CLI::App app(
        "Measures how good the pictures of samplers are after so many steps: the Frechet\n"
        "distance of their features from those of the test pictures, over that of real pictures,\n"
        "and the variational bound. What is measured is kept in the folder --out: an interrupted\n"
        "study goes on where it stopped, and what is there is not made again. As it stands the\n"
        "study takes days on two cores; --pictures 1000 --steps 5,10 is one of minutes.",
        "fashion_quality");
    // Of the study; --show takes none of them.
    std::vector<CLI::Option*> of_study;
    const auto list = [&](const char* name, auto& values, const char* help) {
        of_study.push_back(
            app.add_option(name, values, help)->delimiter(',')->capture_default_str());
        return of_study.back();
    };
    const auto number = [&](const char* name, int& value, int least, int most, const char* help) {
        of_study.push_back(app.add_option(name, value, help)
                               ->capture_default_str()
                               ->check(CLI::Range(least, most))
                               ->take_last());
        return of_study.back();
    };
    list("--methods", o.methods, "ways to sample, with commas between; all if left out");
    list("--grids", o.grids,
         "linspace, trailing, karras, uniform-lambda, optimal, fitted, fitted-solver");
    list("--steps", o.steps, "numbers of steps")->check(CLI::Range(2, 1000));
    number("--pictures", o.pictures, 0, 1000000, "to be made for each seed");
    number("--seeds", o.seeds, 1, 1000, "how many, from 1 on");
    const CLI::Option* bounds = number("--bound-pictures", o.bound_pictures, 0, test_pictures,
                                       "test pictures for the variational bound");
    number("--threads", o.threads, 1, 1024, "processor threads")->default_str("all");
    app.add_option("--real-pictures", o.real_pictures,
                   "test pictures to measure distances from; only distances from as many compare")
        ->capture_default_str()
        ->check(CLI::Range(150, test_pictures))
        ->take_last();
    app.add_option("--out", o.out, "folder of the results")->capture_default_str()->take_last();
    app.add_option("--data", o.data, "folder of the gzipped files of Fashion-MNIST")
        ->capture_default_str()
        ->take_last();
    app.add_option("--map", o.map, "moments of each pixel, by fashion_moments --each-element")
        ->required()
        ->take_last();
    CLI::Option* show = app.add_flag("--show", o.show, "make nothing, show all that is there");
    for (CLI::Option* each : of_study) show->excludes(each);
    app.add_flag("--check", o.check, "make nothing, say only what is wrong with the options");
    if (!parse(app, count, words)) return std::nullopt;
    if (o.real_pictures % 10 != 0)
        throw std::invalid_argument(
            "--real-pictures: there are as many of each of ten classes, so a multiple of ten");
    if (bounds->empty()) o.bound_pictures = std::min(o.bound_pictures, o.real_pictures);
    if (o.bound_pictures > o.real_pictures)
        throw std::invalid_argument(
            "--bound-pictures: they are among --real-pictures, so there cannot be more");
    if (!o.check && !std::filesystem::exists(o.map))
        throw std::invalid_argument("--map: there is no " + o.map.string() +
                                    "; make it with fashion_moments --each-element --out FILE");
    drop_repeated(o.methods);
    drop_repeated(o.grids);
    drop_repeated(o.steps);
    return o;
}

}  // namespace fashion
