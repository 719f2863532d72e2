// The sweep beside the same statement written by hand in Eigen: x = a x + b d + .. of 2, 3 and 5
// operands, alone and with the second output that multistep solvers keep. By hand the latter takes
// two statements, hence two passes; that is all that Eigen's expressions can say.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>
#include <Eigen/Core>

#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/noise/source.hpp>

#include "sizes.hpp"

namespace {

using fokker::kernel::term;

/// The arrays and coefficients of one benchmark: operand 0 is the state and the result. Weights
/// below one in sum keep the state finite, however often the statement is repeated.
template <class T, std::size_t N>
struct problem {
    std::array<Eigen::ArrayX<T>, N> operands;
    Eigen::ArrayX<T> kept;
    std::array<double, N> weights;
    std::array<double, 2> kept_weights{0.75, 0.125};

    explicit problem(std::int64_t size) : kept(size) {
        for (std::size_t i = 0; i < N; ++i) {
            operands[i] = Eigen::ArrayX<T>::LinSpaced(size, T(0.5), T(1.5) + static_cast<T>(i));
            weights[i] = i == 0 ? 0.5 : 0.25 / static_cast<double>(i);
        }
        kept.setZero();
    }
};

template <class T, std::size_t N, bool Keeps>
void by_hand(benchmark::State& state) {
    problem<T, N> p(state.range(0));
    // By hand one would have the coefficients in the array's own type.
    std::array<T, N> c;
    for (std::size_t i = 0; i < N; ++i) c[i] = static_cast<T>(p.weights[i]);
    std::array<T, 2> k{static_cast<T>(p.kept_weights[0]), static_cast<T>(p.kept_weights[1])};
    auto& v = p.operands;
    for (auto _ : state) {
        benchmark::DoNotOptimize(c);
        benchmark::DoNotOptimize(k);
        if constexpr (Keeps) p.kept = k[0] * v[0] + k[1] * v[1];
        if constexpr (N == 2) v[0] = c[0] * v[0] + c[1] * v[1];
        if constexpr (N == 3) v[0] = c[0] * v[0] + c[1] * v[1] + c[2] * v[2];
        if constexpr (N == 5)
            v[0] = c[0] * v[0] + c[1] * v[1] + c[2] * v[2] + c[3] * v[3] + c[4] * v[4];
        benchmark::ClobberMemory();
    }
    count_bytes<T>(state, N + 1 + (Keeps ? 1 : 0));
}

template <class T, std::size_t N, bool Keeps>
void by_sweep(benchmark::State& state) {
    problem<T, N> p(state.range(0));
    fokker::no_noise source;
    const auto& c = p.weights;
    for (auto _ : state) {
        benchmark::DoNotOptimize(p);
        const auto value = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (... + term<T>(c[I], p.operands[I].data()));
        }(std::make_index_sequence<N>{});
        T* const out = p.operands[0].data();
        const auto shape = fokker::shape_of(p.operands[0]);
        if constexpr (Keeps)
            fokker::kernel::sweep(out, value, shape, source, p.kept.data(),
                                  term<T>(p.kept_weights[0], p.operands[0].data()) +
                                      term<T>(p.kept_weights[1], p.operands[1].data()));
        else
            fokker::kernel::sweep(out, value, shape, source);
        benchmark::ClobberMemory();
    }
    count_bytes<T>(state, N + 1 + (Keeps ? 1 : 0));
}

template <class T, std::size_t N, bool Keeps>
void add_pair(const std::string& type) {
    const std::string what =
        type + "/operands:" + std::to_string(N) + (Keeps ? "+kept" : "") + "/by:";
    const auto add = [&](const std::string& who, auto* function) {
        auto* b = benchmark::RegisterBenchmark(("sweep/" + what + who).c_str(), function);
        for (const std::int64_t size : sizes) b->Arg(size);
    };
    add("hand", by_hand<T, N, Keeps>);
    add("sweep", by_sweep<T, N, Keeps>);
}

template <class T>
void add_all(const std::string& type) {
    add_pair<T, 2, false>(type);
    add_pair<T, 3, false>(type);
    add_pair<T, 5, false>(type);
    add_pair<T, 2, true>(type);
    add_pair<T, 3, true>(type);
    add_pair<T, 5, true>(type);
}

const bool added = (add_all<float>("float"), add_all<double>("double"), true);

}  // namespace
