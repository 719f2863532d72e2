/// What a walk starts from: the spread of the noise that stands for x_T.
#pragma once

#include <cmath>
#include <concepts>

#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// A normal distribution of mean 0 and one standard deviation, in the grid's own scale of x. Which
/// one a method starts from is no matter of its formulas: papers and programs differ (docs/noise.md
/// has a table).
enum class prior {
    standard,  ///< N(0, I), wherever the walk begins
    sigma,     ///< N(0, sigma^2 I), with the sigma of the first knot
    /// N(0, (alpha^2 + sigma^2) I) of the first knot: the mean and variance that x_t has there for
    /// data of mean 0 and variance 1.
    unit_data,
};

namespace detail {

/// What a path says by a function `prior starts_from() const`; without one prior::sigma.
template <class Path>
prior prior_of(const Path& path) {
    if constexpr (requires { path.starts_from(); }) {
        static_assert(std::same_as<decltype(path.starts_from()), prior>,
                      "fokker: starts_from() of a path says a fokker::prior, such as "
                      "fokker::prior::standard");
        return path.starts_from();
    } else {
        return prior::sigma;
    }
}

/// The standard deviation of a prior for a walk that begins at this knot.
inline double prior_std(prior from, const knot& first) {
    if (from == prior::standard) return 1.0;
    return from == prior::sigma ? first.sigma : std::hypot(first.alpha, first.sigma);
}

}  // namespace detail

}  // namespace fokker
