// The sweep beside the same statement written by hand: x = a x + b d + .. of 2, 3, 5 and 7
// operands, alone, with the second result that multistep solvers keep, and with the prediction
// bounded. By hand the first is a statement on Eigen arrays, the others are one loop over
// restricted pointers; in reduced precision all are such loops, which convert by the processor's
// instructions.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include <benchmark/benchmark.h>
#include <Eigen/Core>

#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/noise/source.hpp>

#include "kernel/by_hand.hpp"
#include "sizes.hpp"

namespace {

using fokker::kernel::arithmetic;
using fokker::kernel::term;

/// The arrays and coefficients of one benchmark: operand 0 is the state and the result. Weights
/// below one in sum keep the state finite, however often the statement is repeated.
template <class T, std::size_t N>
struct problem {
    std::array<Eigen::ArrayX<T>, N> operands;
    Eigen::ArrayX<T> kept;
    std::array<double, N> weights;
    std::array<double, 2> prediction{0.75, 0.125};

    explicit problem(std::int64_t size) : kept(size) {
        for (std::size_t i = 0; i < N; ++i) {
            operands[i] =
                Eigen::ArrayXf::LinSpaced(size, 0.5f, 1.5f + static_cast<float>(i)).cast<T>();
            weights[i] = i == 0 ? 0.5 : 0.25 / static_cast<double>(i);
        }
        kept.setConstant(T(0));
    }
};

template <class T, std::size_t N, extra Extra>
constexpr std::size_t arrays = N + 1 + (Extra == extra::kept ? 1 : 0);

template <class T, std::size_t N, extra Extra>
void by_hand(benchmark::State& state) {
    problem<T, N> p(state.range(0));
    // By hand one would have the coefficients in the type that is computed with.
    std::array<arithmetic<T>, N> c;
    for (std::size_t i = 0; i < N; ++i) c[i] = static_cast<arithmetic<T>>(p.weights[i]);
    std::array<arithmetic<T>, 2> k{static_cast<arithmetic<T>>(p.prediction[0]),
                                   static_cast<arithmetic<T>>(p.prediction[1])};
    std::array<T*, N> v;
    for (std::size_t i = 0; i < N; ++i) v[i] = p.operands[i].data();
    for (auto _ : state) {
        benchmark::DoNotOptimize(c);
        benchmark::DoNotOptimize(k);
        if constexpr (Extra == extra::none && std::is_same_v<T, arithmetic<T>>)
            hand_statement(p.operands, c);
        else
            hand_loop<Extra>(static_cast<std::size_t>(state.range(0)), v, p.kept.data(), c, k);
        benchmark::ClobberMemory();
    }
    count_bytes<T>(state, arrays<T, N, Extra>);
}

template <class T, std::size_t N, extra Extra>
void by_sweep(benchmark::State& state) {
    problem<T, N> p(state.range(0));
    fokker::detail::no_noise source;
    const auto& c = p.weights;
    using number = arithmetic<T>;
    for (auto _ : state) {
        benchmark::DoNotOptimize(p);
        const auto value = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (... + term<T>(c[I], p.operands[I].data()));
        }(std::make_index_sequence<N>{});
        T* const out = p.operands[0].data();
        const auto shape = fokker::detail::shape_of(p.operands[0]);
        const number first = static_cast<number>(p.prediction[0]),
                     second = static_cast<number>(p.prediction[1]);
        if constexpr (Extra == extra::kept)
            fokker::kernel::sweep(out, value, shape, source, out, p.operands[1].data(),
                                  fokker::kernel::beside{.kept = {p.kept.data(), first, second}});
        else if constexpr (Extra == extra::clipped)
            fokker::kernel::sweep(
                out, value, shape, source, out, p.operands[1].data(),
                fokker::kernel::beside{.is_bounded = true,
                                       .bounded = {first, second, number(-1), number(1)}});
        else
            fokker::kernel::sweep(out, value, shape, source);
        benchmark::ClobberMemory();
    }
    count_bytes<T>(state, arrays<T, N, Extra>);
}

template <class T, std::size_t N, extra Extra>
void add_pair(const std::string& type) {
    const std::string kind = Extra == extra::none   ? ""
                             : Extra == extra::kept ? "+kept"
                                                    : "+clipped";
    const std::string what = type + "/operands:" + std::to_string(N) + kind + "/by:";
    const auto add = [&](const std::string& who, auto* function) {
        auto* b = benchmark::RegisterBenchmark(("sweep/" + what + who).c_str(), function);
        for (const std::int64_t size : sizes) b->Arg(size);
        b->Arg(large_size);
    };
    add("hand", by_hand<T, N, Extra>);
    add("sweep", by_sweep<T, N, Extra>);
}

template <class T>
void add_all(const std::string& type) {
    const auto add = [&]<std::size_t... N>(std::index_sequence<N...>) {
        (add_pair<T, N, extra::none>(type), ...);
        (add_pair<T, N, extra::kept>(type), ...);
    };
    add(std::index_sequence<2, 3, 5, 7>{});
    add_pair<T, 2, extra::clipped>(type);
}

const bool added = (add_all<float>("float"), add_all<double>("double"),
                    add_all<Eigen::half>("half"), add_all<Eigen::bfloat16>("bfloat16"), true);

}  // namespace
