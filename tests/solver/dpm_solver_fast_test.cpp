#include <fokker/solver/dpm_solver_fast.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/solver/dpm_solver.hpp>

#include "catch.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;

namespace {

grid walk_of(int steps) { return uniform_lambda(vp_path{}, steps, grid_end::least_noise); }

/// The order of each step, which is the order of DPM-Solver that makes the same of its beginning.
std::vector<int> orders_of(int calls) {
    const grid walk = walk_of(dpm_solver_fast::fast_steps(calls));
    const auto states = states_of(dpm_solver_fast{calls}, walk, 1.2);
    std::vector<int> orders;
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        const grid one = walk.from(int(i)).until(1);
        const auto same = [&](const auto& solver) {
            return states_of(solver, one, states[i])[1] == Catch::Approx(states[i + 1]);
        };
        // DDIM's step: both predictions that do not change.
        const knot &s = walk[i], &t = walk[i + 1];
        const double ddim =
            t.alpha * curved(states[i], s) + t.sigma * noise_of(states[i], curved(states[i], s), s);
        orders.push_back(same(dpm_solver_3{})                   ? 3
                         : same(dpm_solver_2{})                 ? 2
                         : states[i + 1] == Catch::Approx(ddim) ? 1
                                                                : 0);
    }
    return orders;
}

}  // namespace

TEST_CASE(
    "the calls are shared out as in Lu et al. 2022, 3.4: threes, and what is left at the end") {
    CHECK(orders_of(1) == std::vector{1});
    CHECK(orders_of(2) == std::vector{2});
    CHECK(orders_of(3) == std::vector{2, 1});
    CHECK(orders_of(9) == std::vector{3, 3, 2, 1});
    CHECK(orders_of(10) == std::vector{3, 3, 3, 1});
    CHECK(orders_of(11) == std::vector{3, 3, 3, 2});
}

TEST_CASE(
    "with eta a step goes to a cleaner knot, not beyond the end, and fresh noise leads back") {
    // The last step is so short that with eta = 1 the one before it would go beyond the end.
    const vp_path path;
    std::vector<knot> knots;
    for (const double lambda : {-2.5, -1.0, 0.5, 2.0, 2.5})
        knots.push_back(path.at(path.time(lambda)));
    const grid walk(std::move(knots), path);
    for (const auto& [eta, s_noise] : {std::pair{0.7, 1.1}, std::pair{1.0, 1.0}}) {
        const auto states = states_of(dpm_solver_fast{10, eta, s_noise}, walk, 1.2, curved, 3);
        for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
            const knot &s = walk[i], &t = walk[i + 1];
            // k-diffusion's get_ancestral_step, relative to alpha.
            const double from = s.noise_to_signal(), to = t.noise_to_signal();
            const double up = eta * std::sqrt(to * to * (1 - to * to / (from * from)));
            const double least = walk.back().noise_to_signal();
            const bool last = i + 2 == walk.size();
            const double below = last ? to : std::max(least, std::sqrt(to * to - up * up));
            const knot down = path.at(path.time(-std::log(below)));
            double wanted;
            if (last) {
                const double D = curved(states[i], s);
                wanted = t.alpha * D + t.sigma * noise_of(states[i], D, s);
            } else {
                const double z = some_draws[i];
                wanted = t.alpha / down.alpha *
                             states_of(dpm_solver_3{}, grid({s, down}, path), states[i])[1] +
                         s_noise * t.alpha * std::sqrt(to * to - below * below) * z;
            }
            CHECK(states[i + 1] == Catch::Approx(wanted).epsilon(1e-10));
        }
    }
}
