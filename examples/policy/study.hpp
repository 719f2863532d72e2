// Many episodes of one controller, and how long its ticks take.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "controller.hpp"
#include "task.hpp"

namespace policy {

struct path {
    std::vector<Vector2d> places;
    double disc, goal;
    ending end = ending::none;

    bool is_above() const;  // of the disc, where it passed it
};

// One episode: with plans, and so many predictions of the network.
path drive(controller& of, std::uint64_t seed, std::int64_t& steps);

struct result {
    std::vector<path> paths;
    std::int64_t steps = 0;

    double share(const std::function<bool(const path&)>& is_so) const;
};

// Episodes seed, seed + 1, ..; `advance` is told of each, from any thread.
result drive_all(const network& net, const settings& with, int episodes, std::uint64_t seed,
                 int threads, const std::function<void()>& advance);

struct latency {
    double median, most_of_100, longest;  // microseconds a tick: 50th and 99th percentile, and all
    std::int64_t allocations;
};

// Of so many ticks of episodes, after a first one.
latency measure(const network& net, const settings& with, int ticks);

}  // namespace policy
