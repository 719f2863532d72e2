/// Models in OpenVINO as networks: ONNX, OpenVINO's own IR and what else it reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <openvino/openvino.hpp>

#include <fokker/engine/bound_network.hpp>
#include <fokker/engine/port.hpp>
#include <fokker/engine/ports.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::engine {

namespace detail {

inline element_type type_of(const ov::element::Type& type) {
    if (type == ov::element::f32) return element_type::float32;
    if (type == ov::element::f64) return element_type::float64;
    if (type == ov::element::f16) return element_type::float16;
    if (type == ov::element::bf16) return element_type::bfloat16;
    if (type == ov::element::i32) return element_type::int32;
    if (type == ov::element::i64) return element_type::int64;
    if (type == ov::element::boolean) return element_type::boolean;
    return type.is_dynamic() ? element_type::undescribed : element_type::other;
}

inline const ov::element::Type& openvino_type_of(element_type type) {
    switch (type) {
        case element_type::float64:
            return ov::element::f64;
        case element_type::float16:
            return ov::element::f16;
        case element_type::bfloat16:
            return ov::element::bf16;
        case element_type::int32:
            return ov::element::i32;
        case element_type::int64:
            return ov::element::i64;
        case element_type::boolean:
            return ov::element::boolean;
        default:
            return ov::element::f32;
    }
}

/// Its name is the first that the model has for it, or its place where it has none.
inline std::vector<port> ports_of(const std::vector<ov::Output<const ov::Node>>& all) {
    std::vector<port> ports;
    for (std::size_t i = 0; i < all.size(); ++i) {
        port p{all[i].get_names().empty() ? std::to_string(i) : all[i].get_any_name(),
               type_of(all[i].get_element_type())};
        const ov::PartialShape& shape = all[i].get_partial_shape();
        p.has_shape = shape.rank().is_static();
        if (p.has_shape)
            for (const ov::Dimension& size : shape)
                p.shape.push_back(size.is_static() ? size.get_length() : open_size);
        ports.push_back(std::move(p));
    }
    return ports;
}

}  // namespace detail

/// A model in OpenVINO as a network f(x, t, out). It reads x and writes out where they are, at each
/// call: nothing is copied on the way to the engine and back. One object serves one thread at a
/// time; others of the same compiled model serve others.
class openvino : public detail::bound_network<openvino> {
public:
    static constexpr const char* name = "OpenVINO";

    /// Reads and compiles a model. The properties are OpenVINO's, such as
    /// {ov::inference_num_threads(2), ov::hint::inference_precision(ov::element::f32)}; without the
    /// latter OpenVINO may compute in bfloat16 where the processor can. Throws fokker::error where
    /// it cannot be read (with OpenVINO's error inside), and where its ports do not fit (see
    /// `ports`).
    explicit openvino(const std::string& file, ports names = {}, const std::string& device = "CPU",
                      const ov::AnyMap& properties = {})
        : openvino(read(file, device, properties), std::move(names)) {}

    /// The same for a model that is compiled already. Compiling may have renamed its outputs.
    explicit openvino(ov::CompiledModel model, ports names = {})
        : openvino(
              described{model, detail::ports_of(model.inputs()), detail::ports_of(model.outputs())},
              std::move(names)) {}

    openvino(openvino&&) = default;
    openvino& operator=(openvino&&) = default;

    /// The compiled model, and the request that calls it.
    const ov::CompiledModel& model() const { return model_; }
    ov::InferRequest& request() { return request_; }

private:
    friend detail::bound_network<openvino>;

    struct described {
        ov::CompiledModel model;
        std::vector<port> inputs, outputs;
    };

    static described read(const std::string& file, const std::string& device,
                          const ov::AnyMap& properties) {
        return detail::while_making<openvino>("to read and compile '" + file + "'", [&] {
            ov::Core core;
            // The names are those of the file: compiling may remove an output's node.
            const std::shared_ptr<const ov::Model> model = core.read_model(file);
            return described{core.compile_model(model, device, properties),
                             detail::ports_of(model->inputs()), detail::ports_of(model->outputs())};
        });
    }

    openvino(described made, ports names)
        : detail::bound_network<openvino>(
              detail::wiring(std::move(names), std::move(made.inputs), std::move(made.outputs))),
          model_(std::move(made.model)),
          request_(detail::while_making<openvino>("to make a request",
                                                  [&] { return model_.create_infer_request(); })) {}

    static ov::Tensor tensor(const detail::bound_array& a) {
        return {detail::openvino_type_of(a.type), ov::Shape(a.shape.begin(), a.shape.end()),
                a.data};
    }

    void bind_input(std::size_t i, const detail::bound_array& a) {
        request_.set_input_tensor(i, tensor(a));
    }
    void bind_output(std::size_t i, const detail::bound_array& a) {
        request_.set_output_tensor(i, tensor(a));
    }
    void infer() { request_.infer(); }

    ov::CompiledModel model_;
    ov::InferRequest request_;
};

}  // namespace fokker::engine

FOKKER_END_MAY_SHADOW
