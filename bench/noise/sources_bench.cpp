// What the other noise sources cost, whole draws of a state, tile by tile as the sweep asks for
// them. Beside philox: noise/../by:philox of philox_bench.cpp.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>

#include <fokker/noise/brownian.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/noise/torch_cuda.hpp>

namespace {

constexpr std::size_t elements = 16384;

template <class T>
void draw(benchmark::State& state, auto source) {
    alignas(64) std::array<T, fokker::noise_tile> z;
    std::uint32_t step = 0;
    for (auto _ : state) {
        const std::uint32_t number = 256 * (step++ % 1000 + 1);
        // A step of a walk of some fifty.
        source.template begin_draw<T>({{1, elements}, number, 0.3172, 0.2964});
        for (std::size_t e = 0; e < elements; e += z.size()) {
            source.fill(z.data(), z.size(), fokker::noise_position{0, number, e});
            benchmark::DoNotOptimize(z);
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(elements) * state.iterations());
}

template <class T>
void add_all(const std::string& type) {
    const auto add = [&](const char* name, auto source) {
        benchmark::RegisterBenchmark(("noise/" + type + "/by:" + name).c_str(),
                                     [source](benchmark::State& state) { draw<T>(state, source); });
    };
    add("brownian", fokker::brownian{.seed = 7});
    add("torch_cpu", fokker::torch_cpu(7));
    add("torch_cuda", fokker::torch_cuda(7, {.multiprocessors = 132, .threads = 2048}));
}

const bool added = (add_all<float>("float"), add_all<double>("double"), true);

}  // namespace
