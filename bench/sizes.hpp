/// The array sizes that every benchmark runs at, and how it counts what it moved.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <benchmark/benchmark.h>

/// A robot's policy (16 x 7 numbers), a latent image (4 x 64 x 64), a picture or a second of audio.
inline constexpr std::array<std::int64_t, 3> sizes{112, 16'384, 262'144};

/// Beyond all caches; for the sweep alone.
inline constexpr std::int64_t large_size = 16'777'216;

/// Bytes a second, of so many arrays read or written in an iteration.
template <class T>
void count_bytes(benchmark::State& state, std::size_t arrays) {
    state.SetBytesProcessed(static_cast<std::int64_t>(arrays * sizeof(T)) * state.range(0) *
                            static_cast<std::int64_t>(state.iterations()));
}
