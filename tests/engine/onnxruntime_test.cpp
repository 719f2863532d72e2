#include <fokker/engine/onnxruntime.hpp>
#include <fokker/fokker.hpp>
#include <string>
#include <utility>

#include "../catch.hpp"
#include "../support/engine_checks.hpp"
#include "../support/policy_check.hpp"

using namespace fokker_test;

namespace {

fokker::engine::onnxruntime made(const line_model& model, const fokker::engine::ports& names) {
    return made_of(model.graph(), [&](const std::string& file) {
        return fokker::engine::onnxruntime(file, names);
    });
}

/// The memory that the binding writes an output to.
const void* bound_output(const fokker::engine::onnxruntime& network) {
    const OrtApi& api = *OrtGetApiBase()->GetApi(ORT_API_VERSION);
    OrtAllocator* allocator = nullptr;
    OrtValue** values = nullptr;
    std::size_t count = 0;
    REQUIRE(!api.GetAllocatorWithDefaultOptions(&allocator));
    REQUIRE(!api.GetBoundOutputValues(network.binding(), allocator, &values, &count));
    REQUIRE(count == 1);
    void* data = nullptr;
    REQUIRE(!api.GetTensorMutableData(values[0], &data));
    api.ReleaseValue(values[0]);
    REQUIRE(!api.AllocatorFree(allocator, values));
    return data;
}

}  // namespace

TEST_CASE("ONNX Runtime: ports") { check_ports(made); }
TEST_CASE("ONNX Runtime: arrays") { check_arrays(made); }
TEST_CASE("ONNX Runtime: labels") { check_labels(made); }
TEST_CASE("ONNX Runtime: other inputs") { check_extras(made); }
TEST_CASE("ONNX Runtime: its own errors") { check_failure(made); }
TEST_CASE("ONNX Runtime: guidance in one batch") { check_guidance(made); }
TEST_CASE("ONNX Runtime: the robot's policy") {
    check_policy([](const std::string& file, const fokker::engine::ports& names) {
        return fokker::engine::onnxruntime(file, names);
    });
}
TEST_CASE("ONNX Runtime: other element types") {
    check_type<Eigen::half>(made, onnx_type::float16);
    check_type<double>(made, onnx_type::float64);
}

TEST_CASE("ONNX Runtime writes out where it is") {
    auto network = made(line_model{}, {});
    for (int i = 0; i < 3; ++i) {
        const Eigen::ArrayXXf x = some_batch(4);
        Eigen::ArrayXXf out(6, 4);
        network(x, 5.0, out);
        CHECK(bound_output(network) == out.data());
    }
}

TEST_CASE("ONNX Runtime: networks of one session, moved") {
    auto one = made(line_model{}, {});
    fokker::engine::onnxruntime other(one.session());
    check_prediction(other, 20.0);
    auto moved = std::move(one);
    check_prediction(moved, 20.0);
    check_prediction(other, 30.0);
}

TEST_CASE("ONNX Runtime: a file that cannot be read") {
    check_throws<fokker::error>([] { fokker::engine::onnxruntime("no_such.onnx"); },
                                {"ONNX Runtime", "no_such.onnx"});
}
