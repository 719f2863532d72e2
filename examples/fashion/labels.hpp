// The ten kinds of clothes of Fashion-MNIST, in the order of their labels.
#pragma once

#include <array>
#include <string_view>

namespace fashion {

inline constexpr std::array<std::string_view, 10> labels{
    "t-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal",      "shirt",   "sneaker",  "bag",   "ankle boot"};

// The class that means "no label": the network then predicts without a condition.
inline constexpr int no_label = 10;

}  // namespace fashion
