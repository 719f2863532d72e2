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

constexpr int samples = 4;

/// A line model of four samples in what OpenCV 4.6 reads: the output has two axes, and numbers are
/// laid out over a sample by products of matrices.
onnx_graph plain_graph(const line_model& model) {
    const std::vector<float> halves(6, 0.5f), hundredths(6, 0.01f), ones(6, 1.0f);
    onnx_graph g;
    g.input("x", onnx_type::float32, {samples, 1, 2, 3});
    g.node("Flatten", {"x"}, "flat", "axis", 1);
    g.constant("half", {6}, halves);
    g.node("Mul", {"flat", "half"}, "scaled");
    std::string sum = "scaled";
    const auto add = [&](const std::string& what, const std::string& to) {
        g.node("Add", {sum, what}, to);
        sum = to;
    };
    if (model.has_time) {
        g.input("t", onnx_type::float32, {samples, 1});
        g.constant("hundredths", {1, 6}, hundredths);
        g.node("MatMul", {"t", "hundredths"}, "shift");
        add("shift", "shifted");
    }
    if (model.has_condition) {
        g.input("c", onnx_type::float32, {samples, 6});
        add("c", "conditioned");
    }
    if (model.has_class) {
        g.input("y", onnx_type::float32, {samples, 1});
        g.constant("ones", {1, 6}, ones);
        g.node("MatMul", {"y", "ones"}, "class");
        add("class", "classified");
    }
    g.output(sum, onnx_type::float32, {samples, 6});
    return g;
}

/// With what OpenCV does not say of a model.
opencv_dnn made(const line_model& model, ports names) {
    names.x = "x";
    if (model.has_time) names.time = "t";
    if (names.shape.empty()) names.shape = {1, 2, 3};
    std::vector<std::string> others;
    if (model.has_condition) others.emplace_back("c");
    if (model.has_class) others.emplace_back("y");
    return made_of(plain_graph(model),
                   [&](const std::string& file) { return opencv_dnn(file, names, others); });
}

}  // namespace

TEST_CASE("OpenCV: predictions") {
    auto network = made({}, {});
    check_prediction_of(network, samples, 12.5);
    check_prediction_of(network, samples, 13.0);
    auto timeless = made({.has_time = false}, {.label = label_type::none});
    check_prediction_of(timeless, samples, 0.0);
}

TEST_CASE("OpenCV: a walk whose outputs are in many places") {
    auto network = made({}, {});
    const auto grid = fokker::trailing(fokker::linear_schedule(), 12);
    Eigen::ArrayXXf x(6, samples), y(6, samples);
    fokker::sample(x, network, grid, fokker::dpm_solver_pp_3m{}, fokker::philox{.seed = 3});
    fokker::sample(y, line, grid, fokker::dpm_solver_pp_3m{}, fokker::philox{.seed = 3});
    CHECK((x - y).abs().maxCoeff() <= 1e-5f * (1.0f + y.abs().maxCoeff()));
}

TEST_CASE("OpenCV: other inputs") {
    auto network = made({.has_condition = true, .has_class = true}, {});
    const Eigen::ArrayXXf x = some_batch(samples);
    Eigen::ArrayXXf out(6, samples), expected(6, samples);
    check_throws<fokker::error>([&] { network(x, 5.0, out); }, {"'c'", "network.set(\"c\""});
    Eigen::ArrayXXf condition = Eigen::ArrayXXf::Random(6, samples);
    std::vector<std::int64_t> classes{2, 0, 5, 1};
    network.set("c", condition.data(), {samples, 6});
    network.set("y", classes.data(), {samples});
    const auto check = [&] {
        network(x, 5.0, out);
        line(x, 5.0, expected);
        expected += condition;
        for (int i = 0; i < samples; ++i) expected.col(i) += float(classes[std::size_t(i)]);
        CHECK((out - expected).abs().maxCoeff() < 1e-5f);
    };
    check();
    condition *= 2.0f;  // is read anew
    classes[1] = 9;
    check();
    network.set("y", 4);
    classes = {4, 4, 4, 4};
    check();
}

TEST_CASE("OpenCV: its own errors") {
    auto network = made({.has_condition = true}, {});
    const Eigen::ArrayXXf x = some_batch(samples), condition = Eigen::ArrayXXf::Zero(5, samples);
    Eigen::ArrayXXf out(6, samples);
    network.set("c", condition.data(), {samples, 5});
    check_throws<fokker::network_error>(
        [&] { network(x, 5.0, out); },
        {"OpenCV failed", "'x' [4, 1, 2, 3]", "'t' at 5", "OpenCV(4."});
}

TEST_CASE("OpenCV: guidance in one batch") {
    auto network = made({.has_class = true}, {});
    const std::vector<std::int64_t> classes{3, 1, 0, 0};
    network.set("y", classes.data(), {4});
    const auto grid = fokker::trailing(fokker::linear_schedule(), 6);
    Eigen::ArrayXXf x(6, 2), y(6, 2);
    fokker::sample(x,
                   fokker::predicts_noise(
                       fokker::guided_batch(network, 3.0, fokker::batch_order::conditional_first)),
                   grid, fokker::ddim{}, fokker::philox{.seed = 2});
    const auto conditional = [&](const Eigen::ArrayXXf& in, double t, Eigen::ArrayXXf& out) {
        line(in, t, out);
        for (int i = 0; i < 2; ++i) out.col(i) += float(classes[std::size_t(i)]);
    };
    fokker::sample(y, fokker::predicts_noise(fokker::guided(conditional, line, 3.0)), grid,
                   fokker::ddim{}, fokker::philox{.seed = 2});
    CHECK((x - y).abs().maxCoeff() <= 1e-5f * (1.0f + y.abs().maxCoeff()));
}

TEST_CASE("OpenCV: labels") {
    auto whole = made({}, {.label = label_type::integer});
    check_prediction_of(whole, samples, 250.0);
    check_prediction_of(whole, samples, 251.0);
    Eigen::ArrayXXf x = some_batch(samples), out(6, samples);
    check_throws<fokker::error>([&] { whole(x, 12.5, out); }, {"'t'", "not whole"});
}

TEST_CASE("OpenCV takes float alone") {
    auto network = made({}, {});
    Eigen::ArrayXXd x(6, 2), out(6, 2);
    x.setZero();
    check_throws<fokker::error>([&] { network(x, 1.0, out); }, {"'x'", "float32", "float64"});
}

TEST_CASE("OpenCV: what it does not say is asked for") {
    check_throws<fokker::error>(
        [] {
            made_of(plain_graph({}), [](const std::string& file) { return opencv_dnn(file, {}); });
        },
        {".x = \"sample\"", ".time"});
    check_throws<fokker::error>([] { opencv_dnn("no_such.onnx", {.x = "x", .time = "t"}); },
                                {"OpenCV", "no_such.onnx"});
}
