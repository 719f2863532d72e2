#include <fokker/path/grids/optimal.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward/bound.hpp>
#include <fokker/moments/estimate.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Gamma of a mixture's exact network, by quadrature.
moments of_mixture(const std::vector<knot>& knots) {
    const fokker_test::mixture m{{0.4, 0.6}, {-0.7, 0.8}, {0.2, 0.1}};
    moments result{knots, {}};
    for (const knot& k : knots) {
        double unknown = 0;
        for (double x = -7; x < 7; x += 0.01)
            unknown += 0.01 * m.density(x, k) * m.data_variance(x, k);
        result.gamma.push_back(1 - unknown * k.signal_to_noise_squared());
    }
    return result;
}

std::vector<double> times_of(const grid& walk) {
    std::vector<double> times;
    for (const knot& k : walk) times.push_back(k.t);
    return times;
}

}  // namespace

TEST_CASE("no other choice of knots costs less") {
    const auto schedule = linear_schedule(11);
    const moments gamma = of_mixture(moment_knots(schedule));
    for (const reverse_variance& variance :
         {reverse_variance{}, reverse_variance{posterior_variance{}},
          reverse_variance{upper_bound_variance{}}}) {
        for (int nodes = 2; nodes <= 11; ++nodes) {
            double least = std::numeric_limits<double>::max();
            for (unsigned subset = 0; subset < 1u << 9; ++subset) {
                std::vector<double> times{10};
                for (unsigned i = 0; i < 9; ++i)
                    if (subset >> i & 1u) times.push_back(9.0 - i);
                times.push_back(0);
                if (std::ssize(times) == nodes)
                    least =
                        std::min(least, bound_cost(from_times(schedule, times), gamma, variance));
            }
            const grid walk = optimal(schedule, gamma, nodes, {.variance = variance});
            CHECK(walk.steps() == nodes);
            CHECK(walk.front().t == 10);
            CHECK(walk[std::size_t(nodes) - 1].t == 0);
            CHECK(bound_cost(walk, gamma, variance) == Approx(least).epsilon(1e-13));
            const grid noisy = optimal(schedule, gamma, nodes - 1,
                                       {.end = grid_end::least_noise, .variance = variance});
            CHECK(noisy.steps() == nodes - 1);
            CHECK(noisy.back().t == 0);
            CHECK(bound_cost(noisy, gamma, variance) == Approx(least).epsilon(1e-13));
        }
    }
}

TEST_CASE("of Gaussian data all grids have one bound, and the cost is its closed form") {
    const double s2 = 0.3;
    const auto schedule = linear_schedule();
    moments gamma{moment_knots(schedule), {}};
    for (const knot& k : gamma.knots)
        gamma.gamma.push_back(1 / (1 + s2 * k.signal_to_noise_squared()));
    const auto end = [&](double t) {
        const knot k = schedule.at(t);
        return std::log(k.signal_to_noise_squared() / (1 + s2 * k.signal_to_noise_squared()));
    };
    for (const grid& walk : {linspace(schedule, 7), karras(schedule, 7), linspace(schedule, 100)})
        CHECK(bound_cost(walk, gamma) == Approx(end(999) - end(0)).epsilon(1e-9));
}

TEST_CASE("differences of the cost are those of the variational bound") {
    const double std = 0.25;
    Eigen::ArrayXXd data = Eigen::ArrayXXd::Zero(100, 400);
    forward(data, knot{0, 1, std}, philox{.seed = 1}, data);
    data = ((data.max(-1.0).min(1.0) + 1) * 127.5).round() / 127.5 - 1;
    const auto network = [&](const Eigen::ArrayXXd& x, const knot& k, Eigen::ArrayXXd& out) {
        out = k.sigma / (std * std * k.alpha * k.alpha + k.sigma * k.sigma) * x;
    };
    const auto schedule = linear_schedule();
    moments gamma{moment_knots(schedule), {}};
    for (const knot& k : gamma.knots)
        gamma.gamma.push_back(1 / (1 + std * std * k.signal_to_noise_squared()));
    for (const reverse_variance& variance :
         {reverse_variance{posterior_variance{}}, reverse_variance{upper_bound_variance{}}}) {
        const auto bound = [&](const grid& walk) {
            return variational_bound(network, walk, data, philox{.seed = 2}, {.variance = variance})
                       .kl_means()
                       .sum() *
                   2 * std::numbers::ln2;
        };
        const grid a = linspace(schedule, 6), b = karras(schedule, 6);
        const double wanted = bound_cost(a, gamma, variance) - bound_cost(b, gamma, variance);
        CHECK(std::abs(wanted) > 0.05);
        CHECK(bound(a) - bound(b) == Approx(wanted).epsilon(0.05));
    }
}

TEST_CASE("it beats grids by rule, on discrete and continuous paths") {
    const auto schedule = linear_schedule();
    const moments gamma = of_mixture([&] {
        std::vector<knot> knots;
        for (int t = 999; t >= 0; t -= t > 20 ? 20 : 1) knots.push_back(schedule.at(t));
        knots.push_back(schedule.at(0));
        knots.erase(std::unique(knots.begin(), knots.end()), knots.end());
        return knots;
    }());
    for (const int steps : {5, 10}) {
        const double best = bound_cost(optimal(schedule, gamma, steps), gamma);
        CHECK(best < bound_cost(linspace(schedule, steps), gamma));
        CHECK(best < bound_cost(karras(schedule, steps), gamma));
        CHECK(best < bound_cost(uniform_lambda(schedule, steps), gamma));
    }
    // The schedule as a continuous path.
    struct {
        discrete_schedule of = linear_schedule();
        knot at(double t) const { return of.at(t); }
        double time(double lambda) const { return of.time(lambda); }
        double first_time() const { return 0; }
        double last_time() const { return 999; }
    } const path;
    const double of_schedule = bound_cost(optimal(schedule, gamma, 8), gamma);
    const double of_path = bound_cost(optimal(path, gamma, 8, {.candidates = 400}), gamma);
    CHECK(of_path == Approx(of_schedule).epsilon(2e-3));
}

TEST_CASE("a tail where Gamma is above 1 is walked evenly, or mended") {
    const auto schedule = linear_schedule();
    const moments exact = of_mixture(moment_knots(schedule));
    moments gamma = exact;
    for (std::size_t i = 0; i < 50; ++i) gamma.gamma[i] = 1.01;  // t >= 950
    // 50 bad ones: a tail of 100, which gets 10 - ceil(0.92 * 10) = 0 of 10 nodes, hence 1; of 50
    // nodes 4.
    const auto ten = times_of(optimal(schedule, gamma, 10));
    CHECK(ten[0] == 999);
    CHECK(ten[1] == 899);
    CHECK(ten[9] == 0);
    const auto fifty = times_of(optimal(schedule, gamma, 50));
    CHECK(std::vector(fifty.begin(), fifty.begin() + 5) ==
          std::vector<double>{999, 974, 949, 924, 899});
    const grid raised = optimal(schedule, gamma, 10, {.tail = bad_tail::monotone});
    const double least = bound_cost(optimal(schedule, exact, 10), exact);
    CHECK(bound_cost(raised, exact) >= least);
    CHECK(bound_cost(raised, exact) < least + 0.01);
    CHECK(bound_cost(optimal(schedule, gamma, 10), exact) > least + 0.01);
    for (const int steps : {1, 2, 3, 999, 1000}) {
        const grid walk = optimal(schedule, gamma, steps);
        CHECK(walk.steps() == steps);
        CHECK(walk.front().t == 999);
        CHECK((steps == 1 || walk[std::size_t(steps) - 1].t == 0));
    }
    // Bad everywhere.
    std::fill(gamma.gamma.begin(), gamma.gamma.end(), 1.1);
    for (const int steps : {1, 2, 20}) CHECK(optimal(schedule, gamma, steps).steps() == steps);
}

TEST_CASE("the tail that is walked evenly has as many nodes as Bao et al. give it") {
    std::vector<double> gamma(1000, 0.5);
    std::fill(gamma.begin(), gamma.begin() + 50, 1.01);
    // A tenth of the knots: of 960 nodes ceil((1 - 0.8 / 10) 960) = ceil(883.2) are for the rest.
    const auto split = detail::split_tail(gamma, 960);
    CHECK(split.knots == 100);
    CHECK(split.nodes == 960 - 884);
}

TEST_CASE("a continuous path offers so many candidates, even in lambda") {
    const edm_path path{.sigma_min = 0.01, .sigma_max = 100};
    const moments gamma{{path.at(100), path.at(0.01)}, {0.1, 0.9}};
    const grid walk = optimal(path, gamma, 5, {.candidates = 5});
    for (std::size_t i = 0; i < 5; ++i)
        CHECK(walk[i].sigma == Approx(std::pow(10.0, 2 - double(i))).epsilon(1e-12));
}

TEST_CASE("what cannot be laid is refused") {
    const auto schedule = linear_schedule(20);
    const moments gamma = of_mixture(moment_knots(schedule));
    CHECK_THROWS_WITH(optimal(schedule, gamma, 0), ContainsSubstring("at least one step"));
    CHECK_THROWS_WITH(optimal(schedule, gamma, 21), ContainsSubstring("20 knots to choose from"));
    CHECK_THROWS_WITH(optimal(linear_schedule(1000), gamma, 5),
                      ContainsSubstring("the grid needs"));
    CHECK_THROWS_WITH(optimal(zero_terminal_snr(schedule), gamma, 5),
                      ContainsSubstring("ends at alpha = 0"));
    CHECK_THROWS_WITH(
        optimal(schedule, gamma, 5, {.variance = [](const knot&, const knot&) { return 0.0; }}),
        ContainsSubstring("must be positive"));
    CHECK_THROWS_WITH(optimal(edm_path{}, gamma, 5, {.candidates = 1}),
                      ContainsSubstring("candidates is 1"));
    CHECK_THROWS_WITH(optimal(schedule, gamma, 5, {.candidates = 10}),
                      ContainsSubstring("training times to choose from"));
    CHECK_THROWS_WITH(optimal(schedule, {{schedule.at(19), schedule.at(0)}, {1, 1, 0, 0}}, 5),
                      ContainsSubstring("a map of 2"));
}
