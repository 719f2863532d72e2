/// Models in OpenCV's module dnn as networks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/dnn.hpp>

#include <fokker/engine/bound_network.hpp>
#include <fokker/engine/port.hpp>
#include <fokker/engine/ports.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::engine {

/// A model in OpenCV as a network f(x, t, out), of float. OpenCV copies what it is given, and its
/// result is copied into out. It says nothing of a model's inputs: `ports` says .x, .time (or
/// .label = label_type::none) and .shape, and other inputs are named beside it. The label is one
/// for each sample unless .labels says otherwise. Integers are handed over as floats. One object
/// serves one thread at a time.
class opencv_dnn : public detail::bound_network<opencv_dnn> {
public:
    static constexpr const char* name = "OpenCV";

    /// Reads an ONNX file, or what else cv::dnn::readNet knows by the file's ending. Throws
    /// fokker::error where it cannot be read (with OpenCV's error inside), and where the ports do
    /// not fit (see `ports`).
    explicit opencv_dnn(const std::string& file, ports names,
                        const std::vector<std::string>& others = {})
        : opencv_dnn(detail::while_making<opencv_dnn>("to read '" + file + "'",
                                                      [&] { return cv::dnn::readNet(file); }),
                     std::move(names), others) {}

    /// The same for a net that is there already.
    explicit opencv_dnn(cv::dnn::Net net, ports names, const std::vector<std::string>& others = {})
        : detail::bound_network<opencv_dnn>(wired(std::move(names), others, net)),
          net_(std::move(net)),
          values_(inputs().size()) {}

    opencv_dnn(opencv_dnn&&) = default;
    opencv_dnn& operator=(opencv_dnn&&) = default;

    cv::dnn::Net& net() { return net_; }

private:
    friend detail::bound_network<opencv_dnn>;

    static detail::wiring wired(ports names, const std::vector<std::string>& others,
                                const cv::dnn::Net& net) {
        fokker::detail::require(
            !names.x.empty() && (!names.time.empty() || names.label == label_type::none),
            "OpenCV does not tell the names of a model's inputs; say them, as in {.x = \"sample\", "
            ".time = \"timestep\"}, or {.x = \"sample\", .label = "
            "fokker::engine::label_type::none} for a network without time");
        std::vector<port> inputs{
            {.name = names.x, .type = element_type::float32, .has_shape = false}};
        if (!names.time.empty()) inputs.push_back({.name = names.time, .has_shape = false});
        for (const std::string& each : others) inputs.push_back({.name = each, .has_shape = false});
        std::vector<port> outputs;
        for (const std::string& each : net.getUnconnectedOutLayersNames())
            outputs.push_back({.name = each, .type = element_type::float32, .has_shape = false});
        return {std::move(names), std::move(inputs), std::move(outputs)};
    }

    struct value {
        cv::Mat values;
        std::vector<int> sizes;
        std::vector<float> converted;
        element_type from = element_type::float32;
        const void* whole = nullptr;  // what is to be converted
    };

    void bind_input(std::size_t i, const detail::bound_array& a) {
        value& v = values_[i];
        v.sizes.assign(a.shape.begin(), a.shape.end());
        if (v.sizes.size() < 2) v.sizes.resize(2, 1);  // a Mat has at least two axes
        v.from = a.type;
        v.whole = nullptr;
        void* data = a.data;
        if (detail::is_integer(a.type)) {
            v.whole = a.data;
            v.converted.resize(detail::count_of(a.shape));
            data = v.converted.data();
        } else if (a.type != element_type::float32) {
            throw std::runtime_error(std::string("it takes float and integers, and was given ") +
                                     detail::words_of(a.type));
        }
        v.values = cv::Mat(static_cast<int>(v.sizes.size()), v.sizes.data(), CV_32F, data);
    }
    template <class T>
    static void convert(value& v) {
        const T* const from = static_cast<const T*>(v.whole);
        std::transform(from, from + v.converted.size(), v.converted.begin(),
                       [](T n) { return static_cast<float>(n); });
    }
    void bind_output(std::size_t i, const detail::bound_array& a) {
        result_ = i;
        out_ = static_cast<float*>(a.data);
        count_ = detail::count_of(a.shape);
    }
    void infer() {
        for (std::size_t i = 0; i < values_.size(); ++i) {
            value& v = values_[i];
            if (v.whole)
                v.from == element_type::int64 ? convert<std::int64_t>(v) : convert<std::int32_t>(v);
            net_.setInput(v.values, inputs()[i].name);
        }
        const cv::Mat result = net_.forward(outputs()[result_].name);
        if (result.total() != count_ || result.type() != CV_32F || !result.isContinuous())
            throw std::runtime_error("the model returned " + std::to_string(result.total()) +
                                     " numbers, and x has " + std::to_string(count_));
        std::copy_n(result.ptr<float>(), count_, out_);
    }

    cv::dnn::Net net_;
    std::vector<value> values_;
    std::size_t result_ = 0;
    float* out_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace fokker::engine

FOKKER_END_MAY_SHADOW
