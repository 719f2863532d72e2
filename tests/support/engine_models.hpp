/// The models of the engines' tests: out = x / 2 + t / 100 (+ a condition), elementwise, in ONNX.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "onnx_file.hpp"

namespace fokker_test {

struct line_model {
    onnx_type type = onnx_type::float32;          ///< of x and out
    onnx_type label_type = onnx_type::float32;    ///< of t
    std::vector<std::int64_t> labels = {-1};      ///< the shape of t
    std::vector<std::int64_t> x = {-1, 1, 2, 3};  ///< that of x and out
    bool has_time = true;
    /// Whether c, of 6 numbers a sample, is added; and whether y, an integer a sample, is, too.
    bool has_condition = false, has_class = false;
    bool doubles_channels = false;  ///< out has each channel twice
    bool takes_four = false;        ///< the model fails with other batches than of 4 samples

    onnx_graph graph() const {
        onnx_graph g;
        g.input("x", type, x);
        if (has_time) g.input("t", label_type, labels);
        if (has_condition) g.input("c", type, {-1, 6});
        if (has_class) g.input("y", onnx_type::int64, {-1});
        std::vector<std::int64_t> out = x;
        if (doubles_channels) out[1] *= 2;
        g.output("out", type, out);
        g.constant("half", 0.5f);
        if (has_time) g.constant("hundredth", 0.01f);
        if (has_time || has_class) g.constant("a_sample", std::vector<std::int64_t>{-1, 1, 1, 1});
        const auto number = [&](const char* from, const std::string& to) {
            g.cast(from, to + "_float", onnx_type::float32);
            g.node("Reshape", {to + "_float", "a_sample"}, to);
        };
        std::string sum = "scaled";
        const auto add = [&](const std::string& what, const std::string& to) {
            g.node("Add", {sum, what}, to);
            sum = to;
        };
        g.cast("x", takes_four ? "x_any" : "x_float", onnx_type::float32);
        if (takes_four) {
            g.constant("four", std::vector<std::int64_t>{4, 1, 2, 3});
            g.node("Reshape", {"x_any", "four"}, "x_float");
        }
        g.node("Mul", {"x_float", "half"}, "scaled");
        if (has_time) {
            number("t", "time");
            g.node("Mul", {"time", "hundredth"}, "shift");
            add("shift", "shifted");
        }
        if (has_condition) {
            g.constant("as_x", std::vector<std::int64_t>{-1, 1, 2, 3});
            g.cast("c", "c_float", onnx_type::float32);
            g.node("Reshape", {"c_float", "as_x"}, "condition");
            add("condition", "conditioned");
        }
        if (has_class) {
            number("y", "class");
            add("class", "classified");
        }
        if (doubles_channels) {
            g.node("Concat", {sum, sum}, "twice", "axis", 1);
            sum = "twice";
        }
        g.cast(sum, "out", type);
        return g;
    }
};

/// What `make` makes of a model's file, which is there for as long as that takes.
auto made_of(const onnx_graph& graph, const auto& make) {
    const auto path = std::filesystem::temp_directory_path() /
                      ("fokker_" + std::to_string(std::random_device{}()) + ".onnx");
    std::ofstream(path, std::ios::binary) << graph.bytes();
    const struct removed {
        const std::filesystem::path& path;
        ~removed() { std::filesystem::remove(path); }
    } after{path};
    return make(path.string());
}

/// The same in Eigen, without condition and class.
inline void line(const Eigen::ArrayXXf& x, double t, Eigen::ArrayXXf& out) {
    out = 0.5f * x + 0.01f * float(t);
}

}  // namespace fokker_test
