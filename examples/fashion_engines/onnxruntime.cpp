#include <fokker/engine/onnxruntime.hpp>
#include <memory>

#include "engine.hpp"

namespace fashion {

engine in_onnxruntime(const classes& wanted, const std::filesystem::path& folder) {
    // With the library's C++ header: Ort::SessionOptions options; options.SetIntraOpNumThreads(1);
    const OrtApi& api = *OrtGetApiBase()->GetApi(ORT_API_VERSION);
    OrtSessionOptions* options = nullptr;
    if (api.CreateSessionOptions(&options) || api.SetIntraOpNumThreads(options, 1))
        throw std::runtime_error("ONNX Runtime has no options");
    auto network = std::make_shared<fokker::engine::onnxruntime>(
        folder / "fashion.onnx", fokker::engine::ports{.time = "t"}, options);
    api.ReleaseSessionOptions(options);
    network->set("classes", wanted);
    return of("ONNX Runtime", std::move(network), "nothing");
}

}  // namespace fashion
