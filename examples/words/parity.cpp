// Checks that the network in C++ says what that in Python said.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "../fashion/reader.hpp"
#include "network.hpp"

int main() try {
    const std::filesystem::path data = WORDS_FOLDER;
    words::network network(data / "words.weights");
    fashion::reader file{data / "parity.bin"};
    file.expect_text("WORDPAIR", "magic: this is not a file of parity data");
    file.expect_word(1, "the version of the format");
    const auto count = std::min<Eigen::Index>(file.word(), 1024);
    words::states x(words::places, count);
    for (int& each : x.reshaped()) each = std::min<int>(static_cast<int>(file.word()), words::mask);
    Eigen::ArrayXXf logits(words::classes, words::places * count), stored = logits;
    for (float& each : stored.reshaped()) each = file.single();
    file.expect_end();
    network.evaluate(x, logits);
    const auto error = static_cast<double>((logits - stored).abs().maxCoeff());
    constexpr double allowed = 2e-5;
    std::printf("largest difference of a logit from PyTorch %.2g, allowed %.2g\n", error, allowed);
    return error <= allowed ? 0 : 1;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "words_parity: %s\n", problem.what());
    return 1;
}
