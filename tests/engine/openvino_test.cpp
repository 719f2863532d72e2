#include <fokker/engine/openvino.hpp>
#include <fokker/fokker.hpp>
#include <string>
#include <utility>

#include "../catch.hpp"
#include "../support/engine_checks.hpp"
#include "../support/policy_check.hpp"

using namespace fokker_test;

namespace {

/// In float32, which the processor may otherwise not do.
fokker::engine::openvino read_from(const std::string& file, const fokker::engine::ports& names) {
    return fokker::engine::openvino(
        file, names, "CPU",
        {ov::hint::inference_precision(ov::element::f32), ov::inference_num_threads(1)});
}
fokker::engine::openvino made(const line_model& model, const fokker::engine::ports& names) {
    return made_of(model.graph(), [&](const std::string& file) { return read_from(file, names); });
}

}  // namespace

TEST_CASE("OpenVINO: ports") { check_ports(made); }
TEST_CASE("OpenVINO: arrays") { check_arrays(made); }
TEST_CASE("OpenVINO: labels") { check_labels(made); }
TEST_CASE("OpenVINO: other inputs") { check_extras(made); }
TEST_CASE("OpenVINO: its own errors") { check_failure(made); }
TEST_CASE("OpenVINO: guidance in one batch") { check_guidance(made); }
TEST_CASE("OpenVINO: the robot's policy") { check_policy(read_from); }
TEST_CASE("OpenVINO: other element types") {
    check_type<Eigen::half>(made, onnx_type::float16);
    check_type<double>(made, onnx_type::float64);
}

TEST_CASE("OpenVINO reads x and writes out where they are") {
    auto network = made(line_model{}, {});
    for (int i = 0; i < 3; ++i) {
        const Eigen::ArrayXXf x = some_batch(4);
        Eigen::ArrayXXf out(6, 4);
        network(x, 5.0, out);
        CHECK(network.request().get_input_tensor(0).data() == x.data());
        CHECK(network.request().get_output_tensor(0).data() == out.data());
    }
}

TEST_CASE("OpenVINO: networks of one compiled model, moved") {
    auto one = made(line_model{}, {});
    fokker::engine::openvino other(one.model());
    check_prediction(other, 20.0);
    auto moved = std::move(one);
    check_prediction(moved, 20.0);
    check_prediction(other, 30.0);
}

TEST_CASE("OpenVINO: a file that cannot be read") {
    check_throws<fokker::error>([] { fokker::engine::openvino("no_such.onnx"); },
                                {"OpenVINO", "no_such.onnx"});
}
