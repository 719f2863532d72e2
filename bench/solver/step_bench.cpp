// What each solver's step costs beyond the network call: the network is a callable that leaves its
// output as it is.
#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>
#include <Eigen/Core>

#include <fokker/fokker.hpp>

#include "allocations.hpp"
#include "sizes.hpp"
#include "solvers.hpp"

namespace {

/// Long enough that the return to its beginning does not show.
constexpr int steps = 250;

void step(benchmark::State& state, const auto& solver, std::size_t arrays) {
    const Eigen::ArrayXf start = Eigen::ArrayXf::LinSpaced(state.range(0), -1.0f, 1.0f);
    Eigen::ArrayXf x = start;
    // The outputs are written in a first walk, so that no page fault and no stray number is timed.
    bool fills = true;
    const auto network = [&fills](const auto&, double, auto& out) {
        if (fills) out.setConstant(0.5f);
    };
    fokker::run r(x, network, fokker::trailing(fokker::linear_schedule(), steps), solver,
                  fokker::philox{.seed = 7});
    r.keep_prediction(false);  // as `sample` does when nobody looks on
    while (!r.done()) r.step();
    fills = false;

    if (!allocations_are_counted()) state.SkipWithError("this build does not count allocations");
    const std::int64_t before = allocations();
    for (auto _ : state) {
        if (r.done()) {
            x = start;
            r.seek(0);
        }
        r.step();
        benchmark::ClobberMemory();
    }
    state.counters["allocations"] = static_cast<double>(allocations() - before);
    count_bytes<float>(state, arrays);
}

const bool added = [] {
    for_each_solver([](const std::string& name, const auto& solver, std::size_t arrays) {
        auto* b = benchmark::RegisterBenchmark(
            ("step/" + name).c_str(),
            [=](benchmark::State& state) { step(state, solver, arrays); });
        for (const std::int64_t size : sizes) b->Arg(size);
    });
    return true;
}();

}  // namespace
