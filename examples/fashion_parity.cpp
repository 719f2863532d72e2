// Checks that the networks in C++ say what those in Python said.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "fashion/classifier.hpp"
#include "fashion/network.hpp"
#include "fashion/parity.hpp"

int main() try {
    const std::filesystem::path data = FASHION_FOLDER;
    fashion::unet network(data / "fashion.weights", data / "variance.weights");
    fashion::classifier measure(data / "classifier.weights");
    const auto errors = fashion::measure_parity(network, measure, data / "parity.bin");
    float worst = 0;
    for (const auto& [name, error] :
         {std::pair{"noise", errors.noise}, std::pair{"squared residual", errors.residual_squared},
          std::pair{"squared noise", errors.noise_squared},
          std::pair{"features", errors.features}}) {
        std::printf("%-16s largest difference from PyTorch %.2g\n", name,
                    static_cast<double>(error));
        worst = std::max(worst, error);
    }
    return worst <= 1e-3F ? 0 : 1;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_parity: %s\n", problem.what());
    return 1;
}
