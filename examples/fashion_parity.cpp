// Checks that the network in C++ says what the one in Python said.
#include <cstdio>
#include <exception>
#include <filesystem>

#include "fashion/network.hpp"
#include "fashion/parity.hpp"

int main() try {
    const std::filesystem::path data = FASHION_FOLDER;
    fashion::unet network(data / "fashion.weights");
    const float error = fashion::parity_error(network, data / "parity.bin");
    std::printf("largest difference from PyTorch: %.2g\n", static_cast<double>(error));
    return error <= 1e-3F ? 0 : 1;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_parity: %s\n", problem.what());
    return 1;
}
