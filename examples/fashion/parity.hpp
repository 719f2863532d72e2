// Compares the networks with stored outputs of those in Python.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include "classifier.hpp"
#include "network.hpp"
#include "reader.hpp"

namespace fashion {

// The largest differences between what is computed and what is stored.
struct parity_errors {
    float noise = 0, residual_squared = 0, noise_squared = 0, features = 0;
};

inline parity_errors measure_parity(unet& network, classifier& measure,
                                    const std::filesystem::path& path) {
    reader file{path};
    file.expect_text("FASHPAIR", "magic: this is not a file of parity data");
    file.expect_word(2, "the version of the format");
    const auto stored = [&](Index rows, Index columns) {
        MatrixXf values(rows, columns);
        for (float& value : values.reshaped()) value = file.single();
        return values;
    };
    const auto grow = [](float& error, const MatrixXf& found, const MatrixXf& expected) {
        error = std::max(error, (found - expected).cwiseAbs().maxCoeff());
    };
    parity_errors errors;
    for (std::uint32_t cases = file.word(); cases > 0; --cases) {
        const double t = file.real();
        std::vector<int> classes(std::min<std::size_t>(file.word(), 1024));
        for (int& label : classes) label = static_cast<int>(file.word());
        const auto count = static_cast<Index>(classes.size());
        const MatrixXf x = stored(unet::pixels, count);
        MatrixXf out(unet::pixels, count), second(unet::pixels, count);
        network.evaluate(x, t, classes, out);
        grow(errors.noise, out, stored(unet::pixels, count));
        const MatrixXf mean = out;
        for (const auto& [which, error] :
             {std::pair{moment::residual_squared, &errors.residual_squared},
              std::pair{moment::noise_squared, &errors.noise_squared}}) {
            network.evaluate(x, t, classes, out, which, second);
            grow(errors.noise, out, mean);
            grow(*error, second, stored(unet::pixels, count));
        }
    }
    const auto count = static_cast<Index>(std::min<std::size_t>(file.word(), 1024));
    const MatrixXf x = stored(classifier::pixels, count);
    MatrixXf found(measure.features(), count);
    measure.measure(x, found);
    grow(errors.features, found, stored(measure.features(), count));
    file.expect_end();
    return errors;
}

}  // namespace fashion
