/// Grids from published tables of sigma / alpha, optimised for one network each.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grids/gits_table.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {
namespace detail {

/// A falling table at `count` evenly spaced places, log-linear in between.
inline std::vector<double> log_linear(std::span<const double> table, int count) {
    std::vector<double> sigmas;
    for (const double place : even_points(double(table.size()) - 1.0, 0.0, count)) {
        // Counted from the data end, as the originals do.
        const auto above = static_cast<std::size_t>(place);
        const double weight = place - static_cast<double>(above);
        const double low = table[table.size() - 1 - above];
        sigmas.push_back(weight == 0
                             ? low
                             : std::exp((1.0 - weight) * std::log(low) +
                                        weight * std::log(table[table.size() - 2 - above])));
    }
    return sigmas;
}

/// The grid of such a table: its last entry gives way to a clean end. The tables are rounded, so
/// their ends may lie off the path's by a thousandth, and are then taken for these.
template <diffusion_path Path>
grid grid_of_table(const Path& path, std::vector<double> sigmas, grid_end end) {
    const double reached = path.at(path.first_time()).noise_to_signal();
    if (end == grid_end::clean) sigmas.pop_back();
    std::vector<double> times;
    for (const double sigma : sigmas) times.push_back(path.time(-std::log(sigma)));
    detail::require_reached(path, "the table's sigma_max", sigmas.front(), times.front(), 1e-3);
    if (end == grid_end::least_noise && std::abs(sigmas.back() - reached) <= 1e-2 * reached)
        times.back() = path.first_time();
    detail::require_reached(path, "the table's sigma_min", sigmas.back(), times.back(), 1e-2);
    return detail::grid_at(path, times, end);
}

}  // namespace detail

/// The networks that the tables of Sabour et al. 2024 are for: Stable Diffusion 1.5, Stable
/// Diffusion XL (both on `scaled_linear_schedule`), Stable Video Diffusion (on `edm_path`).
enum class align_your_steps_for { sd15, sdxl, svd };

/// The digits of Stable Diffusion's tables: three as published (diffusers, stable-diffusion-webui),
/// or those of ComfyUI and stable-diffusion.cpp, which differ in the third.
enum class align_your_steps_digits { published, comfyui };

/// Options of `align_your_steps`.
struct align_your_steps_options {
    align_your_steps_digits digits = align_your_steps_digits::published;
    grid_end end = grid_end::clean;
};

namespace detail {

using ten_steps = std::array<double, 11>;

inline constexpr ten_steps align_your_steps_sd15{14.615, 6.475, 3.861, 2.697, 1.886, 1.396,
                                                 0.963,  0.652, 0.399, 0.152, 0.029};
inline constexpr ten_steps align_your_steps_sdxl{14.615, 6.315, 3.771, 2.181, 1.342, 0.862,
                                                 0.555,  0.380, 0.234, 0.113, 0.029};
inline constexpr ten_steps align_your_steps_svd{700.0, 54.5,  15.886, 7.977, 4.248, 1.789,
                                                0.981, 0.403, 0.173,  0.034, 0.002};
inline constexpr ten_steps align_your_steps_sd15_comfyui{
    14.6146412293, 6.4745760956, 3.8636745985, 2.6946151520, 1.8841921177, 1.3943805092,
    0.9642583904,  0.6523686016, 0.3977456272, 0.1515232662, 0.0291671582};
inline constexpr ten_steps align_your_steps_sdxl_comfyui{
    14.6146412293, 6.3184485287, 3.7681790315, 2.1811480769, 1.3405244945, 0.8620721141,
    0.5550693289,  0.3798540708, 0.2332364134, 0.1114188177, 0.0291671582};

}  // namespace detail

/// The published tables of ten steps, log-linear in between for other numbers: Sabour et al. 2024
/// (Align Your Steps). Throws fokker::error on a path that does not reach the table's ends.
template <diffusion_path Path>
grid align_your_steps(const Path& path, int steps, align_your_steps_for network,
                      align_your_steps_options options = {}) {
    detail::require_steps(steps);
    const bool comfyui = options.digits == align_your_steps_digits::comfyui;
    const detail::ten_steps* table = &detail::align_your_steps_svd;
    if (network == align_your_steps_for::sd15)
        table = comfyui ? &detail::align_your_steps_sd15_comfyui : &detail::align_your_steps_sd15;
    if (network == align_your_steps_for::sdxl)
        table = comfyui ? &detail::align_your_steps_sdxl_comfyui : &detail::align_your_steps_sdxl;
    return detail::grid_of_table(path, detail::log_linear(*table, steps + 1), options.end);
}

/// Options of `gits`.
struct gits_options {
    double coefficient = 1.2;  ///< 0.8, 0.85, .. 1.5; more lays the knots closer to the data
    grid_end end = grid_end::clean;
};

/// The timetables of Chen et al. 2024 (GITS) for Stable Diffusion 1.5 (on
/// `scaled_linear_schedule`), as ComfyUI publishes them: 2 to 20 steps; of more, the one of 20
/// log-linear in between. Throws fokker::error on a single step, on a coefficient that has no
/// table, and on a path that does not reach the table's ends.
template <diffusion_path Path>
grid gits(const Path& path, int steps, gits_options options = {}) {
    detail::require_steps(steps);
    detail::require(steps >= 2, "steps is ", steps, "; the timetables of GITS begin with two");
    const double place = (options.coefficient - 0.8) / 0.05, whole = std::nearbyint(place);
    detail::require(
        detail::is_finite(place) && whole >= 0 && whole <= 14 && std::abs(place - whole) < 1e-6,
        "coefficient is ", options.coefficient, "; there are tables for 0.8, 0.85, .. 1.5");
    const auto row = static_cast<std::size_t>((std::min)(steps, 20) - 2);
    std::vector<double> sigmas{detail::gits_levels[0]};
    std::size_t level = 0;
    for (const char down : detail::gits_walks[static_cast<std::size_t>(whole)][row]) {
        level += static_cast<std::size_t>(down - '(');
        sigmas.push_back(detail::gits_levels[level]);
    }
    if (steps > 20) sigmas = detail::log_linear(sigmas, steps + 1);
    return detail::grid_of_table(path, std::move(sigmas), options.end);
}

}  // namespace fokker
