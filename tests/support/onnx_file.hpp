/// Small models as ONNX files, without any library: enough of the format (protocol buffers) for a
/// graph of a few operators.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace fokker_test {

/// Element types, as ONNX numbers them.
enum class onnx_type { float32 = 1, int32 = 6, int64 = 7, float16 = 10, float64 = 11 };

/// A graph under construction. Sizes below 0 are open, and have a name.
class onnx_graph {
public:
    void input(const std::string& name, onnx_type type, const std::vector<std::int64_t>& shape) {
        field(graph_, 11, value(name, type, shape));
    }
    void output(const std::string& name, onnx_type type, const std::vector<std::int64_t>& shape) {
        field(graph_, 12, value(name, type, shape));
    }
    void constant(const std::string& name, const std::vector<std::int64_t>& numbers) {
        tensor(name, onnx_type::int64, {std::int64_t(numbers.size())}, numbers.data(),
               numbers.size() * sizeof(std::int64_t));
    }
    void constant(const std::string& name, float number) {
        tensor(name, onnx_type::float32, {}, &number, sizeof number);
    }
    void constant(const std::string& name, const std::vector<std::int64_t>& shape,
                  const std::vector<float>& numbers) {
        tensor(name, onnx_type::float32, shape, numbers.data(), numbers.size() * sizeof(float));
    }
    void node(const std::string& op, const std::vector<std::string>& inputs,
              const std::string& output) {
        field(graph_, 1, named(op, inputs, output));
    }
    /// With an attribute that is an integer.
    void node(const std::string& op, const std::vector<std::string>& inputs,
              const std::string& output, const std::string& attribute, std::uint64_t value) {
        std::string pair, whole = named(op, inputs, output);
        field(pair, 1, attribute);
        number(pair, 3, value);
        number(pair, 20, 2);  // an integer
        field(whole, 5, pair);
        field(graph_, 1, whole);
    }
    void cast(const std::string& from, const std::string& to, onnx_type type) {
        node("Cast", {from}, to, "to", std::uint64_t(type));
    }

    std::string bytes() const {
        std::string operators, model, graph = graph_;
        number(operators, 2, 13);
        field(graph, 2, "tests");
        number(model, 1, 8);
        field(model, 7, graph);
        field(model, 8, operators);
        return model;
    }

private:
    static void varint(std::string& to, std::uint64_t n) {
        for (; n > 127; n >>= 7) to += char(n | 128);
        to += char(n);
    }
    static void number(std::string& to, unsigned place, std::uint64_t n) {
        varint(to, place << 3);
        varint(to, n);
    }
    static void field(std::string& to, unsigned place, const std::string& content) {
        varint(to, (place << 3) | 2);
        varint(to, content.size());
        to += content;
    }
    static std::string named(const std::string& op, const std::vector<std::string>& inputs,
                             const std::string& output) {
        std::string node;
        for (const std::string& each : inputs) field(node, 1, each);
        field(node, 2, output);
        field(node, 4, op);
        return node;
    }
    static std::string value(const std::string& name, onnx_type type,
                             const std::vector<std::int64_t>& shape) {
        std::string sizes, tensor, kind, whole;
        for (const std::int64_t size : shape) {
            std::string one;
            if (size < 0)
                field(one, 2, size == -1 ? "n" : "m");
            else
                number(one, 1, std::uint64_t(size));
            field(sizes, 1, one);
        }
        number(tensor, 1, std::uint64_t(type));
        field(tensor, 2, sizes);
        field(kind, 1, tensor);
        field(whole, 1, name);
        field(whole, 2, kind);
        return whole;
    }
    void tensor(const std::string& name, onnx_type type, const std::vector<std::int64_t>& shape,
                const void* numbers, std::size_t bytes) {
        std::string whole, raw(bytes, '\0');
        std::memcpy(raw.data(), numbers, bytes);
        for (const std::int64_t size : shape) number(whole, 1, std::uint64_t(size));
        number(whole, 2, std::uint64_t(type));
        field(whole, 8, name);
        field(whole, 9, raw);
        field(graph_, 5, whole);
    }

    std::string graph_;
};

}  // namespace fokker_test
