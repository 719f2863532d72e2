/// A grid whose elements have paths of their own, and solvers on it beside the same solvers on each
/// path alone.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/element_paths.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids.hpp>

#include "../catch.hpp"

namespace fokker_test::by_element {

/// Three paths for 37 elements: the walk's own, one that loses its signal sooner, and a noisier
/// one.
inline constexpr int elements = 37;
inline constexpr std::size_t paths = 3;

inline fokker::grid base_walk() { return fokker::linspace(fokker::cosine_path{}, 7); }

/// How much signal a path has, of the walk's own.
inline double kept(std::size_t path, const fokker::knot& k) {
    return path == 0 ? 1.0 : std::exp(-0.8 * static_cast<double>(path) * k.sigma * k.sigma);
}

inline std::vector<std::uint32_t> path_of_elements() {
    std::vector<std::uint32_t> path_of;
    for (std::uint32_t i = 0; i < elements; ++i) path_of.push_back(i * i % paths);
    return path_of;
}

inline fokker::grid walk_by_element() {
    const fokker::grid walk = base_walk();
    std::vector<fokker::detail::element_paths::level> levels;
    for (const fokker::knot& k : walk)
        for (std::size_t p = 1; p < paths; ++p)
            levels.push_back({kept(p, k) * k.alpha, k.sigma * (p == 2 ? 1.5 : 1.0)});
    return walk.with_element_paths({path_of_elements(), paths - 1, levels});
}

/// The same path for all elements.
inline fokker::grid walk_of(std::size_t path) {
    const fokker::grid walk = base_walk();
    std::vector<fokker::knot> knots;
    for (const fokker::knot& k : walk)
        knots.push_back({k.t, kept(path, k) * k.alpha, k.sigma * (path == 2 ? 1.5 : 1.0)});
    return fokker::grid(knots).with_prior(walk.prior());
}

inline const auto network = [](const Eigen::ArrayXXd& x, double t, Eigen::ArrayXXd& out) {
    out = x * (0.6 + 0.2 * t) + 0.05 * x * x / (1 + x * x);
};

/// Solvers that were compared.
inline int compared = 0;

using walked = std::function<void(Eigen::ArrayXXd&, const fokker::grid&)>;

/// A solver that needs knots between those of the grid, or the size of a state, is refused.
inline void compare(const std::string& name, const walked& f) {
    INFO(name);
    Eigen::ArrayXXd x(elements, 2), y(elements, 2);
    const std::vector<std::uint32_t> path_of = path_of_elements();
    // A window of noise-to-signal ratios is elsewhere on each path: where some draw and some do
    // not, the terms of a sum may stand in another order.
    const double allowed = name.find("sigma_min = 0.5") != std::string::npos ? 1e-14 : 0.0;
    for (std::size_t path = 0; path < paths; ++path) {
        try {
            f(y, walk_of(path));
        } catch (const fokker::detail::no_path&) {
            CHECK_THROWS_WITH(f(x, walk_by_element()),
                              Catch::Matchers::ContainsSubstring("at different times"));
            return;
        }
        try {
            f(x, walk_by_element());
        } catch (const fokker::error& e) {
            REQUIRE_THAT(name, Catch::Matchers::ContainsSubstring("predictor_corrector"));
            CHECK_THAT(e.what(), Catch::Matchers::ContainsSubstring("the size of the state"));
            return;
        }
        for (int i = 0; i < elements; ++i)
            if (path_of[static_cast<std::size_t>(i)] == path) {
                INFO("path " << path << ", element " << i);
                for (int n = 0; n < 2; ++n) REQUIRE(std::abs(x(i, n) - y(i, n)) <= allowed);
            }
    }
    ++compared;
}

}  // namespace fokker_test::by_element
