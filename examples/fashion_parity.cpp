// Checks that the networks in C++ say what those in Python said.
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
    struct quantity {
        const char* name;
        float error, bound;
    };
    // The bounds are two to three times what GCC and Clang leave, with -ffast-math and without.
    const quantity quantities[] = {{"noise", errors.noise, 1.5e-4F},
                                   {"squared residual", errors.residual_squared, 1e-5F},
                                   {"squared noise", errors.noise_squared, 5e-4F},
                                   {"features", errors.features, 1.5e-6F}};
    bool near = true;
    for (const quantity& q : quantities) {
        std::printf("%-16s largest difference from PyTorch %.2g, allowed %.2g\n", q.name,
                    static_cast<double>(q.error), static_cast<double>(q.bound));
        near = near && q.error <= q.bound;
    }
    return near ? 0 : 1;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_parity: %s\n", problem.what());
    return 1;
}
