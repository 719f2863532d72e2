// Compares the network with stored outputs of the Python network.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "network.hpp"
#include "reader.hpp"

namespace fashion {

// The largest difference between the predicted noise and the stored one.
inline float parity_error(unet& network, const std::filesystem::path& path) {
    reader file{path};
    file.expect_text("FASHPAIR", "magic: this is not a file of parity data");
    file.expect_word(1, "the version of the format");
    float error = 0;
    for (std::uint32_t cases = file.word(); cases > 0; --cases) {
        const double t = file.real();
        std::vector<int> classes(std::min<std::size_t>(file.word(), 1024));
        for (int& label : classes) label = static_cast<int>(file.word());
        const auto count = static_cast<Index>(classes.size());
        MatrixXf x(unet::pixels, count), expected(unet::pixels, count), out(unet::pixels, count);
        for (MatrixXf* pictures : {&x, &expected})
            for (float& value : pictures->reshaped()) value = file.single();
        network.evaluate(x, t, classes, out);
        error = std::max(error, (out - expected).cwiseAbs().maxCoeff());
    }
    file.expect_end();
    return error;
}

}  // namespace fashion
