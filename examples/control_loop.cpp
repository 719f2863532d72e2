// What a tick of a control loop costs beside its network: the median, the 99th percentile and the
// longest of 10,000 ticks, on a plan of 16 actions of 7 joints. One run for each solver serves all
// its ticks. Pass another number of ticks as the one argument.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fokker/fokker.hpp>
#include <vector>

namespace {

constexpr int actions = 16, joints = 7;
using plan = Eigen::Array<float, actions * joints, 1>;                            // one sample
using table = Eigen::Map<Eigen::Array<float, actions, joints, Eigen::RowMajor>>;  // of a plan

// In place of a network: it takes next to no time, so that the rest is what is measured.
struct policy {
    float target = 0.0F;

    void operator()(const plan& x, const fokker::knot& k, plan& out) const {
        out = static_cast<float>(k.sigma) * (x - static_cast<float>(k.alpha) * target);
    }
};

// The `begin` of each tick prepares the state, and what it returns is the run to be walked.
void measure(const char* name, int ticks, auto begin) {
    using clock = std::chrono::steady_clock;
    std::vector<double> microseconds(static_cast<std::size_t>(ticks));
    begin(0);  // the first tick touches memory that was never touched
    int steps = 0;
    for (int i = 0; i < ticks; ++i) {
        const auto start = clock::now();
        auto& run = begin(i);
        while (!run.done()) run.step();
        microseconds[static_cast<std::size_t>(i)] =
            std::chrono::duration<double, std::micro>(clock::now() - start).count();
        steps = run.steps();
    }
    std::sort(microseconds.begin(), microseconds.end());
    const auto at = [&](double share) {
        return microseconds[static_cast<std::size_t>(share * (ticks - 1))];
    };
    std::printf("%-30s %5d %9.2f %9.2f %9.2f\n", name, steps, at(0.5), at(0.99), at(1.0));
}

void measure_cold(const char* name, int ticks, const auto& solver) {
    plan x;
    policy network;
    const auto grid = fokker::trailing(fokker::linear_schedule(100), 10);
    fokker::run run(x, fokker::predicts_noise(network).clipped(-1, 1), grid, solver,
                    fokker::philox{});
    measure(name, ticks, [&](int i) -> auto& {
        run.reseed(static_cast<std::uint64_t>(i));
        network.target = 0.001F * static_cast<float>(i % 1000);  // what was observed
        run.start_from_prior();
        return run;
    });
}

// From the plan of the last tick, of which two actions are on their way already.
void measure_warm(int ticks) {
    plan x = plan::Zero(), known = plan::Zero(), mask = plan::Zero();
    table(mask.data()).topRows(2) = 1.0F;
    const auto grid = fokker::trailing(fokker::linear_schedule(100), 10).from_strength(0.4);
    fokker::run run(x, fokker::predicts_noise(policy{0.5F}).with_known_region(known, mask), grid,
                    fokker::dpm_solver_pp_2m{}, fokker::philox{});
    measure("dpm_solver_pp_2m, warm, known", ticks, [&](int i) -> auto& {
        table rows(x.data());
        for (int row = 0; row + 1 < actions; ++row) rows.row(row) = rows.row(row + 1);
        known = x;
        run.reseed(static_cast<std::uint64_t>(i));
        run.start_from_data();
        return run;
    });
}

}  // namespace

int main(int count, char** words) {
    const int ticks = count > 1 ? std::atoi(words[1]) : 10000;
    if (count > 2 || ticks < 1) {
        std::fprintf(stderr, "control_loop: the one argument is a number of ticks, 1 or more\n");
        return 2;
    }
    std::printf("microseconds a tick, over %d ticks\n%-30s %5s %9s %9s %9s\n", ticks, "solver",
                "steps", "p50", "p99", "maximum");
    measure_cold("ddim", ticks, fokker::ddim{});
    measure_cold("dpm_solver_pp_2m", ticks, fokker::dpm_solver_pp_2m{});
    measure_cold("deis<3>", ticks, fokker::deis<3>{});
    measure_cold("ddpm (noise in each step)", ticks, fokker::ddpm{});
    measure_warm(ticks);
}
