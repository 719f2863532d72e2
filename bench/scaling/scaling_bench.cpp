// Time against the number of elements and against the batch: a sweep of two operands, a step
// without noise and one with it; and the memory's bandwidth, which bounds all of them. A name ends
// in the number of elements, or of samples. Compiled with OpenMP, everything is split over the
// threads and timed by the clock; else by the processor's time.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <Eigen/Core>

#include <fokker/fokker.hpp>

namespace {

/// Sets how a benchmark is timed.
void timed(benchmark::internal::Benchmark* b) {
#ifdef _OPENMP
    b->UseRealTime();
#else
    (void)b;
#endif
}

void count(benchmark::State& state, const auto& x) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(x.size()));
}

void sweep(benchmark::State& state, Eigen::Index elements, Eigen::Index samples) {
    using fokker::kernel::term;
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Ones(elements, samples), d = x;
    double a = 0.5, b = 0.25;
    fokker::detail::no_noise none;
    for (auto _ : state) {
        benchmark::DoNotOptimize(a);
        benchmark::DoNotOptimize(b);
        fokker::kernel::sweep(x.data(), term<float>(a, x.data()) + term<float>(b, d.data()),
                              fokker::detail::shape_of(x), none);
        benchmark::ClobberMemory();
    }
    count(state, x);
}

void step(benchmark::State& state, const auto& solver, Eigen::Index elements,
          Eigen::Index samples) {
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Ones(elements, samples);
    bool fills = true;
    const auto network = [&fills](const auto&, double, auto& out) {
        if (fills) out.setConstant(0.5f);
    };
    fokker::run r(x, network, fokker::trailing(fokker::linear_schedule(), 250), solver,
                  fokker::philox{.seed = 7});
    r.keep_prediction(false);
    r.step();  // writes the network's output, so that no page fault is timed
    fills = false;
    for (auto _ : state) {
        if (r.done()) {
            x.setOnes();
            r.seek(0);
        }
        r.step();
        benchmark::ClobberMemory();
    }
    count(state, x);
}

/// Calls f(name, function of the state, elements and samples) for all that is measured.
void for_each_case(const auto& f) {
    f("sweep", sweep);
#ifndef _OPENMP
    f("ddim", [](auto& state, auto... shape) { step(state, fokker::ddim{}, shape...); });
#endif
    f("ddpm", [](auto& state, auto... shape) { step(state, fokker::ddpm{}, shape...); });
}

/// Each array is 256 MiB, more than any cache holds.
constexpr std::ptrdiff_t memory_size = std::ptrdiff_t{1} << 26;

enum class loop { copy, triad, update };

/// Copy and triad of McCalpin's STREAM, and what a sweep does. Counted are the arrays that pass,
/// each once; but in the first two, the memory that is written may have to be read before.
template <loop Loop>
void memory(benchmark::State& state) {
    const auto size = static_cast<std::size_t>(memory_size);
    std::vector<float> first(size), second(size, 1.0f), third(Loop == loop::triad ? size : 0, 1.0f);
    float* const a = first.data();
    const float *const b = second.data(), *const c = third.data();
    float s = 0.5f;
    for (auto _ : state) {
        benchmark::DoNotOptimize(s);
#ifdef _OPENMP
#pragma omp parallel for
#endif
        for (std::ptrdiff_t i = 0; i < memory_size; ++i) {
            if constexpr (Loop == loop::copy) a[i] = b[i];
            if constexpr (Loop == loop::triad) a[i] = b[i] + s * c[i];
            if constexpr (Loop == loop::update) a[i] = s * a[i] + b[i];
        }
        benchmark::ClobberMemory();
    }
    constexpr std::int64_t arrays = Loop == loop::copy ? 2 : 3;
    state.SetBytesProcessed(state.iterations() * arrays * memory_size *
                            static_cast<std::int64_t>(sizeof(float)));
}

const bool added = [] {
    const auto add = [](const std::string& name, auto function) {
        benchmark::RegisterBenchmark(name.c_str(), function)->Apply(timed);
    };
    for_each_case([&](const std::string& name, auto function) {
        const auto add_shape = [&](const std::string& axis, Eigen::Index elements,
                                   Eigen::Index samples, Eigen::Index label) {
            add(axis + "/" + name + "/" + std::to_string(label),
                [=](benchmark::State& state) { function(state, elements, samples); });
        };
        for (Eigen::Index n = 16; n <= Eigen::Index{1} << 26; n *= 2)
            add_shape("elements", n, 1, n);
        for (Eigen::Index n = 1; n <= 65'536; n *= 4) add_shape("samples of 112", 112, n, n);
        for (Eigen::Index n = 1; n <= Eigen::Index{1} << 20; n *= 4)
            add_shape("samples of 2", 2, n, n);
    });
    add("memory/copy", memory<loop::copy>);
    add("memory/triad", memory<loop::triad>);
    add("memory/update", memory<loop::update>);
    return true;
}();

}  // namespace
