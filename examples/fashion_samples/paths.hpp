// The path that the network was trained on, a second way to walk it, and the grids to lay over
// them.
#pragma once

#include <array>
#include <fokker/fokker.hpp>
#include <string_view>

namespace fashion {

// The schedule of the training: labels 0 .. 999.
inline fokker::discrete_schedule trained_schedule() { return fokker::linear_schedule(1000); }

// The continuous variance-preserving path, whose times run from 1e-3 to 1. All that the network
// must be told is how much noise there is, so each knot bears the label of the training schedule
// that has the same lambda. These few lines are what a path of one's own takes.
struct continuous_path {
    fokker::vp_path path = {};
    fokker::discrete_schedule trained = trained_schedule();

    double first_time() const { return path.first_time(); }
    double last_time() const { return path.last_time(); }
    double time(double lambda) const { return path.time(lambda); }
    fokker::knot at(double t) const {
        fokker::knot k = path.at(t);
        k.t = trained.time(k.lambda());
        return k;
    }
};

inline constexpr std::array<std::string_view, 2> schedules{"linear", "vp"};

inline constexpr std::array<std::string_view, 6> grids{"trailing",  "leading", "linspace",
                                                       "quadratic", "karras",  "uniform-lambda"};

// Whether a grid picks steps of the training, which only the schedule linear has.
inline bool picks_labels(std::string_view grid) { return grid == "trailing" || grid == "leading"; }

template <fokker::diffusion_path Path>
fokker::grid lay_grid(std::string_view name, const Path& path, int steps) {
    if constexpr (fokker::discrete_path<Path>) {
        if (name == "trailing") return fokker::trailing(path, steps);
        if (name == "leading") return fokker::leading(path, steps);
    }
    if (name == "linspace") return fokker::linspace(path, steps);
    if (name == "quadratic") return fokker::quadratic(path, steps);
    if (name == "karras") return fokker::karras(path, steps);
    return fokker::uniform_lambda(path, steps);
}

// For samplers that want no other grid: steps even in lambda, down to the least noise.
inline fokker::grid lay_even_grid(std::string_view schedule, int steps) {
    constexpr auto end = fokker::grid_end::least_noise;
    if (schedule == "vp") return fokker::uniform_lambda(continuous_path{}, steps, end);
    return fokker::uniform_lambda(trained_schedule(), steps, end);
}

inline fokker::grid lay_grid(std::string_view name, std::string_view schedule, int steps) {
    if (schedule == "vp") return lay_grid(name, continuous_path{}, steps);
    return lay_grid(name, trained_schedule(), steps);
}

}  // namespace fashion
