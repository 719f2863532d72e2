// Checks that the networks in C++ say what those in Python said.
#include <cstdio>
#include <exception>
#include <filesystem>

#include "fashion/classifier.hpp"
#include "fashion/network.hpp"
#include "fashion/noisy_classifier.hpp"
#include "fashion/noisy_parity.hpp"
#include "fashion/parity.hpp"

int main() try {
    const std::filesystem::path data = FASHION_FOLDER;
    fashion::unet network(data / "fashion.weights", data / "variance.weights");
    fashion::classifier measure(data / "classifier.weights");
    const auto errors = fashion::measure_parity(network, measure, data / "parity.bin");
    fashion::noisy_classifier noisy(data / "noisy_classifier.weights");
    const auto noisy_errors = fashion::measure_noisy_parity(noisy, data / "noisy_parity.bin");
    struct quantity {
        const char* name;
        float error, bound;
        const char* from = "PyTorch";
    };
    // The bounds are two to four times what GCC and Clang leave, with -ffast-math and without.
    const quantity quantities[] = {{"noise", errors.noise, 1.5e-4F},
                                   {"squared residual", errors.residual_squared, 1e-5F},
                                   {"squared noise", errors.noise_squared, 5e-4F},
                                   {"features", errors.features, 1.5e-6F},
                                   {"log p(y | x)", noisy_errors.log_probabilities, 6e-6F},
                                   {"its gradient", noisy_errors.gradients, 3e-7F},
                                   {"the same", noisy_errors.along, 6e-4F, "differences"}};
    bool near = true;
    for (const quantity& q : quantities) {
        std::printf("%-16s largest difference from %s %.2g, allowed %.2g\n", q.name, q.from,
                    static_cast<double>(q.error), static_cast<double>(q.bound));
        near = near && q.error <= q.bound;
    }
    return near ? 0 : 1;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_parity: %s\n", problem.what());
    return 1;
}
