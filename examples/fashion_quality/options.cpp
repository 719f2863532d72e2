#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <thread>

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
        "Measures how good the pictures of samplers are after so many steps: the Frechet distance "
        "of\n"
        "their features from those of the test pictures, over that of real pictures, and the\n"
        "variational bound. What is measured is kept in the folder --out: an interrupted study "
        "goes on\n"
        "where it stopped, and what is there is not made again. As it stands the study takes days "
        "on\n"
        "two cores; --pictures 1000 --steps 5,10 is one of minutes.",
        "fashion_quality");
    app.add_option("--methods", o.methods, "ways to sample, with commas between; all if left out")
        ->delimiter(',');
    app.add_option("--grids", o.grids,
                   "linspace, trailing, karras, uniform-lambda, optimal, fitted")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--steps", o.steps, "numbers of steps")
        ->delimiter(',')
        ->capture_default_str()
        ->check(CLI::Range(2, 1000));
    app.add_option("--pictures", o.pictures, "to be made for each seed")
        ->capture_default_str()
        ->check(CLI::NonNegativeNumber)
        ->take_last();
    app.add_option("--seeds", o.seeds, "from 1 on")
        ->capture_default_str()
        ->check(CLI::PositiveNumber)
        ->take_last();
    app.add_option("--bound-pictures", o.bound_pictures, "test pictures for the variational bound")
        ->capture_default_str()
        ->check(CLI::Range(0, test_pictures))
        ->take_last();
    app.add_option("--real-pictures", o.real_pictures, "test pictures to measure distances from")
        ->capture_default_str()
        ->check(CLI::Range(100, test_pictures))
        ->take_last();
    app.add_option("--threads", o.threads, "processor threads")
        ->capture_default_str()
        ->check(CLI::PositiveNumber)
        ->take_last();
    app.add_flag("--show", o.show, "make nothing, show what is there");
    app.add_option("--out", o.out, "folder of the results")->capture_default_str()->take_last();
    app.add_option("--data", o.data, "folder of the gzipped files of Fashion-MNIST")
        ->capture_default_str()
        ->take_last();
    app.add_option("--map", o.map, "moments of each pixel, by fashion_moments --each-element")
        ->required()
        ->take_last();
    try {
        app.parse(count, words);
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return std::nullopt;
    } catch (const CLI::Error& problem) { throw std::invalid_argument(problem.what()); }
    if (o.real_pictures % 10 != 0)
        throw std::invalid_argument(
            "--real-pictures: as many of each of ten classes, so a multiple of "
            "ten");
    if (o.bound_pictures > o.real_pictures)
        throw std::invalid_argument(
            "--bound-pictures: they are taken from --real-pictures, so there "
            "cannot be more");
    if (!std::filesystem::exists(o.map))
        throw std::invalid_argument("--map: there is no " + o.map.string() +
                                    "; make it with fashion_moments --each-element --out FILE");
    drop_repeated(o.methods);
    drop_repeated(o.grids);
    drop_repeated(o.steps);
    return o;
}

}  // namespace fashion
