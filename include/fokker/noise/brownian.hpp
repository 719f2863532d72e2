/// Noise out of one Brownian path: the increments of a run's steps add up to the same path however
/// finely it is cut, so that runs with different numbers of steps see the same noise.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/noise/brownian_tree.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/weighted.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The Gaussian of a step from a knot s to a knot t is (W(v_s) - W(v_t)) / sqrt(v_s - v_t), where W
/// is a Brownian path for each element of each sample and v = brownian_clock(knot), which knows
/// nothing of the grid. A second Gaussian of the same interval in the same step comes from a second
/// path, and so on. The prior, the forward process and the variational bound, which have no
/// interval, draw as philox{seed, first_sample} does. Keeps philox's promise, on batches, threads,
/// slices and resumed runs alike. A run refuses it on a grid with jumps, which walk a part of the
/// path twice. Throws fokker::error on an interval shorter than 2^-34 of the clock: the path is
/// resolved to 2^-44.
struct brownian final {
    std::uint64_t seed = 0;
    std::uint64_t first_sample = 0;

    static constexpr bool counted = true;
    static constexpr bool walks_once = true;

    /// Throws fokker::error on a step to sigma > 0 that is too short, before it is made. (Solvers
    /// may draw over a part of a step; that is seen at the draw.)
    void check(const grid& walk, array_shape) const {
        for (int i = 0; i < walk.steps(); ++i) {
            const knot &s = walk[static_cast<std::size_t>(i)],
                       &t = walk[static_cast<std::size_t>(i) + 1];
            if (t.sigma > 0) require_resolved(brownian_clock(s), brownian_clock(t));
        }
    }

    /// Another seed for the draws to come: another path.
    void reseed(std::uint64_t to) { seed = to; }

    /// Throws fokker::error as philox does.
    template <class T>
    void require_shape(const array_shape& shape) const {
        philox{seed, first_sample}.require_shape<T>(shape);
    }

    template <class T>
    void begin_draw(const noise_draw& draw) {
        is_increment = draw.draw >= first_step_draw && (draw.from != 0 || draw.to != 0);
        if (!is_increment) return;
        detail::require(draw.from >= 0 && draw.from <= 1 && draw.to >= 0 && draw.to <= 1,
                        "brownian noise was asked for from ", draw.from, " to ", draw.to,
                        " of its clock, which goes from 0 to 1");
        require_resolved(draw.from, draw.to);
        const std::size_t in_step = draw.draw % first_step_draw;
        const std::pair<double, double> interval{draw.from, draw.to};
        asked[in_step] = interval;
        const auto begin = asked.begin();
        const auto path = std::count(begin, begin + static_cast<std::ptrdiff_t>(in_step), interval);
        noise::set_increment(increment, draw.from, draw.to, seed, static_cast<std::uint32_t>(path));
    }

    /// Writes `count` <= noise_tile normals of the draw that began last, from `position` on;
    /// position.element is a multiple of 4.
    template <class T>
    void fill(T* out, std::size_t count, noise_position position) const {
        add_nodes(out, count, position,
                  [&](const philox& node, T* to, noise_position at) { node.fill(to, count, at); });
    }

    /// The same for all `elements` of each of `samples` samples, at most noise_tile in all.
    template <class T>
    void fill_samples(T* out, std::size_t samples, std::size_t elements,
                      noise_position position) const {
        add_nodes(out, samples * elements, position,
                  [&](const philox& node, T* to, noise_position at) {
                      node.fill_samples(to, samples, elements, at);
                  });
    }

    // What begin_draw found out.

    static constexpr std::uint32_t first_step_draw = 256;
    bool is_increment = false;
    noise::brownian_increment increment{};
    std::array<std::pair<double, double>, first_step_draw> asked{};  // this step's intervals

private:
    static void require_resolved(double from, double to) {
        detail::require(std::abs(from - to) >= 0x1p-34, "brownian noise was asked for from ", from,
                        " to ", to,
                        " of its clock sigma^2 / (alpha^2 + sigma^2), which it resolves to 2^-34; "
                        "use knots that are farther apart, or philox");
    }

    /// The sum over the nodes. Each is a philox draw of its own key, of the same place.
    template <class T, class Make>
    void add_nodes(T* out, std::size_t count, noise_position position, const Make& make) const {
        if (!is_increment) return make(philox{seed, first_sample}, out, position);
        position.draw = 0;
        alignas(64) std::array<T, noise_tile> z;
        for (std::size_t n = 0; n < increment.size; ++n) {
            make(philox{increment.key[n], first_sample}, z.data(), position);
            const T weight = static_cast<T>(increment.weight[n]);
            if (n == 0)
                noise::set_weighted(out, count, weight, z.data());
            else
                noise::add_weighted(out, count, weight, z.data());
        }
    }
};

}  // namespace fokker
