#include <fokker/engine/opencv_dnn.hpp>
#include <fokker/fokker.hpp>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../support/engine_checks.hpp"

using namespace fokker_test;
using fokker::engine::opencv_dnn, fokker::engine::ports;

namespace {

/// With what OpenCV does not say of a model.
opencv_dnn made(const line_model& model, ports names) {
    names.x = "x";
    if (model.has_time) names.time = "t";
    if (names.shape.empty()) names.shape = {1, 2, 3};
    std::vector<std::string> others;
    if (model.has_condition) others.emplace_back("c");
    if (model.has_class) others.emplace_back("y");
    return model.made([&](const std::string& file) { return opencv_dnn(file, names, others); });
}

}  // namespace

TEST_CASE("OpenCV: predictions") {
    auto network = made({}, {});
    check_prediction(network, 12.5);
    check_walk(network);
    auto timeless = made({.has_time = false}, {.label = label_type::none});
    check_prediction(timeless, 0.0);
}
TEST_CASE("OpenCV: other inputs") { check_extras(made, false); }
TEST_CASE("OpenCV: its own errors") { check_failure(made); }
TEST_CASE("OpenCV: guidance in one batch") { check_guidance(made); }

TEST_CASE("OpenCV: labels") {
    auto whole = made({}, {.label = label_type::integer});
    check_prediction(whole, 250.0);
    check_prediction(whole, 251.0);
    Eigen::ArrayXXf x = some_batch(2), out(6, 2);
    check_throws<fokker::error>([&] { whole(x, 12.5, out); }, {"'t'", "not whole"});
    auto one = made({.labels = {1}}, {.labels = label_count::one});
    check_prediction(one, 250.0);
}

TEST_CASE("OpenCV takes float alone") {
    auto network = made({}, {});
    Eigen::ArrayXXd x(6, 2), out(6, 2);
    x.setZero();
    check_throws<fokker::error>([&] { network(x, 1.0, out); }, {"'x'", "float32", "float64"});
}

TEST_CASE("OpenCV: what it does not say is asked for") {
    const line_model model{};
    check_throws<fokker::error>(
        [&] { model.made([](const std::string& file) { return opencv_dnn(file, {}); }); },
        {".x = \"sample\"", ".time"});
    check_throws<fokker::error>([] { opencv_dnn("no_such.onnx", {.x = "x", .time = "t"}); },
                                {"OpenCV", "no_such.onnx"});
}
