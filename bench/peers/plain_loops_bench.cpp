// Euler's step as programs in C++ that port it by hand have it: vectors, and a loop a formula.
#include <cstddef>
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

#include "sizes.hpp"

namespace {

/// As many as Fokker's steps in step_bench.cpp.
constexpr std::size_t steps = 250;

/// The arrays of a run. `output` is the network's, which predicts noise.
struct loops {
    std::vector<float> x, output, denoised, d;

    explicit loops(std::size_t size) : x(size), output(size, 0.5f), denoised(size), d(size) {}

    void step(float sigma, float next) {
        for (std::size_t i = 0; i < x.size(); ++i) denoised[i] = x[i] - sigma * output[i];
        for (std::size_t i = 0; i < x.size(); ++i) d[i] = (x[i] - denoised[i]) / sigma;
        const float dt = next - sigma;
        for (std::size_t i = 0; i < x.size(); ++i) x[i] += d[i] * dt;
    }
};

void euler(benchmark::State& state) {
    std::vector<float> sigmas(steps + 1);
    for (std::size_t i = 0; i <= steps; ++i)
        sigmas[i] = 80.0f * static_cast<float>(steps - i) / static_cast<float>(steps);
    loops run(static_cast<std::size_t>(state.range(0)));
    std::size_t i = 0;
    for (auto _ : state) {
        if (i == steps) {
            run.x.assign(run.x.size(), 1.0f);
            i = 0;
        }
        run.step(sigmas[i], sigmas[i + 1]);
        ++i;
        benchmark::ClobberMemory();
    }
    count_bytes<float>(state, 8);
}

const bool added = [] {
    auto* b = benchmark::RegisterBenchmark("plain_loops/euler", euler);
    for (const std::int64_t size : sizes) b->Arg(size);
    return true;
}();

}  // namespace
