/// Networks with heads that tell a variance, and the variational bound by them.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include <fokker/forward.hpp>
#include <fokker/moments.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"

namespace fokker_test {

using namespace fokker;
using Eigen::ArrayXXd;

using one_output = std::function<void(const ArrayXXd&, const knot&, ArrayXXd&)>;
using two_outputs = std::function<void(const ArrayXXd&, const knot&, ArrayXXd&, ArrayXXd&)>;

inline const grid seven = trailing(linear_schedule(), 7);
constexpr Eigen::Index elements = 5, samples = 3;

inline ArrayXXd normals(std::uint64_t seed, double std, Eigen::Index rows = elements,
                        Eigen::Index columns = samples) {
    ArrayXXd x = ArrayXXd::Zero(rows, columns);
    forward(x, knot{0, 1, std}, philox{.seed = seed}, x);
    return x;
}
inline ArrayXXd rounded(const ArrayXXd& x) {
    return ((x.max(-1.0).min(1.0) + 1) * 127.5).round() / 127.5 - 1;
}
/// Data of 256 levels, none of them one of the outermost.
inline const ArrayXXd x0 = rounded(normals(5, 0.3).max(-0.98).min(0.98));

/// A network of one output with a second one, `head`(x, knot, E).
inline two_outputs with_head(
    one_output network,
    std::function<ArrayXXd(const ArrayXXd&, const knot&, const ArrayXXd&)> head) {
    return [=](const ArrayXXd& x, const knot& k, ArrayXXd& out, ArrayXXd& second) {
        network(x, k, out);
        second = head(x, k, out);
    };
}

inline const one_output plain = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
    exact_network<>{}(x, k, out);
};
/// The variance in units of sigma^2 / alpha^2 that a head tells everywhere at a knot.
inline double residual(const knot& k) { return 0.9 * k.alpha / (k.alpha + k.sigma); }

inline moments moments_of(const grid& walk,
                          const std::function<double(const knot&, Eigen::Index)>& left,
                          Eigen::Index values) {
    moments m{moment_knots(walk), {}};
    for (const knot& k : m.knots)
        for (Eigen::Index i = 0; i < values; ++i) m.gamma.push_back(1 - left(k, i));
    return m;
}

/// The largest difference of any term, relative.
inline double worst(const variational_terms& a, const variational_terms& b) {
    REQUIRE(a.kl.rows() == b.kl.rows());
    REQUIRE(a.kl.cols() == b.kl.cols());
    return std::max({((a.kl - b.kl) / b.kl).abs().maxCoeff(),
                     ((a.decoder - b.decoder) / b.decoder).abs().maxCoeff(),
                     ((a.total - b.total) / b.total).abs().maxCoeff()});
}

inline variational_terms bound(auto&& model, const reverse_variance& variance,
                               const grid& walk = seven) {
    return variational_bound(model, walk, x0, philox{.seed = 3}, {.variance = variance});
}

/// Independent Gaussian elements N(0, deviation(i)^2), and what is known of them.
inline double deviation(Eigen::Index i) { return 0.1 + 0.15 * static_cast<double>(i); }
inline double variance_of(Eigen::Index i, const knot& k) {
    return std::pow(k.alpha * deviation(i), 2) + k.sigma * k.sigma;
}
inline double gaussian_residual(const knot& k, Eigen::Index i) {
    return std::pow(k.alpha * deviation(i), 2) / variance_of(i, k);
}
inline const one_output gaussian_network = [](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
    for (Eigen::Index i = 0; i < x.rows(); ++i) out.row(i) = k.sigma / variance_of(i, k) * x.row(i);
};
inline const two_outputs gaussian_npr =
    with_head(gaussian_network, [](const ArrayXXd& x, const knot& k, const ArrayXXd&) {
        ArrayXXd g = x;
        for (Eigen::Index i = 0; i < x.rows(); ++i) g.row(i).setConstant(gaussian_residual(k, i));
        return g;
    });
inline const two_outputs gaussian_sn = with_head(
    gaussian_network, [](const ArrayXXd& x, const knot& k, const ArrayXXd& E) -> ArrayXXd {
        ArrayXXd out = x, second = x;
        gaussian_npr(x, k, out, second);
        return second + E.square();
    });

}  // namespace fokker_test
