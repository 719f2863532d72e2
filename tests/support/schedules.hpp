/// The schedules by the names that the golden data give them.
#pragma once

#include <stdexcept>
#include <string>

#include <fokker/path/discrete_schedule.hpp>

namespace fokker_test {

inline fokker::discrete_schedule schedule_named(const std::string& name, int steps = 1000) {
    if (name == "linear") return fokker::linear_schedule(steps);
    if (name == "scaled_linear") return fokker::scaled_linear_schedule(steps);
    if (name == "cosine") return fokker::cosine_schedule(steps);
    throw std::runtime_error("no schedule is called " + name);
}

}  // namespace fokker_test
