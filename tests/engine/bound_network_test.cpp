// What all engines have in common, with one that needs no library.
#include <fokker/engine/bound_network.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fokker/fokker.hpp>

#include "../catch.hpp"
#include "../support/allocations.hpp"
#include "../support/engine_checks.hpp"
#include "../support/shared_array.hpp"

using namespace fokker_test;
using fokker::engine::element_type, fokker::engine::port;

namespace {

/// A view that keeps its elements, as cv::Mat_ and dlpack::view do.
struct handle : shared_array {};

}  // namespace

template <>
struct fokker::array_traits<handle> : array_traits<shared_array> {
    static constexpr bool is_view = true;
};

namespace {

/// Computes a line_model by itself, from the addresses that were bound.
class plain_engine : public fokker::engine::detail::bound_network<plain_engine> {
public:
    static constexpr const char* name = "the plain engine";

    plain_engine(const line_model& model, fokker::engine::ports names)
        : bound_network(fokker::engine::detail::wiring(std::move(names), inputs_of(model),
                                                       outputs_of(model))),
          model_(model),
          bound_(inputs().size()) {}

    const void* input(std::size_t i) const { return bound_[i].data; }
    const void* output() const { return out_.data; }
    int bindings = 0;
    bool refuses_label = false;

private:
    friend bound_network<plain_engine>;
    using bound_array = fokker::engine::detail::bound_array;
    struct bound {
        const void* data = nullptr;
        element_type type{};
        std::vector<std::int64_t> shape;
    };

    static element_type of(onnx_type type) {
        return type == onnx_type::float32   ? element_type::float32
               : type == onnx_type::float64 ? element_type::float64
               : type == onnx_type::float16 ? element_type::float16
               : type == onnx_type::int32   ? element_type::int32
                                            : element_type::int64;
    }
    static std::vector<std::int64_t> opened(std::vector<std::int64_t> shape) {
        for (auto& size : shape) size = size < 0 ? -1 : size;
        return shape;
    }
    static std::vector<port> inputs_of(const line_model& m) {
        std::vector<port> all{{"x", of(m.type), opened(m.x)}};
        if (m.has_time) all.push_back({"t", of(m.label_type), opened(m.labels)});
        if (m.has_condition) all.push_back({"c", of(m.type), {-1, 6}});
        if (m.has_class) all.push_back({"y", element_type::int64, {-1}});
        return all;
    }
    static std::vector<port> outputs_of(const line_model& m) {
        auto shape = opened(m.x);
        if (m.doubles_channels) shape[1] *= 2;
        return {{"out", of(m.type), shape}};
    }

    void bind_input(std::size_t i, const bound_array& a) {
        if (i == 1 && refuses_label) throw std::runtime_error("not now");
        ++bindings;
        bound_[i].data = a.data;
        bound_[i].type = a.type;
        bound_[i].shape.assign(a.shape.begin(), a.shape.end());
    }
    void bind_output(std::size_t, const bound_array& a) {
        out_.data = a.data;
        out_.type = a.type;
    }
    static double read(const bound& b, std::size_t i) {
        const auto at = [&]<class T>(T) { return double(static_cast<const T*>(b.data)[i]); };
        switch (b.type) {
            case element_type::float64:
                return at(double{});
            case element_type::float16:
                return at(Eigen::half{});
            case element_type::int32:
                return at(std::int32_t{});
            case element_type::int64:
                return at(std::int64_t{});
            default:
                return at(float{});
        }
    }
    void infer() {
        const auto samples = std::size_t(bound_[0].shape.at(0));
        if (model_.takes_four && samples != 4) throw std::runtime_error("the batch is not of four");
        for (std::size_t i = 0; i < 6 * samples; ++i) {
            double sum = 0.5 * read(bound_[0], i);
            std::size_t next = 1;
            if (model_.has_time) {
                const bound& t = bound_[next++];
                const std::size_t labels = fokker::engine::detail::count_of(t.shape);
                if (labels != 1 && labels != samples)
                    throw std::runtime_error("the labels are not one a sample");
                const bool is_list = labels > 1;
                sum += 0.01 * read(t, is_list ? i / 6 : 0);
            }
            if (model_.has_condition) sum += read(bound_[next++], i);
            if (model_.has_class) sum += read(bound_[next], i / 6);
            void* const out = const_cast<void*>(out_.data);
            if (out_.type == element_type::float64)
                static_cast<double*>(out)[i] = sum;
            else if (out_.type == element_type::float16)
                static_cast<Eigen::half*>(out)[i] = Eigen::half(float(sum));
            else
                static_cast<float*>(out)[i] = float(sum);
        }
    }

    line_model model_;
    std::vector<bound> bound_;
    bound out_;
};

template <class Network, class Array>
concept can_be_set = requires(Network& network, Array&& array) {
    network.set("c", std::forward<Array>(array));
    network.set_for_all("c", std::forward<Array>(array));
};
// What would be gone at the call is not taken; a view of what stays is.
static_assert(can_be_set<plain_engine, Eigen::ArrayXXf&>);
static_assert(!can_be_set<plain_engine, Eigen::ArrayXXf>);
static_assert(!can_be_set<plain_engine, std::vector<std::int64_t>>);
static_assert(can_be_set<plain_engine, std::span<const std::int64_t>>);
static_assert(can_be_set<plain_engine, Eigen::Map<const Eigen::ArrayXXf>>);
static_assert(can_be_set<plain_engine, handle&> && !can_be_set<plain_engine, handle>);

plain_engine made(const line_model& model, const fokker::engine::ports& names) {
    return {model, names};
}

}  // namespace

TEST_CASE("ports of an engine") { check_ports(made); }
TEST_CASE("arrays of an engine") { check_arrays(made); }
TEST_CASE("labels of an engine") { check_labels(made); }
TEST_CASE("other inputs of an engine") { check_extras(made); }
TEST_CASE("an engine's own errors") { check_failure(made); }
TEST_CASE("an engine's error is said with the ports of the call") {
    auto network = made({.takes_four = true}, {});
    const Eigen::ArrayXXf x = some_batch(3);
    Eigen::ArrayXXf out(6, 3);
    check_throws<fokker::network_error>([&] { network(x, 5.0, out); },
                                        {"the plain engine failed", "'x' [3, 1, 2, 3]", "'t' at 5",
                                         "'out' [3, 1, 2, 3]", "the batch is not of four"});
}
TEST_CASE("guidance in one batch of an engine") { check_guidance(made); }
TEST_CASE("other element types of an engine") {
    check_type<Eigen::half>(made, onnx_type::float16);
    check_type<double>(made, onnx_type::float64);
}

TEST_CASE("an engine is given the addresses of x and out") {
    auto network = made({}, {});
    const Eigen::ArrayXXf x = some_batch(4);
    Eigen::ArrayXXf out(6, 4);
    network(x, 5.0, out);
    CHECK(network.input(0) == x.data());
    CHECK(network.output() == out.data());
}

TEST_CASE("the label is bound where it changed, and a call does not allocate") {
    auto network = made({}, {});
    const Eigen::ArrayXXf x = some_batch(4);
    Eigen::ArrayXXf out(6, 4);
    network(x, 5.0, out);
    network.bindings = 0;
    network(x, 5.0, out);
    CHECK(network.bindings == 1);  // x
    const auto before = fokker_test::allocations();
    network(x, 6.0, out);
    CHECK(fokker_test::allocations() == before);
    CHECK(network.bindings == 3);  // x and the label
}

TEST_CASE("a label whose binding failed is bound by the next call") {
    auto network = made({}, {});
    check_prediction_of(network, 4, 5.0);
    const Eigen::ArrayXXf x = some_batch(9);
    Eigen::ArrayXXf out(6, 9);
    network.refuses_label = true;
    check_throws<fokker::network_error>([&] { network(x, 6.0, out); },
                                        {"the plain engine failed at the input 't'", "not now"});
    network.refuses_label = false;
    check_prediction_of(network, 9, 6.0);
}

TEST_CASE("integers of an engine's time have a range") {
    auto network = made({.label_type = onnx_type::int32}, {});
    const Eigen::ArrayXXf x = some_batch(1);
    Eigen::ArrayXXf out(6, 1);
    check_throws<fokker::error>([&] { network(x, 3e9, out); }, {"'t'", "int32", "too large"});
    check_throws<fokker::error>([&] { network(x, std::nan(""), out); }, {"'t'", "int32", "nan"});
    auto rounded = made({.label_type = onnx_type::int32}, {.round_labels = true});
    check_throws<fokker::error>([&] { rounded(x, std::nan(""), out); }, {"'t'", "int32", "nan"});
}

TEST_CASE("a number that an integer input cannot hold is refused for what it is") {
    auto network = made({.has_class = true}, {.time = "t"});
    const Eigen::ArrayXXf x = some_batch(1);
    Eigen::ArrayXXf out(6, 1);
    check_throws<fokker::error>([&] { network.set("y", 1.5); }, {"'y'", "not whole"});
    check_throws<fokker::error>([&] { network.set("y", std::nan("")); }, {"'y'", "not whole"});
    network.set("y", (std::numeric_limits<std::int64_t>::max)());
    check_throws<fokker::error>([&] { network(x, 5.0, out); }, {"'y'", "int64", "too large"});
}

TEST_CASE("a model that describes nothing") {
    using fokker::engine::detail::wiring;
    const std::vector<port> in{{"x", {}, {}, false}, {"t", {}, {}, false}},
        out{{"y", {}, {}, false}};
    check_throws<fokker::error>([&] { wiring({}, in, out); }, {"2 inputs that can be x"});
    check_throws<fokker::error>([&] { wiring({.x = "x"}, in, out); }, {"'x'", ".shape"});
    wiring ports({.x = "x", .shape = {1, 2}}, in, out);
    CHECK(ports.time() == 1);
    CHECK(ports.check(element_type::float32, {3, 2}) == 3);
    CHECK(ports.label().type() == element_type::float32);
    CHECK(ports.label().fill(2.5, 3, false));
    CHECK(ports.label().shape().size() == 1);
    CHECK(ports.label().shape()[0] == 3);
    wiring integers({.x = "x", .shape = {1, 2}, .label = label_type::integer}, in, out);
    CHECK(integers.label().type() == element_type::int64);
}
