// Normals a second: Philox as the sweep asks for them, tile by tile, beside what the standard
// library offers.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include <benchmark/benchmark.h>

#include <fokker/noise/philox.hpp>
#include <fokker/noise/source.hpp>

namespace {

template <class T, class Source>
void fill(benchmark::State& state, Source source) {
    alignas(64) std::array<T, fokker::noise_tile> z;
    fokker::noise_position position;
    for (auto _ : state) {
        source.fill(z.data(), z.size(), position);
        benchmark::DoNotOptimize(z);
        position.element += z.size();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(z.size()) * state.iterations());
}

template <class T>
void by_philox(benchmark::State& state) {
    fill<T>(state, fokker::philox{.seed = 7});
}

template <class T>
void by_standard_library(benchmark::State& state) {
    std::mt19937_64 engine(7);
    std::normal_distribution<T> normal;
    alignas(64) std::array<T, fokker::noise_tile> z;
    for (auto _ : state) {
        std::generate(z.begin(), z.end(), [&] { return normal(engine); });
        benchmark::DoNotOptimize(z);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(z.size()) * state.iterations());
}

template <class T>
void add_all(const std::string& type) {
    benchmark::RegisterBenchmark(("noise/" + type + "/by:philox").c_str(), by_philox<T>);
    benchmark::RegisterBenchmark(("noise/" + type + "/by:std").c_str(), by_standard_library<T>);
}

const bool added = (add_all<float>("float"), add_all<double>("double"), true);

}  // namespace
