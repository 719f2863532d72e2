#include <ATen/Parallel.h>
#include <fokker/engine/torch.hpp>
#include <fokker/fokker.hpp>
#include <string>
#include <utility>

#include "../catch.hpp"
#include "../support/engine_checks.hpp"

using namespace fokker_test;
using fokker::engine::ports, fokker::engine::torch_script;

namespace {

torch_script scripted(const std::string& body, ports names) {
    at::set_num_threads(1);
    torch::jit::Module module("tests");
    module.define(body);
    return torch_script(module, std::move(names));
}

/// The line models, and what a script does not say of itself.
torch_script made(const line_model& model, ports names) {
    std::string inputs = "x", sum = "0.5 * x";
    if (model.has_time) {
        inputs += ", t";
        sum += " + 0.01 * t.reshape([-1, 1, 1, 1])";
        if (names.label == label_type::described && model.label_type != onnx_type::float32)
            names.label = label_type::integer;
    }
    if (model.has_condition) {
        inputs += ", c";
        sum += " + c.reshape([-1, 1, 2, 3])";
    }
    if (model.has_class) {
        inputs += ", y";
        sum += " + y.reshape([-1, 1, 1, 1])";
    }
    if (names.shape.empty()) names.shape = {1, 2, 3};
    std::string body = "def forward(self, " + inputs + "):\n";
    if (model.takes_four) body += "    x = x.reshape([4, 1, 2, 3])\n";
    return scripted(body + "    return (" + sum + ").to(x.dtype)\n", std::move(names));
}

}  // namespace

TEST_CASE("TorchScript: predictions") {
    auto network = made({}, {});
    check_prediction(network, 12.5);
    check_walk(network);
    auto timeless = made({.has_time = false}, {.label = label_type::none});
    check_prediction(timeless, 0.0);
}
TEST_CASE("TorchScript: other inputs") { check_extras(made, false); }
TEST_CASE("TorchScript: its own errors") { check_failure(made); }
TEST_CASE("TorchScript: guidance in one batch") { check_guidance(made); }
TEST_CASE("TorchScript: other element types") {
    check_type<double>(made, onnx_type::float64);
    check_type<Eigen::half>(made, onnx_type::float16);
    check_type<Eigen::bfloat16>(made, onnx_type::float16);
}

TEST_CASE("TorchScript: labels") {
    for (const label_count count : {label_count::described, label_count::one, label_count::scalar})
        for (const label_type type : {label_type::floating, label_type::integer}) {
            auto network = made({}, {.label = type, .labels = count});
            check_prediction(network, 250.0);
        }
    auto whole = made({}, {.label = label_type::integer});
    Eigen::ArrayXXf x = some_batch(2), out(6, 2);
    check_throws<fokker::error>([&] { whole(x, 12.5, out); }, {"'t'", "int64", "not whole"});
    auto number = scripted(
        "def forward(self, x, t: int, scale: float = 0.5):\n    return scale * x + 0.01 * t\n",
        {.shape = {1, 2, 3}});
    check_prediction(number, 250.0);
    check_throws<fokker::error>([&] { number(x, 12.5, out); }, {"'t' ", "int64", "not whole"});
}

TEST_CASE("TorchScript reads x where it is, and its result is copied") {
    // What the module writes into x is seen in the caller's array: there was no copy on the way.
    auto network = scripted("def forward(self, x, t):\n    x.add_(1.0)\n    return 2.0 * x\n",
                            {.shape = {1, 2, 3}});
    Eigen::ArrayXXf x = some_batch(2), out(6, 2);
    const Eigen::ArrayXXf before = x;
    network(x, 1.0, out);
    CHECK((x == before + 1.0f).all());
    CHECK((out == 2.0f * x).all());
    // One that returns its input does not make out the same memory.
    auto same = scripted("def forward(self, x, t):\n    return x\n", {.shape = {1, 2, 3}});
    same(before, 1.0, out);
    CHECK((out == before).all());
    CHECK(out.data() != before.data());
}

TEST_CASE("TorchScript: several results") {
    const std::string pair = "def forward(self, x, t):\n    return (3.0 * x, 0.5 * x)\n";
    Eigen::ArrayXXf x = some_batch(2), out(6, 2);
    auto second = scripted(pair, {.out = "1", .shape = {1, 2, 3}});
    second(x, 1.0, out);
    CHECK((out == 0.5f * x).all());
    auto unnamed = scripted(pair, {.shape = {1, 2, 3}});
    check_throws<fokker::network_error>([&] { unnamed(x, 1.0, out); }, {"2 results", ".out"});
    auto keyed = scripted("def forward(self, x, t):\n    return {\"sample\": 0.5 * x}\n",
                          {.out = "sample", .shape = {1, 2, 3}});
    keyed(x, 1.0, out);
    CHECK((out == 0.5f * x).all());
}

TEST_CASE("TorchScript: a result that does not fit") {
    Eigen::ArrayXXf x = some_batch(2), out(6, 2);
    auto wide = scripted("def forward(self, x, t):\n    return x.double()\n", {.shape = {1, 2, 3}});
    check_throws<fokker::network_error>([&] { wide(x, 1.0, out); },
                                        {"'x' [2, 1, 2, 3]", "Double", "Float"});
    auto flat =
        scripted("def forward(self, x, t):\n    return x.reshape([-1])\n", {.shape = {1, 2, 3}});
    check_throws<fokker::network_error>([&] { flat(x, 1.0, out); }, {"[12]", "[2, 1, 2, 3]"});
}

TEST_CASE("TorchScript: what it does not say is asked for") {
    check_throws<fokker::error>([] { scripted("def forward(self, x, t):\n    return x\n", {}); },
                                {"'x'", ".shape"});
    check_throws<fokker::error>(
        [] {
            scripted("def forward(self, x, t, y):\n    return x\n", {.shape = {1, 2, 3}});
        },
        {"3 inputs that can be x", "'y'"});
    check_throws<fokker::error>([] { torch_script("no_such.pt", {}); },
                                {"TorchScript", "no_such.pt"});
}

#ifdef FOKKER_HAS_AOT_INDUCTOR
TEST_CASE("AOTInductor: ports, and a file that cannot be read") {
    using fokker::engine::aot_inductor;
    check_throws<fokker::error>(
        [] {
            aot_inductor("no_such.pt2", {.shape = {1, 2, 3}});
        },
        {"AOTInductor", "no_such.pt2"});
    check_throws<fokker::error>([] { aot_inductor("no_such.pt2", {}); }, {"'x'", ".shape"});
    check_throws<fokker::error>(
        [] {
            aot_inductor("no_such.pt2", {.time = "t", .shape = {1, 2, 3}});
        },
        {"no input 't'"});
}
#endif
