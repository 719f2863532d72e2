// A knot's t is what the network is handed, and may be no time of the path: no grid computes with
// it.
#include <vector>

#include <fokker/moments/moments.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/path/path.hpp>

#include "catch.hpp"

using namespace fokker;

namespace {

double label_of(double t) { return 3 - 1000 * t; }

/// The same path for a network that wants to be told the time otherwise, rising towards the data.
template <diffusion_path Path>
struct relabelled {
    Path path;

    knot at(double t) const {
        knot k = path.at(t);
        k.t = label_of(k.t);
        return k;
    }
    double time(double lambda) const { return path.time(lambda); }
    double first_time() const { return path.first_time(); }
    double last_time() const { return path.last_time(); }
    int steps() const
        requires discrete_path<Path>
    {
        return path.steps();
    }
};

void check_same(const grid& plain, const grid& other) {
    REQUIRE(plain.size() == other.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
        CHECK(plain[i].alpha == other[i].alpha);
        CHECK(plain[i].sigma == other[i].sigma);
        if (plain[i].sigma == 0) continue;
        CHECK(label_of(plain[i].t) == other[i].t);
        CHECK(other.walked(i).time() == plain.walked(i).time());
    }
    for (int i = 0; i < plain.steps(); ++i) CHECK(plain.is_jump(i) == other.is_jump(i));
}

/// What `lay` lays over both.
template <diffusion_path Path>
void check(const Path& path, const auto& lay) {
    check_same(lay(path), lay(relabelled<Path>{path}));
}

void check_any_path(const auto& path) {
    check(path, [](const auto& p) { return time_uniform(p, 6); });
    check(path, [](const auto& p) { return time_quadratic(p, 6); });
    check(path, [](const auto& p) { return quadratic(p, 6, grid_end::least_noise); });
    check(path, [](const auto& p) { return sgm_uniform(p, 6); });
    check(path, [](const auto& p) { return linspace(p, 6, grid_end::least_noise); });
    check(path, [](const auto& p) { return from_times(p, {p.last_time(), 0.5 * p.last_time()}); });
    check(path, [](const auto& p) { return karras(p, 6); });
    check(path, [](const auto& p) { return exponential(p, 6, {.sigma_min = 0.1}); });
    check(path, [](const auto& p) { return polyexponential(p, 6, {.rho = 2}); });
    check(path, [](const auto& p) { return kl_optimal(p, 6, {.end = grid_end::least_noise}); });
    check(path, [](const auto& p) { return uniform_lambda(p, 6); });
    check(path, [](const auto& p) { return from_sigmas(p, {7.0, 1.0, 0.2, 0.0}); });
    check(path, [](const auto& p) { return beta(p, 6); });
    check(path, [](const auto& p) { return beta(p, 6, {.of = beta_of::sigma}); });
}

}  // namespace

TEST_CASE("grids over any path do not depend on its labels") {
    check_any_path(vp_path{});
    check_any_path(edm_path{});
    check_any_path(scaled_linear_schedule());
}

TEST_CASE("grids over a schedule do not depend on its labels") {
    const auto schedule = scaled_linear_schedule();
    check(schedule, [](const auto& p) { return trailing(p, 6, {.lambda_min = -2.0}); });
    check(schedule, [](const auto& p) { return leading(p, 6, 1); });
    check(schedule, [](const auto& p) { return simple(p, 6); });
    check(schedule, [](const auto& p) { return latent_consistency(p, 6); });
    check(schedule, [](const auto& p) { return gits(p, 6); });
    check(schedule,
          [](const auto& p) { return align_your_steps(p, 6, align_your_steps_for::sd15); });
}

TEST_CASE("the grid with the best bound does not depend on the labels") {
    const auto best = [](const auto& p) {
        const knot noise = p.at(p.last_time()), data = p.at(p.first_time());
        return optimal(p, moments{{noise, data}, {0.1, 0.9}}, 6);
    };
    check(vp_path{}, best);
    check(scaled_linear_schedule(100), best);
}

TEST_CASE("walks with jumps and parts of a walk do not depend on the labels") {
    const vp_path path;
    check(path, [](const auto& p) {
        return restarted(karras(p, 8), {.sigma_min = 0.2, .sigma_max = 3, .times = 2, .steps = 3});
    });
    check(path, [](const auto& p) { return resampled(linspace(p, 8), {.jump_length = 2}); });
    check(path, [](const auto& p) { return linspace(p, 8).from_strength(0.5).until(3); });
    check(path, [](const auto& p) { return linspace(p, 8).from(2).reversed(); });
    const grid walk = linspace(relabelled<vp_path>{path}, 8);
    CHECK(walk.knot_at_time(0.3).alpha == path.at(0.3).alpha);
    CHECK(walk.knot_at(1.0).alpha == path.at(path.time(1.0)).alpha);
}
