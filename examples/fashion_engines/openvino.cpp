#include <fokker/engine/openvino.hpp>
#include <memory>

#include "engine.hpp"

namespace fashion {

engine in_openvino(const classes& wanted, const std::filesystem::path& folder) {
    // In bfloat16, which OpenVINO takes by itself on some processors, pictures differ by 1e-2.
    auto network = std::make_shared<fokker::engine::openvino>(
        (folder / "fashion.onnx").string(), fokker::engine::ports{.time = "t"}, "CPU",
        ov::AnyMap{ov::inference_num_threads(1), ov::hint::inference_precision(ov::element::f32)});
    network->set("classes", wanted);
    return of("OpenVINO", std::move(network), "nothing");
}

}  // namespace fashion
