/// Grids of whole training times of a discrete path.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include <fokker/compiled.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/grids/layout.hpp>
#include <fokker/path/path.hpp>
#include <fokker/path/schedules/discrete.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// Whose points. `ddim`: as many as there are steps. `dpm_solver`: one more, of which the last
/// gives way to the end of the walk: what diffusers does in its DPM-Solver, UniPC, DEIS and
/// SA-Solver. With grid_end::least_noise both are that.
enum class spacing { ddim, dpm_solver };

/// Options of `trailing`, `leading` and `linspace`.
struct spacing_options {
    int offset = 0;  ///< added to the times; 1 for Stable Diffusion 1 with `leading`
    grid_end end = grid_end::clean;
    spacing points = spacing::ddim;
    /// Start where lambda is at least this, as the end of a cosine schedule has almost no signal:
    /// diffusers' lambda_min_clipped, such as -5.1. Without it, at the schedule's last time, even
    /// where that is pure noise.
    std::optional<double> lambda_min = std::nullopt;
};

namespace detail {

inline void require_no_more_than_trained(int steps, int trained) {
    require_steps(steps);
    require(steps <= trained, "steps is ", steps, ", more than the ", trained,
            " training steps of the schedule; ask for at most that many");
}

/// Where these steps are laid by so many points.
inline void require_points_trained(int steps, int points, int trained) {
    require(points <= trained, "steps is ", steps, ", for which ", points,
            " training times are laid out, and there are ", trained, "; ask for ",
            trained - (points - steps), " steps at most");
}

/// How many training times have at least this lambda: all of them where none is wanted.
template <discrete_path Schedule>
int times_from(const Schedule& schedule, std::optional<double> lambda_min) {
    int count = schedule.steps();
    if (!lambda_min) return count;
    require(!is_nan(*lambda_min), "lambda_min is not a number");
    while (count > 0 && schedule.at(count - 1.0).lambda() < *lambda_min) --count;
    require(count > 0, "lambda_min is ", *lambda_min,
            ", more than anywhere in the schedule; give a smaller one");
    return count;
}

inline void require_times(const char* name, double first, double last, int trained) {
    require(last >= 0 && first < trained, name, " lays its times from ", first, " to ", last,
            ", and the schedule has 0 to ", trained - 1, "; mend the offset");
}

/// Whether one more point is laid than there are noisy knots before the end.
inline bool lays_one_more(const spacing_options& options) {
    return options.points == spacing::dpm_solver || options.end == grid_end::least_noise;
}

/// Of one point too many the last gives way to the end.
template <discrete_path Schedule>
grid end_at(const Schedule& schedule, std::vector<double> times, bool one_more, grid_end end) {
    if (one_more) times.pop_back();
    if (end == grid_end::least_noise) {
        require(times.back() > schedule.first_time(), times.size(),
                " steps leave no training time to end at; ask for fewer, or for grid_end::clean");
        times.push_back(schedule.first_time());
    }
    return detail::grid_at(schedule, times, end);
}

}  // namespace detail

/// Every (T / steps)-th training time, counted from the noisy end T - 1: Lin et al. 2024. The right
/// choice for few steps. Throws fokker::error on more steps than were trained, on an offset, and on
/// spacing::dpm_solver, as there is but one set of points.
template <discrete_path Schedule>
grid trailing(const Schedule& schedule, int steps, spacing_options options) {
    detail::require_no_more_than_trained(steps, schedule.steps());
    detail::require(options.offset == 0, "offset is ", options.offset,
                    "; trailing counts from the noisy end and has none");
    detail::require(options.points == spacing::ddim,
                    "points is spacing::dpm_solver; trailing has the same points for all solvers, "
                    "in diffusers, too, so leave it out");
    const int usable = detail::times_from(schedule, options.lambda_min);
    std::vector<double> times(static_cast<std::size_t>(steps));
    // A difference that is rounded, as NumPy's arange is: its halves fall as in the originals.
    // Volatile, lest -ffast-math take it for the stride.
    const volatile double next = usable - static_cast<double>(usable) / steps;
    const double stride = usable - next;
    int i = 0;
    for (double& t : times) t = std::nearbyint(usable - i++ * stride) - 1.0;
    detail::require_no_more_than_trained(steps, usable);
    return detail::end_at(schedule, times, false, options.end);
}

template <discrete_path Schedule>
grid trailing(const Schedule& schedule, int steps) {
    return fokker::trailing(schedule, steps, spacing_options{});
}

/// Every (T / steps)-th training time, counted from `offset` at the data end: Ho et al. 2020, Song
/// et al. 2021 (DDIM). Starts below T - 1 unless steps = T. Throws fokker::error on more steps than
/// were trained and on an offset that leads out of the schedule.
template <discrete_path Schedule>
grid leading(const Schedule& schedule, int steps, spacing_options options) {
    detail::require_no_more_than_trained(steps, schedule.steps());
    const int usable = detail::times_from(schedule, options.lambda_min);
    const bool one_more = detail::lays_one_more(options);
    const int points = one_more ? steps + 1 : steps;
    detail::require_points_trained(steps, points, usable);
    const int stride = usable / points;
    std::vector<double> times(static_cast<std::size_t>(points));
    int i = points;
    for (double& t : times) t = double(--i) * stride + options.offset;
    detail::require(options.offset >= 0 && times.front() < schedule.steps(), "offset is ",
                    options.offset, "; the largest time would be ", times.front(),
                    ", and the schedule ends at ", schedule.steps() - 1);
    return detail::end_at(schedule, times, one_more, options.end);
}

template <discrete_path Schedule>
grid leading(const Schedule& schedule, int steps, int offset = 0) {
    return fokker::leading(schedule, steps, spacing_options{.offset = offset});
}

/// Training times spaced evenly from T - 1 to `offset`, rounded. Throws fokker::error on more steps
/// than were trained and on an offset outside of the schedule.
template <discrete_path Schedule>
grid linspace(const Schedule& schedule, int steps, spacing_options options) {
    detail::require_steps(steps);
    const int usable = detail::times_from(schedule, options.lambda_min);
    const bool one_more = detail::lays_one_more(options);
    const int points = one_more ? steps + 1 : steps;
    detail::require_points_trained(steps, points, usable);
    detail::require(options.offset >= 0 && options.offset < usable - (points > 1 ? 1 : 0),
                    "offset is ", options.offset, "; the times end there, and begin at ",
                    usable - 1);
    auto times = detail::even_points(usable - 1.0, options.offset, points);
    for (double& t : times) t = std::nearbyint(t);
    return detail::end_at(schedule, times, one_more, options.end);
}

template <discrete_path Schedule>
grid linspace(const Schedule& schedule, int steps, grid_end end = grid_end::clean) {
    return fokker::linspace(schedule, steps, spacing_options{.end = end});
}

/// T - 1 - floor(i T / steps): every (T / steps)-th training time, cut to whole times rather than
/// rounded. "simple" in ComfyUI, stable-diffusion.cpp and stable-diffusion-webui, which cut a
/// product of rounded numbers, and so lie one time off in some grids (of T = 1000, the first has 38
/// steps).
template <discrete_path Schedule>
grid simple(const Schedule& schedule, int steps, grid_end end = grid_end::clean) {
    detail::require_no_more_than_trained(steps, schedule.steps());
    std::vector<double> times(static_cast<std::size_t>(steps));
    long long i = 0;
    for (double& t : times)
        t = schedule.last_time() - static_cast<double>(i++ * schedule.steps() / steps);
    return detail::end_at(schedule, times, false, end);
}

/// Options of `latent_consistency`.
struct latent_consistency_options {
    int original_steps = 50;  ///< of the solver that the network was distilled from
    double strength = 1.0;    ///< of image-to-image, in (0, 1]: only so much of them is used
    grid_end end = grid_end::clean;
};

/// A subset of the training times k j - 1, j = 1 .. original_steps, k = T / original_steps, evenly
/// spaced from the noisiest down: what consistency networks know (LCM: Luo et al. 2023; TCD: Zheng
/// et al. 2024). Throws fokker::error on more steps than there are such times.
template <discrete_path Schedule>
grid latent_consistency(const Schedule& schedule, int steps,
                        latent_consistency_options options = {}) {
    using detail::require;
    detail::require_steps(steps);
    require(options.original_steps >= 1 && options.original_steps <= schedule.steps(),
            "original_steps is ", options.original_steps, "; it must lie in 1 .. ",
            schedule.steps());
    require(options.strength > 0 && options.strength <= 1, "strength is ", options.strength,
            "; it must lie in (0, 1]");
    const int used = detail::steps_of_part(options.strength, options.original_steps);
    require(steps <= used, "steps is ", steps, ", and original_steps times strength gives only ",
            used, "; ask for fewer, or raise one of them");
    const int k = schedule.steps() / options.original_steps;
    std::vector<double> times(static_cast<std::size_t>(steps));
    long long i = 0;
    for (double& t : times) t = static_cast<double>((used - i++ * used / steps) * k - 1);
    return detail::end_at(schedule, times, false, options.end);
}

#ifdef FOKKER_TEMPLATE
FOKKER_TEMPLATE grid::grid(std::vector<knot>, discrete_schedule);
FOKKER_TEMPLATE grid detail::grid_at(const discrete_schedule&, const std::vector<double>&,
                                     grid_end);
FOKKER_TEMPLATE grid trailing(const discrete_schedule&, int, spacing_options);
FOKKER_TEMPLATE grid trailing(const discrete_schedule&, int);
FOKKER_TEMPLATE grid leading(const discrete_schedule&, int, spacing_options);
FOKKER_TEMPLATE grid linspace(const discrete_schedule&, int, spacing_options);
FOKKER_TEMPLATE grid simple(const discrete_schedule&, int, grid_end);
#endif

}  // namespace fokker
