// What each solver's step costs beyond the network call: the network is a callable that leaves its
// output as it is.
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>
#include <Eigen/Core>

#include <fokker/fokker.hpp>

#include "sizes.hpp"
#include "support/allocations.hpp"
#include "support/solvers.hpp"

namespace {

/// Long enough that the return to its beginning does not show.
constexpr int steps = 250;

/// Whether the count sees both a std::vector's memory and an Eigen array's.
bool allocations_are_counted() {
    const std::size_t before = fokker_test::allocations();
    std::vector<float> v(16);
    benchmark::DoNotOptimize(v.data());
    const std::size_t between = fokker_test::allocations();
    Eigen::ArrayXf a(16);
    benchmark::DoNotOptimize(a.data());
    return between == before + 1 && fokker_test::allocations() == between + 1;
}

void step(benchmark::State& state, const auto& solver, std::size_t arrays,
          fokker::second_output kind = fokker::second_output::unspecified) {
    const Eigen::ArrayXf start = Eigen::ArrayXf::LinSpaced(state.range(0), -1.0f, 1.0f);
    Eigen::ArrayXf x = start;
    // The outputs are written in a first walk, so that no page fault and no stray number is timed.
    bool fills = true;
    const auto network = [&fills](const auto&, double, auto& out, auto&... second) {
        if (fills) (out.setConstant(0.5f), ..., second.setConstant(0.25f));
    };
    fokker::run r(x, fokker::predicts_noise(network, kind),
                  fokker::trailing(fokker::linear_schedule(), steps), solver,
                  fokker::philox{.seed = 7});
    r.keep_prediction(false);  // as `sample` does when nobody looks on
    while (!r.done()) r.step();
    fills = false;

    if (!allocations_are_counted()) state.SkipWithError("this build does not count allocations");
    const std::size_t before = fokker_test::allocations();
    for (auto _ : state) {
        if (r.done()) {
            x = start;
            r.seek(0);
        }
        r.step();
        benchmark::ClobberMemory();
    }
    state.counters["allocations"] = static_cast<double>(fokker_test::allocations() - before);
    if (arrays > 0) count_bytes<float>(state, arrays);
}

void add(const auto& entry, fokker::second_output kind = fokker::second_output::unspecified) {
    auto* b = benchmark::RegisterBenchmark(
        ("step/" + entry.name).c_str(), [entry, kind](benchmark::State& state) {
            step(state, entry.solver, static_cast<std::size_t>(entry.arrays), kind);
        });
    for (const std::int64_t size : sizes) b->Arg(size);
}

/// A Gamma of each element, the same for all.
fokker::moments map_of(std::int64_t elements) {
    const auto schedule = fokker::linear_schedule();
    return {{schedule.at(schedule.last_time()), schedule.at(0)},
            std::vector<double>(2 * static_cast<std::size_t>(elements), 0.5)};
}

const bool added = [] {
    fokker_test::for_each_solver([](const auto& entry) { add(entry); });
    using enum fokker::second_output;
    using fokker_test::listed;
    add(listed<fokker::ddpm_learned>{"ddpm_learned, variance", {}, 0.0, 4}, variance);
    add(listed<fokker::ddpm_learned>{"ddpm_learned, range", {}, 0.0, 4}, variance_range);
    add(listed<fokker::extended_analytic_ddpm>{"extended_analytic_ddpm, NPR", {}, 0.0, 4},
        residual_squared);
    add(listed<fokker::extended_analytic_ddpm>{"extended_analytic_ddpm, SN", {}, 0.0, 4},
        noise_squared);
    auto* map =
        benchmark::RegisterBenchmark("step/analytic_ddpm, map", [](benchmark::State& state) {
            step(state, fokker::analytic_ddpm{{.gamma = map_of(state.range(0))}}, 0);
        });
    for (const std::int64_t size : sizes) map->Arg(size);
    add(listed<fokker::euler_cfg_pp>{"euler_cfg_pp", {}, 0.0, 4}, unconditional);
    return true;
}();

}  // namespace
