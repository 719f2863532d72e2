/// Golden data: what the originals computed, read from tests/golden/*.json.
#pragma once

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace fokker_test {

using golden_case = nlohmann::json;

/// All cases of a file, such as golden_cases("schedules").
inline std::vector<golden_case> golden_cases(const std::string& name) {
    const std::string path = FOKKER_TESTS_DIR "/golden/" + name + ".json";
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    return nlohmann::json::parse(file).at("cases").get<std::vector<golden_case>>();
}

/// One of them, by its name.
inline golden_case golden(const std::string& file, const std::string& name) {
    for (golden_case& entry : golden_cases(file))
        if (entry.at("name") == name) return entry;
    throw std::runtime_error("no case '" + name + "' in " + file + ".json");
}

/// A number, which may be written "inf", "-inf" or "nan".
inline double golden_number(const nlohmann::json& value) {
    return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
}

inline std::vector<double> golden_numbers(const nlohmann::json& values) {
    std::vector<double> numbers;
    for (const auto& value : values) numbers.push_back(golden_number(value));
    return numbers;
}

/// |a - b| relative to |b|, which is 0 where both are equal or infinite alike.
inline double relative_error(double a, double b) {
    if (a == b) return 0.0;
    return std::abs(a - b) / std::max(std::abs(b), std::numeric_limits<double>::min());
}

}  // namespace fokker_test
