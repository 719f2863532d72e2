/// A Brownian path W on the clock [0, 1] as a tree of midpoints, and its increment between two
/// times as a weighted sum of the tree's normals. Lévy 1940; as a sampler's noise that needs no
/// memory: Li, Wong, Chen & Duvenaud 2020 (Scalable Gradients for Stochastic Differential
/// Equations), section 4, the virtual Brownian tree.
///
/// Node 1 halves [0, 1], nodes 2n and 2n + 1 halve the halves of node n's interval; node 0 is the
/// end point W(1). A node of level l, whose interval has the length 2^-l, adds to W between its
/// ends the normal Z times a hat of height 2^(-l/2) / 2 at the middle. At a multiple of 2^-depth no
/// node beyond that depth adds anything, so there W is exact.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <fokker/kernel/lanes.hpp>
#include <fokker/kernel/unrolled.hpp>
#include <fokker/noise/philox_normals.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::noise {

/// Times are rounded to multiples of 2^-44.
inline constexpr int brownian_depth = 44;

/// sum of weight * Z over some nodes, each of which has a Philox key of its own.
struct brownian_increment {
    static constexpr std::size_t most = 2 * brownian_depth + 1;

    std::size_t size = 0;
    std::array<double, most> weight{};
    std::array<std::uint64_t, most + counters> key{};  // room for whole vectors of them

    void add(std::uint64_t node, double w) {
        if (w == 0.0) return;
        weight[size] = w;
        key[size++] = node;
    }
};

namespace detail {

/// A time as it descends the tree: its node at this level, and how far it lies in that interval.
struct brownian_descent {
    static constexpr std::uint64_t whole = std::uint64_t{1} << brownian_depth;
    std::uint64_t time;

    explicit brownian_descent(double t)
        : time(static_cast<std::uint64_t>(t * static_cast<double>(whole) + 0.5)) {}

    double fraction() const { return static_cast<double>(time) / static_cast<double>(whole); }
    std::uint64_t node(int level) const {
        return (std::uint64_t{1} << level) | (time >> (brownian_depth - level));
    }
    /// The distance to the nearer end of the node's interval, which is 1 long.
    double hat(int level) const {
        if (time == whole) return 0.0;
        const std::uint64_t length = whole >> level, in = time & (length - 1);
        const std::uint64_t nearer = in < length - in ? in : length - in;
        return static_cast<double>(nearer) / static_cast<double>(length);
    }
};

/// Nodes become keys: two words of the counter {node low, node high, path, 1} under the seed.
inline void key_nodes(brownian_increment& increment, std::uint64_t seed, std::uint32_t path) {
    constexpr std::size_t step = kernel::lane_count<std::uint64_t>;
    const philox_key of_seed(seed);
    for (std::size_t i = 0; i < increment.size; i += counters) {
        block<philox_words> w;
        kernel::unrolled<vectors>([&](auto v) FOKKER_INLINE_LAMBDA {
            const words64 node = kernel::load(&increment.key[i + v * step]);
            w[v] = {node, node >> 32, words64{} + path, words64{} + 1};
        });
        philox_rounds(w, of_seed);
        kernel::unrolled<vectors>([&](auto v) FOKKER_INLINE_LAMBDA {
            kernel::store((w[v][0] & 0xffffffffu) | (w[v][1] << 32), &increment.key[i + v * step]);
        });
    }
}

}  // namespace detail

/// (W(from) - W(to)) / sqrt(|from - to|) of the path-th path of a seed, for different times in
/// [0, 1]. The two descents share their nodes as far as they go together.
inline void set_increment(brownian_increment& increment, double from, double to, std::uint64_t seed,
                          std::uint32_t path) {
    const detail::brownian_descent a(from), b(to);
    const double scale = 1.0 / std::sqrt(std::abs(from - to));
    increment.size = 0;
    increment.add(0, scale * (a.fraction() - b.fraction()));
    for (int level = 0; level < brownian_depth; ++level) {
        const double height =
            scale * std::ldexp(1.0, -level / 2) * (level % 2 == 0 ? 1.0 : 0.70710678118654752440);
        const std::uint64_t node_a = a.node(level), node_b = b.node(level);
        if (node_a == node_b) {
            increment.add(node_a, height * (a.hat(level) - b.hat(level)));
        } else {
            increment.add(node_a, height * a.hat(level));
            increment.add(node_b, -height * b.hat(level));
        }
    }
    detail::key_nodes(increment, seed, path);
}

}  // namespace fokker::noise

FOKKER_END_MAY_SHADOW
