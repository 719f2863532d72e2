#include <fokker/engine/openvino.hpp>
#include <fokker/fokker.hpp>
#include <string>
#include <utility>

#include "../catch.hpp"
#include "../support/engine_checks.hpp"

using namespace fokker_tests;

namespace {

/// In float32, which the processor may otherwise not do.
fokker::engine::openvino made(const std::string& file, fokker::engine::ports names) {
    return fokker::engine::openvino(
        file, std::move(names), "CPU",
        {ov::hint::inference_precision(ov::element::f32), ov::inference_num_threads(1)});
}

}  // namespace

TEST_CASE("OpenVINO: ports") { check_ports(made); }
TEST_CASE("OpenVINO: arrays") { check_arrays(made); }
TEST_CASE("OpenVINO: labels") { check_labels(made); }
TEST_CASE("OpenVINO: other inputs") { check_extras(made); }
TEST_CASE("OpenVINO: guidance in one batch") { check_guidance(made); }
TEST_CASE("OpenVINO: other element types") {
    check_type<Eigen::half>(made, onnx_type::float16, "fokker_half.onnx");
    check_type<double>(made, onnx_type::float64, "fokker_double_type.onnx");
}

TEST_CASE("OpenVINO reads x and writes out where they are") {
    auto network = made(line_model{}.write("fokker_line.onnx"), {});
    for (int i = 0; i < 3; ++i) {
        const Eigen::ArrayXXf x = some_batch(4);
        Eigen::ArrayXXf out(6, 4);
        network(x, 5.0, out);
        CHECK(network.request().get_input_tensor(0).data() == x.data());
        CHECK(network.request().get_output_tensor(0).data() == out.data());
    }
}

TEST_CASE("OpenVINO: networks of one compiled model, moved") {
    auto one = made(line_model{}.write("fokker_line.onnx"), {});
    fokker::engine::openvino other(one.model());
    check_prediction(other, 20.0);
    auto moved = std::move(one);
    check_prediction(moved, 20.0);
    check_prediction(other, 30.0);
}
