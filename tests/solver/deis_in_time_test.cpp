// Weights of DEIS in time against another quadrature, and LMS against what is published as iPNDM-v.
#include <fokker/solver/deis_in_time.hpp>

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The weights of a solver in the step from knot N - 1 of a grid, by what a network that predicts 1
/// in that call and 0 in all others leaves: element i of the state counts the i-th prediction back.
template <class Solver, std::size_t N>
std::array<double, N> weights_of(const Solver& solver, const grid& walk) {
    int call = 0;
    const any_network<double> one = [&](const Eigen::ArrayXXd&, const knot&, Eigen::ArrayXXd& out) {
        out.setZero();
        out(static_cast<Eigen::Index>(N) - 1 - call++) = 1.0;
    };
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Zero(N, 1), before;
    run steps(x, one, walk, solver);
    for (std::size_t i = 0; i + 1 < N; ++i) steps.step();
    before = x;
    steps.step();
    const knot &s = walk[N - 1], &t = walk[N];
    const double whole = t.alpha * (t.noise_to_signal() - s.noise_to_signal());
    std::array<double, N> weights;
    for (std::size_t i = 0; i < N; ++i) {
        const auto at = static_cast<Eigen::Index>(i);
        weights[i] = (x(at) - t.alpha / s.alpha * before(at)) / whole;
    }
    return weights;
}

/// int L_i(t) drho / int drho with L_i through the times of the knots N - 1, .., 0, by Simpson's
/// rule in rho, which asks the path for times, not for rho.
template <std::size_t N, class Path>
std::array<double, N> by_simpson(const Path& path, const grid& walk) {
    const double from = walk[N - 1].noise_to_signal(), to = walk[N].noise_to_signal();
    const int parts = 20000;
    std::array<double, N> weights{};
    for (int j = 0; j <= parts; ++j) {
        const double rho = from + (to - from) * j / parts;
        const double time = path.time(-std::log(rho));
        const int part = j == 0 || j == parts ? 1 : j % 2 == 1 ? 4 : 2;
        for (std::size_t i = 0; i < N; ++i) {
            double basis = part / (3.0 * parts);
            for (std::size_t k = 0; k < N; ++k)
                if (k != i)
                    basis *= (time - walk[N - 1 - k].t) / (walk[N - 1 - i].t - walk[N - 1 - k].t);
            weights[i] += basis;
        }
    }
    return weights;
}

template <std::size_t N>
double apart(const std::array<double, N>& a, const std::array<double, N>& b) {
    double worst = 0.0;
    for (std::size_t i = 0; i < N; ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
    return worst;
}

/// The weights of iPNDM-v for steps h, h1, h2, h3 (the newest first), as published (diff-sampler
/// and ComfyUI), or `mended`: with a parenthesis, a sign and a factor as Newton's formula has them.
template <std::size_t N>
std::array<double, N> ipndm_v(const std::array<double, N>& steps, bool mended) {
    std::array<double, 4> h{};
    std::copy(steps.begin(), steps.end(), h.begin());
    const double slope = h[0] / h[1] / 2;
    if constexpr (N == 2) {
        return {1 + slope, -slope};
    } else {
        const double third = h[0] / (3 * (h[0] + h[1]));
        const double ratio = h[0] * (h[0] + h[1]) / (h[1] * (h[1] + h[2]));
        const double bend = mended ? (1 - third) * ratio / 2 : (1 - third * ratio) / 2;
        const double q = h[1] / h[2];
        if constexpr (N == 3) {
            return {1 + slope + bend, -slope - (1 + q) * bend, q * bend};
        } else {
            const double all = h[0] + h[1] + h[2], older = h[1] + h[2] + h[3];
            const double rest = (1 - h[0] / (2 * (h[0] + h[1]))) * h[0] / (6 * all);
            const double cubic = ((1 - third) / 2 + (mended ? -rest : rest)) * ratio * all / older;
            const double p = h[1] * (h[1] + h[2]) / (h[2] * (h[2] + h[3]));
            return {1 + slope + bend + cubic, -slope - (1 + q) * bend - (1 + q + p) * cubic,
                    q * bend + (q + p * (1 + h[2] / h[3])) * cubic,
                    -p * (mended ? h[2] / h[3] : q) * cubic};
        }
    }
}

const edm_path sigmas;

template <std::size_t N>
grid walk_of(const std::array<double, N>& steps) {
    std::vector<knot> knots{sigmas.at(1.0)};
    for (const double h : steps) knots.insert(knots.begin(), sigmas.at(knots.front().sigma + h));
    return grid(knots, sigmas);
}

template <std::size_t N>
void check_ipndm_v(const std::array<double, N>& steps, bool published_is_exact) {
    const auto weights = weights_of<lms<N>, N>({.most_growth = 1000}, walk_of(steps));
    CHECK(apart(weights, ipndm_v(steps, true)) < 1e-13);
    const double error = apart(weights, ipndm_v(steps, false));
    if (published_is_exact)
        CHECK(error < 1e-13);
    else
        CHECK(error > 1e-2);
}

template <class Path>
void check_weights(const Path& path) {
    const grid walk = uneven_grid(path, 6);
    const auto line = weights_of<deis_in_time<2>, 2>({.most_growth = 1000}, walk);
    const auto parabola = weights_of<deis_in_time<3>, 3>({.most_growth = 1000}, walk);
    CHECK(apart(line, by_simpson<2>(path, walk)) < 1e-10);
    CHECK(apart(parabola, by_simpson<3>(path, walk)) < 1e-10);
}

}  // namespace

TEST_CASE("weights in time are those of another quadrature") {
    check_weights(vp_path{});
    check_weights(sub_vp_path{});
    check_weights(ve_path{});
    check_weights(edm_path{});
    check_weights(flow_path{});
}

TEST_CASE("where time is sigma, DEIS in time is LMS") {
    const grid walk = uneven_grid(edm_path{}, 6);
    CHECK(apart(weights_of<deis_in_time<3>, 3>({.most_growth = 1000}, walk),
                weights_of<lms<3>, 3>({.most_growth = 1000}, walk)) < 1e-13);
    const grid other = uneven_grid(vp_path{}, 6);
    CHECK(apart(weights_of<deis_in_time<3>, 3>({.most_growth = 1000}, other),
                weights_of<lms<3>, 3>({.most_growth = 1000}, other)) > 1e-2);
}

TEST_CASE("on a table of training times the weights are near those of its pieces") {
    const auto schedule = linear_schedule();
    const grid walk = trailing(schedule, 10).from(2);
    const auto weights = weights_of<deis_in_time<3>, 3>({.most_growth = 1000}, walk);
    CHECK(apart(weights, by_simpson<3>(schedule, walk)) < 1e-4);
}

TEST_CASE("DEIS in time wants knots with times, whatever their labels") {
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(3);
    const auto zero = [](const Eigen::ArrayXd&, double, Eigen::ArrayXd& out) { out.setZero(); };
    const auto walk = [](const auto& path) {
        return grid({path.at(0.8), path.at(0.5), path.at(0.3)}, path);
    };
    CHECK_NOTHROW(denoise(x, zero, walk(shifted_flow_path{.shift = 3.0}), deis_in_time<>{}));
    const grid beyond({{0, 0.001, 1}, linear_schedule().at(300)}, linear_schedule());
    CHECK_THROWS_WITH(denoise(x, zero, beyond, deis_in_time<>{}),
                      ContainsSubstring("lies beyond the grid's path"));
    const grid by_hand{vp_path{}.at(0.8), vp_path{}.at(0.5)};
    CHECK_THROWS_WITH(denoise(x, zero, by_hand, deis_in_time<>{}),
                      ContainsSubstring("made by hand"));
}

TEST_CASE("LMS is iPNDM-v, which as published differs from order 3 on") {
    check_ipndm_v(std::array{0.5, 0.9}, true);
    check_ipndm_v(std::array{0.5, 0.9, 1.7}, false);
    check_ipndm_v(std::array{0.5, 0.9, 1.7, 2.4}, false);
    check_ipndm_v(std::array{0.5, 0.5, 0.5}, true);
    check_ipndm_v(std::array{0.5, 0.5, 0.5, 0.5}, false);
}

TEST_CASE("the weights of DEIS in time are exact at both ends of a path, too") {
    const vp_path vp;
    const grid to_data({vp.at(0.4), vp.at(0.2), vp.at(0.01), vp.at(1e-5)}, vp);
    CHECK(apart(weights_of<deis_in_time<3>, 3>({.most_growth = 1000}, to_data),
                by_simpson<3>(vp, to_data)) < 1e-10);
    const flow_path flow;
    const grid from_noise({flow.at(0.999), flow.at(0.99), flow.at(0.9), flow.at(0.5)}, flow);
    CHECK(apart(weights_of<deis_in_time<3>, 3>({.most_growth = 1000}, from_noise),
                by_simpson<3>(flow, from_noise)) < 1e-10);
    // A step over three decades of sigma is the most that sixteen nodes can do.
    const grid first({flow.at(0.9999), flow.at(0.999), flow.at(0.5)}, flow);
    CHECK(apart(weights_of<deis_in_time<2>, 2>({.most_growth = 1000}, first),
                by_simpson<2>(flow, first)) < 1e-7);
}
