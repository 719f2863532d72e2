// Checks that the network and the process in C++ say what those in Python said.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <vector>

#include "../fashion/reader.hpp"
#include "network.hpp"
#include "process.hpp"

int main() try {
    const std::filesystem::path data = GREY_FOLDER;
    grey::network network(data / "grey.weights");
    const auto process = grey::process();
    fashion::reader file{data / "parity.bin"};
    file.expect_text("GREYPAIR", "magic: this is not a file of parity data");
    file.expect_word(1, "the version of the format");
    double logit_error = 0, process_error = 0;
    for (std::uint32_t cases = file.word(); cases > 0; --cases) {
        const double t = file.real();
        const double sigma = t / grey::process_steps;
        for (int from = 0; from < grey::levels; ++from)
            for (int to = 0; to < grey::levels; ++to)
                process_error =
                    std::max(process_error,
                             std::abs(process.transition(from, to, {0.0, 1.0, 0.0},
                                                         {t, 1.0 - sigma, sigma}, grey::levels) -
                                      file.real()));
        std::vector<int> classes(std::min<std::size_t>(file.word(), 1024));
        for (int& label : classes) label = static_cast<int>(file.word());
        const auto count = static_cast<Eigen::Index>(classes.size());
        grey::pictures x(grey::network::pixels, count);
        for (int& level : x.reshaped()) level = static_cast<unsigned char>(file.text(1)[0]);
        Eigen::ArrayXXf logits(grey::levels, x.size()), stored = logits;
        for (float& each : stored.reshaped()) each = file.single();
        network.evaluate(x, t, classes, logits);
        logit_error =
            std::max(logit_error, static_cast<double>((logits - stored).abs().maxCoeff()));
    }
    file.expect_end();
    constexpr double allowed = 5e-5, allowed_of_process = 1e-12;
    std::printf("largest difference of a logit from PyTorch %.2g, allowed %.2g\n", logit_error,
                allowed);
    std::printf("largest difference of a probability %.2g, allowed %.2g\n", process_error,
                allowed_of_process);
    return logit_error <= allowed && process_error <= allowed_of_process ? 0 : 1;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "grey_parity: %s\n", problem.what());
    return 1;
}
