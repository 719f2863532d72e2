/// The robot's policy in an engine: what examples/policy/policy.onnx says there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fokker/engine/ports.hpp>
#include <fstream>

#include "../../examples/policy/network.hpp"
#include "../catch.hpp"

namespace fokker_test {

/// It is what the example's own inference says of the same weights, for the cases of parity.bin.
/// `make(file, ports)` gives the engine's network.
void check_policy(const auto& make) {
    const auto folder = std::filesystem::path(FOKKER_TESTS_DIR).parent_path() / "examples/policy";
    policy::network own(folder / "policy.weights");
    auto network = make((folder / "policy.onnx").string(),
                        fokker::engine::ports{.x = "x", .time = "t", .out = "v"});
    Eigen::Array<float, 6, 1> seen;  // stays where it is from call to call
    network.set("seen", seen);

    std::ifstream file(folder / "parity.bin", std::ios::binary);
    const auto read = [&](float* to, Eigen::Index count) {
        file.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(sizeof(float)) * count);
    };
    std::int32_t count = 0;
    file.read(reinterpret_cast<char*>(&count), sizeof count);
    CHECK(count >= 10);
    for (int i = 0; i < count; ++i) {
        policy::plan x, expected, by_python, said;
        float label = 0.0f;
        read(x.data(), x.size()), read(seen.data(), seen.size()), read(&label, 1);
        read(by_python.data(), by_python.size());
        REQUIRE(file);
        const Eigen::Array<double, 6, 1> exact = seen.cast<double>();
        own.observe({exact.segment<2>(0).matrix(), policy::fastest * exact.segment<2>(2).matrix(),
                     exact[4], exact[5]});
        own(x, double(label), expected);
        network(x, double(label), said);
        CHECK((said - expected).abs().maxCoeff() <= 2e-5f);
        CHECK((said - by_python).abs().maxCoeff() <= 2e-5f);
    }
}

}  // namespace fokker_test
