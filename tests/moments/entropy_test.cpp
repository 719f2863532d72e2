#include <fokker/moments/entropy.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <fokker/likelihood.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Gamma of data N(0, std^2).
moments of_gaussian(const grid& knots, double std) {
    moments m;
    for (const knot& k : knots) {
        m.knots.push_back(k);
        m.gamma.push_back(1.0 / (1.0 + std * std * k.signal_to_noise_squared()));
    }
    return m;
}

}  // namespace

TEST_CASE("of Gaussian data the entropy is in closed form, from a few knots") {
    for (const double std : {0.5, 1.0, 2.0}) {
        const moments m = of_gaussian(uneven_grid(vp_path{}, 3), std);
        const auto spread = [&](const knot& k) { return std::hypot(std * k.alpha, k.sigma); };
        for (const grid& walk : {uneven_grid(vp_path{}, 8), uneven_grid(edm_path{}, 8),
                                 uneven_grid(vp_path{}, 8).from(2).until(4)}) {
            const double wanted =
                7 * (0.5 + 0.5 * std::log(2 * std::numbers::pi) + std::log(walk.prior_std()) +
                     std::log(spread(walk.back()) / spread(walk.front())));
            CHECK(std::abs(entropy(m, walk, 7) - wanted) < 1e-12);
            CHECK(std::abs(entropy(m, walk.reversed(), 7) - wanted) < 1e-12);
        }
    }
}

TEST_CASE("a walk from alpha = 0 scales its prior, and one cut short goes no further") {
    const moments m = of_gaussian(uneven_grid(flow_path{}, 40), 0.5);
    const auto spread = [&](const knot& k) { return std::hypot(0.5 * k.alpha, k.sigma); };
    std::vector<knot> knots{{1.0, 0.0, 1.0}};
    for (const knot& k : uneven_grid(flow_path{}, 8)) knots.push_back(k);
    const grid walk(knots, flow_path{});
    const double wanted = 3 * (0.5 + 0.5 * std::log(2 * std::numbers::pi) +
                               std::log(walk[1].sigma * spread(walk.back()) / spread(walk[1])));
    CHECK(std::abs(entropy(m, walk, 3) - wanted) < 1e-12);

    // What was measured between the walk's ends counts, and nothing beyond them.
    moments steep{m.knots, m.gamma};
    for (std::size_t i = 0; i < steep.knots.size(); ++i)
        if (steep.knots[i].lambda() > walk[4].lambda()) steep.gamma[i] = 0.999;
    const grid part = walk.until(3);
    CHECK(std::abs(entropy(steep, part, 3) - entropy(m, part, 3)) < 1e-12);
}

TEST_CASE("of a map each element counts by itself") {
    const grid walk = uneven_grid(vp_path{}, 5);
    const moments one = of_gaussian(walk, 0.5), other = of_gaussian(walk, 2.0);
    moments map{one.knots, {}};
    for (std::size_t i = 0; i < one.gamma.size(); ++i)
        map.gamma.insert(map.gamma.end(), {one.gamma[i], other.gamma[i]});
    CHECK(std::abs(entropy(map, walk, 2) - entropy(one, walk, 1) - entropy(other, walk, 1)) <
          1e-12);
    CHECK_THROWS_WITH(entropy(map, walk, 3), ContainsSubstring("2 values a knot"));
}

TEST_CASE("the entropy is the mean of the negative log-likelihood of noisy data") {
    // A quadrature over the density of x at the clean knot takes the place of data.
    const mixture m;
    const grid walk = uneven_grid(vp_path{}, 60);
    const knot clean = walk.back();
    const int points = 2001;
    Eigen::ArrayXXd line(1, points);
    line.row(0) = Eigen::ArrayXd::LinSpaced(points, -6.0, 6.0);
    const double width = 12.0 / (points - 1);
    moments measured;
    for (const knot& k : uneven_grid(vp_path{}, 200)) {
        double variance = 0.0;  // of eps given x_t: that of the data in other units
        for (int i = 0; i < points; ++i)
            variance += width * m.density(line(0, i), k) * m.data_variance(line(0, i), k);
        measured.knots.push_back(k);
        measured.gamma.push_back(1.0 - variance * k.signal_to_noise_squared());
    }
    const auto found = log_likelihood(line, exact_network<>{}, walk, unipc<2>{});
    double mean = 0.0;
    for (int i = 0; i < points; ++i)
        mean -= width * m.density(line(0, i), clean) * found.nats[static_cast<std::size_t>(i)];
    // The likelihood's prior is N(0, I) where x has another law, and the entropy takes that for it.
    const knot noisy = walk.front();
    double cross = 0.0;
    for (int i = 0; i < points; ++i) {
        const double z = line(0, i);
        cross += width * m.density(z, noisy) * 0.5 * (z * z - 1.0);
    }
    CHECK(std::abs(entropy(measured, walk, 1) - (mean - cross)) < 1e-4);
}

TEST_CASE("the entropy refuses what was not measured") {
    const moments m = of_gaussian(uneven_grid(vp_path{}, 3), 0.5);
    CHECK_THROWS_WITH(entropy(m, karras(vp_path{}, 5), 1), ContainsSubstring("ends at sigma = 0"));
    CHECK_THROWS_WITH(entropy(m, karras(vp_path{}, 5, {.end = grid_end::least_noise}), 1),
                      ContainsSubstring("was measured from"));
    CHECK_THROWS_WITH(entropy(m, uneven_grid(vp_path{}, 3), 0), ContainsSubstring("0 elements"));
}
