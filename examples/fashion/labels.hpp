// The ten kinds of clothes of Fashion-MNIST, in the order of their labels.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fashion {

inline constexpr std::array<std::string_view, 10> labels{
    "t-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal",      "shirt",   "sneaker",  "bag",   "ankle boot"};

// The class that means "no label": the network then predicts without a condition.
inline constexpr int no_label = 10;

// The class of a name, in any case, or a number, which an option gave. Throws
// std::invalid_argument.
inline int class_of(const std::string& option, std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (text == labels[i] || text == std::to_string(i)) return static_cast<int>(i);
    std::string names;
    for (const auto& each : labels) names += (names.empty() ? "" : ", ") + std::string(each);
    throw std::invalid_argument(option + ": '" + text + "' is neither 0 .. 9 nor one of " + names);
}

}  // namespace fashion
