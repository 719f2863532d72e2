// A stream of requests, made from a seed: the same one on every machine.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace serving {

struct request {
    double arrival = 0;  // in seconds
    int steps = 0;
    std::size_t sampler = 0;  // one of four
    std::uint64_t seed = 0;
};

inline constexpr int fewest = 10, most = 50;
inline constexpr double mean_steps = 0.5 * (fewest + most);

// Of splitmix64, as the distributions of the standard library differ from one to another.
class numbers {
public:
    explicit numbers(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    // Between 0 and 1, neither of them.
    double uniform() { return (static_cast<double>(next() >> 12) + 0.5) * 0x1p-52; }

private:
    std::uint64_t state_;
};

// Poisson arrivals at so many requests a second; 0: all are there at the beginning.
inline std::vector<request> stream(std::size_t count, double rate, std::uint64_t seed) {
    numbers random(seed);
    std::vector<request> all(count);
    double now = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double wait = -std::log(random.uniform());
        now += rate > 0 ? wait / rate : 0;
        all[i] = {now, fewest + static_cast<int>(random.next() % (most - fewest + 1)),
                  random.next() % 4, i + 1};
    }
    return all;
}

}  // namespace serving
