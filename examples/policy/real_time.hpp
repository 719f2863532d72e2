// The loop as a robot has it: at 100 Hz, with a deadline, in a thread of its own that can be
// stopped.
#pragma once

#include <cstdint>
#include <stop_token>

#include "controller.hpp"

namespace policy {

struct real_time_result {
    int ticks = 0, late = 0, cut = 0;  // late: that ended after their deadline; cut: by it
    int reached = 0, touched = 0;
};

// Episodes one after another until a stop is asked for.
real_time_result drive_in_real_time(network net, const settings& with, std::uint64_t seed,
                                    const std::stop_token& stop);

}  // namespace policy
