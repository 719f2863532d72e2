// Checks that the network in C++ says what that in Python said.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "network.hpp"

int main() try {
    using policy::plan, policy::fastest;
    const std::filesystem::path folder = POLICY_FOLDER;
    policy::network net(folder / "policy.weights");
    std::ifstream file(folder / "parity.bin", std::ios::binary);
    const auto read = [&](auto& to) {
        file.read(reinterpret_cast<char*>(to.data()), sizeof(float) * to.size());
    };
    std::int32_t count = 0;
    file.read(reinterpret_cast<char*>(&count), sizeof count);
    double error = count > 0 ? 0.0 : 1.0;
    for (int i = 0; i < count && file; ++i) {
        plan x, said, stored;
        Eigen::Array<float, 6, 1> seen;
        Eigen::Array<float, 1, 1> label;
        read(x), read(seen), read(label), read(stored);
        const Eigen::Array<double, 6, 1> exact = seen.cast<double>();
        net.observe({exact.segment<2>(0).matrix(), fastest * exact.segment<2>(2).matrix(), exact[4],
                     exact[5]});
        net(x, static_cast<double>(label.value()), said);
        error = std::max(error, static_cast<double>((said - stored).abs().maxCoeff()));
    }
    if (!file || file.peek() != std::ifstream::traits_type::eof())
        throw std::runtime_error("parity.bin is cut off, or longer than it says");
    constexpr double allowed = 2e-5;
    std::printf("largest difference from PyTorch %.2g, allowed %.2g\n", error, allowed);
    return error <= allowed ? 0 : 1;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "policy_parity: %s\n", problem.what());
    return 1;
}
