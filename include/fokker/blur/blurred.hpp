/// Blurring diffusion: a path for each wave of a picture.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include <fokker/blur/picture_shape.hpp>
#include <fokker/compiled.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/path/element_paths.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// How much a picture is blurred at a time of its path, in [0, last_time]: with a Gaussian of the
/// standard deviation max_width sin^2(pi time / (2 last_time)) pixels, of which waves that are gone
/// leave the part `floor` (Hoogeboom & Salimans 2022, whose d is this 0.001).
struct blur_options {
    double max_width = 20.0;
    double floor = 0.001;
    double last_time = 1.0;
};

/// The same walk as blurring diffusion (Hoogeboom & Salimans 2022, Blurring Diffusion Models): the
/// state are the waves of a picture (cosine_transform), and the alpha of wave (i, j) is that of the
/// walk times
///   (1 - floor) exp(-((pi i / height)^2 + (pi j / width)^2) width_of_blur^2 / 2) + floor.
/// sigma is that of the walk. The network is in_pixels(network, transform), and is handed the
/// walk's own knots. Any solver will do that calls the network at the grid's knots and has no
/// tolerance. floor = 1 is no blur. Throws fokker::error on options out of their range, and on a
/// grid without a path, with jumps, reversed, or with times outside of [0, last_time].
grid blurred(const grid& walk, const picture_shape& shape, const blur_options& options = {});

#ifdef FOKKER_BODIES

FOKKER_INLINE grid blurred(const grid& walk, const picture_shape& shape,
                           const blur_options& options) {
    using detail::is_finite, detail::require;
    shape.check();
    require(is_finite(options.max_width) && options.max_width >= 0, "max_width is ",
            options.max_width, "; it must be finite and not negative");
    require(options.floor > 0 && options.floor <= 1, "floor is ", options.floor,
            "; it must lie in (0, 1]: some of each wave stays");
    require(is_finite(options.last_time) && options.last_time > 0, "last_time is ",
            options.last_time, "; it must be positive");
    require(walk.has_path(),
            "the blur goes by the time of the path, and the grid has none; make it as "
            "fokker::grid(knots, path), or with one of the grid functions such as "
            "fokker::linspace(path, 250)");
    // Waves of one frequency have one path. (i / height)^2 + (j / width)^2 in whole numbers:
    const auto key = [&](int i, int j) {
        const auto down = static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(shape.width),
                   across =
                       static_cast<std::uint64_t>(j) * static_cast<std::uint64_t>(shape.height);
        return down * down + across * across;
    };
    std::vector<std::uint64_t> keys;
    for (int i = 0; i < shape.height; ++i)
        for (int j = 0; j < shape.width; ++j) keys.push_back(key(i, j));
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::vector<std::uint32_t> path_of(shape.elements());
    for (int i = 0; i < shape.height; ++i)
        for (int j = 0; j < shape.width; ++j) {
            const auto path = std::lower_bound(keys.begin(), keys.end(), key(i, j)) - keys.begin();
            for (int c = 0; c < shape.channels; ++c)
                path_of[shape.element(i, j, c)] = static_cast<std::uint32_t>(path);
        }
    const double scale = std::numbers::pi / (static_cast<double>(shape.height) * shape.width);
    std::vector<detail::element_paths::level> levels;
    levels.reserve(walk.size() * (keys.size() - 1));
    for (std::size_t n = 0; n < walk.size(); ++n) {
        const knot& k = walk[n];
        const double time = k.sigma == 0   ? 0.0
                            : k.alpha == 0 ? options.last_time
                                           : walk.walked(n).time();
        require(time >= 0 && time <= options.last_time * (1 + 1e-12), "knot ", n,
                " of the grid is at the time ", time, ", and the blur is told of [0, ",
                options.last_time, "]; set last_time to the path's own");
        const double sine = std::sin(0.5 * std::numbers::pi * time / options.last_time);
        const double width = options.max_width * sine * sine;
        for (std::size_t p = 1; p < keys.size(); ++p) {
            const double frequency = scale * std::sqrt(static_cast<double>(keys[p]));
            const double gone = std::exp(-0.5 * frequency * frequency * width * width);
            levels.push_back({k.alpha * ((1.0 - options.floor) * gone + options.floor), k.sigma});
        }
    }
    return walk.with_element_paths({std::move(path_of), keys.size() - 1, std::move(levels)});
}

#endif

}  // namespace fokker

FOKKER_END_MAY_SHADOW
