#include <fokker/path/prior.hpp>

#include <cmath>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <vector>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;

namespace {

/// A path of the user's own that says nothing of a prior.
struct silent_path {
    double first_time() const { return 1e-3; }
    double last_time() const { return 1.0; }
    knot at(double t) const { return {t, 1.0 - t, t}; }
    double time(double lambda) const { return 1.0 / (1.0 + std::exp(lambda)); }
};

/// One that says it as it was made.
struct telling_path : silent_path {
    fokker::prior from = prior::unit_data;
    fokker::prior starts_from() const { return from; }
};

}  // namespace

TEST_CASE("a grid starts from what the paper of its path starts from") {
    CHECK(trailing(linear_schedule(), 5).prior() == prior::standard);
    CHECK(leading(cosine_schedule(100), 5).prior() == prior::standard);
    CHECK(trailing(zero_terminal_snr(linear_schedule()), 5).prior() == prior::standard);
    CHECK(karras(linear_schedule(), 5, {.sigma_max = 3}).prior() == prior::standard);
    CHECK(linspace(vp_path{}, 5).prior() == prior::standard);
    CHECK(linspace(sub_vp_path{}, 5).prior() == prior::standard);
    CHECK(linspace(cosine_path{}, 5).prior() == prior::standard);
    CHECK(linspace(trigflow_path{}, 5).prior() == prior::standard);
    CHECK(linspace(ve_path{}, 5).prior() == prior::sigma);
    CHECK(karras(edm_path{}, 5).prior() == prior::sigma);
    CHECK(linspace(flow_path{}, 5).prior() == prior::sigma);
    CHECK(flow(5, {.shift = 3}).prior() == prior::sigma);
    CHECK(flow(5).prior_std() == 1.0);
}

TEST_CASE("a path of the user's own says what it starts from, or it is sigma") {
    CHECK(linspace(silent_path{}, 5).prior() == prior::sigma);
    CHECK(linspace(telling_path{}, 5).prior() == prior::unit_data);
    CHECK(linspace(telling_path{{}, prior::standard}, 5).prior() == prior::standard);
}

TEST_CASE("a grid of one's own knots starts from sigma, unless it has a path") {
    const std::vector<knot> knots{{2, 0.6, 0.8}, {1, 0.8, 0.6}};
    CHECK(grid(knots).prior() == prior::sigma);
    CHECK(grid(knots).prior_std() == 0.8);
    CHECK(grid(knots, vp_path{}).prior() == prior::standard);
    CHECK(grid(knots, vp_path{}).prior_std() == 1.0);
}

TEST_CASE("the standard deviations of the priors") {
    const knot first{2, 0.5, 1.2};
    CHECK(detail::prior_std(prior::standard, first) == 1.0);
    CHECK(detail::prior_std(prior::sigma, first) == 1.2);
    CHECK(detail::prior_std(prior::unit_data, first) == Approx(1.3).epsilon(1e-15));
}

TEST_CASE("another prior is a word, and stays with the parts of a walk") {
    const grid walk = trailing(linear_schedule(), 10), other = walk.with_prior(prior::sigma);
    CHECK(walk.prior() == prior::standard);
    CHECK(other.prior_std() == walk.front().sigma);
    CHECK(other.from(5).prior_std() == walk[5].sigma);
    CHECK(other.until(5).prior() == prior::sigma);
    CHECK(other.reversed().reversed().prior() == prior::sigma);
    CHECK(resampled(other, {.jump_length = 2, .jump_samples = 2}).prior() == prior::sigma);
    CHECK(resampled(walk, {.jump_length = 2, .jump_samples = 2}).prior() == prior::standard);
    CHECK(walk.from(5).prior_std() == 1.0);
}
