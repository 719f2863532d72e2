// The garment network in an inference engine, behind one interface.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fashion {

struct engine {
    std::string name;
    // out = the noise in x at label t, for pictures of the classes that it was made with.
    std::function<void(const Eigen::ArrayXXf& x, double t, Eigen::ArrayXXf& out)> call;
    // All of that but the model's run; empty in Eigen, which has nothing to bind.
    std::function<void(const Eigen::ArrayXXf& x, double t, Eigen::ArrayXXf& out)> bind;
    std::string copies;  // what is copied in a call
};

// Each on one thread. The classes, one a picture, 10 for none, must outlive the engine.
using classes = std::vector<std::int64_t>;
engine in_eigen(const classes& wanted);
engine in_openvino(const classes& wanted, const std::filesystem::path& folder);
engine in_onnxruntime(const classes& wanted, const std::filesystem::path& folder);
engine in_torch(const classes& wanted, const std::filesystem::path& folder);

// The two functions of an engine's network, which has been given everything but x and t.
template <class Network>
engine of(std::string name, std::shared_ptr<Network> network, std::string copies) {
    return {std::move(name),
            [network](const auto& x, double t, auto& out) { (*network)(x, t, out); },
            [network](const auto& x, double t, auto& out) { network->bind(x, t, out); },
            std::move(copies)};
}

}  // namespace fashion
