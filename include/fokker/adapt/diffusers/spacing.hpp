/// Which training times a walk of so many steps visits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/adapt/diffusers/training_table.hpp>
#include <fokker/path/knot_order.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// As numpy rounds: halves to even.
inline double rounded(double x) { return std::nearbyint(x); }

/// Throws fokker::error unless the request is for a number of steps, and for no more than were
/// trained (`at_most`).
inline int steps_asked_for(const settings& s, const timesteps& asked, int at_most) {
    s.require(asked.steps > 0, "steps is ", asked.steps, "; ask for at least one");
    s.require(asked.steps <= at_most, "steps is ", asked.steps, ", and the network was trained on ",
              at_most);
    detail::require_few_enough("steps", static_cast<std::size_t>(asked.steps));
    return asked.steps;
}

/// Throws fokker::error where the class's set_timesteps does not take such a list.
inline void refuse_timesteps(const settings& s, const timesteps& asked) {
    s.require(asked.timesteps.empty(), "timesteps cannot be given; the class takes steps");
}
inline void refuse_sigmas(const settings& s, const timesteps& asked) {
    s.require(asked.sigmas.empty(), "sigmas cannot be given; the class takes steps");
}
inline void refuse_mu(const settings& s, const timesteps& asked) {
    s.require(!asked.mu, "mu cannot be given; it is for flows with use_dynamic_shifting");
}

/// The times of DDPM, DDIM, Euler and their relatives, falling. Those of "linspace" lie between
/// the integers unless they are rounded.
inline std::vector<double> spaced_times(const settings& s, int steps, bool rounds) {
    const int trained = s.whole("num_train_timesteps");
    std::vector<double> times;
    if (s.is("timestep_spacing", "linspace")) {
        times = evenly_spaced(0.0, trained - 1.0, steps);
        std::reverse(times.begin(), times.end());
        if (rounds)
            for (double& t : times) t = rounded(t);
    } else if (s.is("timestep_spacing", "leading")) {
        const int stride = trained / steps;
        for (int i = steps; i-- > 0;)
            times.push_back(static_cast<double>(i * stride + s.whole("steps_offset")));
    } else {
        // numpy.arange(trained, 0, -stride): its length is that of a division, and its stride the
        // difference of the first two, with the rounding of the second.
        const double stride = static_cast<double>(trained) / steps;
        const auto count = static_cast<int>(std::ceil(trained / stride));
        const double change = (trained - stride) - trained;
        for (int i = 0; i < count; ++i) times.push_back(rounded(trained + i * change) - 1.0);
    }
    for (const double t : times)
        s.require(t >= 0 && t <= trained - 1.0, "with steps_offset = ", s.whole("steps_offset"),
                  " and ", steps, " steps the walk visits the time ", t,
                  ", and the training had 0 .. ", trained - 1);
    return times;
}

/// Throws fokker::error unless the times are integers of the training and fall.
inline void require_whole_times(const settings& s, const std::vector<double>& times, int trained) {
    for (std::size_t i = 0; i < times.size(); ++i) {
        const double t = times[i];
        s.require(t == std::floor(t) && t >= 0 && t < trained, "timesteps has ", t,
                  "; it must hold integers from 0 to ", trained - 1);
        s.require(i == 0 || t < times[i - 1], "timesteps has ", t, " after ",
                  times[i == 0 ? 0 : i - 1], "; it must fall");
    }
}

}  // namespace fokker::diffusers::detail
