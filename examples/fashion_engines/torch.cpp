#include <ATen/Parallel.h>
#include <fokker/engine/torch.hpp>
#include <memory>

#include "engine.hpp"

namespace fashion {

engine in_torch(const classes& wanted, const std::filesystem::path& folder) {
    at::set_num_threads(1);
    torch::jit::Module module = torch::jit::load((folder / "fashion.pt").string());
    module.eval();
    auto network = std::make_shared<fokker::engine::torch_script>(
        torch::jit::freeze(module),  // turns the weights into single precision once
        fokker::engine::ports{.x = "x", .time = "t", .shape = {1, 28, 28}});
    network->set("classes", wanted.data(), {static_cast<std::int64_t>(wanted.size())});
    return of("LibTorch", std::move(network), "out");
}

}  // namespace fashion
