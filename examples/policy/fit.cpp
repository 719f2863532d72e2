// Solvers of one to four network calls, fitted to the robot's policy: how far from the ends of 100
// calls, and how often the robot arrives with plans from noise alone.
#include <Eigen/Core>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fitting.hpp>
#include <fokker/fokker.hpp>
#include <vector>

#include "network.hpp"
#include "study.hpp"

namespace {

constexpr int plans = 400, episodes = 200;

// How often the robot arrives, in %.
double arrivals(const policy::network& network, const fokker::any_solver& solver,
                const fokker::grid& grid) {
    const policy::settings with{.solver = solver, .grid = grid, .strength = 0};
    return 100 * policy::drive_all(network, with, episodes, 1, 2, [] {
                 }).share([](const policy::path& p) { return p.end == policy::ending::reached; });
}

void fit() {
    policy::network network(std::filesystem::path(POLICY_FOLDER) / "policy.weights");
    const policy::network fresh = network;
    const auto schedule = fokker::cosine_schedule(100);
    policy::plan x;
    const auto model = fokker::predicts_velocity(network).clipped(-1, 1);
    fokker::solver_fit fitting(x, model, fokker::trailing(schedule, 100));
    // Each plan is for another robot, and a batch of its own.
    fitting.begin_batch = [&](std::size_t i) { network.observe(policy::episode(1000 + i).seen()); };
    for (int i = 0; i < plans; ++i) fitting.add(fokker::philox{.seed = std::uint64_t(i)});
    std::printf(
        "       distance                    arrivals, %%\n"
        "steps     ddim  dpm++2m   fitted     ddim  dpm++2m   fitted\n");
    for (const int steps : {1, 2, 3, 4}) {
        const fokker::grid grid = fokker::trailing(schedule, steps);
        const fokker::fitted_walk best = fitting.on(grid, {.move_knots = true});
        const fokker::ddim first;
        const fokker::dpm_solver_pp_2m second;
        std::printf("%5d %8.4f %8.4f %8.4f %8.1f %8.1f %8.1f\n", steps,
                    fitting.error_of(grid, first).held_out, fitting.error_of(grid, second).held_out,
                    best.error.held_out, arrivals(fresh, first, grid),
                    arrivals(fresh, second, grid), arrivals(fresh, best.solver, best.grid));
        std::fflush(stdout);
    }
}

}  // namespace

int main() try {
    fit();
    return 0;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "policy_fit: %s\n", problem.what());
    return 1;
}
