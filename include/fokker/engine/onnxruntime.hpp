/// Models in ONNX Runtime as networks. It needs the library and its C header alone,
/// onnxruntime_c_api.h; objects of the C++ header may be passed, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <onnxruntime_c_api.h>

#include <fokker/engine/bound_network.hpp>
#include <fokker/engine/port.hpp>
#include <fokker/engine/ports.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::engine {

namespace detail {

/// The functions of the library. Throws fokker::error if it is older than the header.
inline const OrtApi& onnxruntime_api() {
    static const OrtApi* const api = [] {
        const OrtApi* found = OrtGetApiBase()->GetApi(ORT_API_VERSION);
        fokker::detail::require(found != nullptr, "the library of ONNX Runtime is ",
                                OrtGetApiBase()->GetVersionString(),
                                ", which is older than its header onnxruntime_c_api.h, of version ",
                                ORT_API_VERSION, "; take a header of that release or an older one");
        return found;
    }();
    return *api;
}

/// What a call of the library says, as an exception.
inline void require_done(OrtStatus* status) {
    if (!status) return;
    const std::string message = onnxruntime_api().GetErrorMessage(status);
    onnxruntime_api().ReleaseStatus(status);
    throw std::runtime_error(message);
}

/// An object of the library, which it also takes back.
template <class T>
class onnxruntime_object {
public:
    using release = void(ORT_API_CALL*)(T*);

    explicit onnxruntime_object(release of) : held_(nullptr, of) {}
    /// Where the library puts the new object.
    template <class Make>
    void make(const Make& make_at) {
        T* made = nullptr;
        require_done(make_at(&made));
        held_.reset(made);
    }
    T* get() const { return held_.get(); }

private:
    std::unique_ptr<T, release> held_;
};

inline element_type type_of(ONNXTensorElementDataType type) {
    switch (type) {
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT:
            return element_type::float32;
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE:
            return element_type::float64;
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16:
            return element_type::float16;
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16:
            return element_type::bfloat16;
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32:
            return element_type::int32;
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64:
            return element_type::int64;
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL:
            return element_type::boolean;
        default:
            return element_type::other;
    }
}

inline ONNXTensorElementDataType onnx_type_of(element_type type) {
    switch (type) {
        case element_type::float64:
            return ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE;
        case element_type::float16:
            return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16;
        case element_type::bfloat16:
            return ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16;
        case element_type::int32:
            return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
        case element_type::int64:
            return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
        case element_type::boolean:
            return ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL;
        default:
            return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    }
}

/// Of the session's inputs, or of its outputs.
inline std::vector<port> ports_of(const OrtSession* session, bool inputs) {
    const OrtApi& api = onnxruntime_api();
    std::size_t count = 0;
    require_done(inputs ? api.SessionGetInputCount(session, &count)
                        : api.SessionGetOutputCount(session, &count));
    OrtAllocator* allocator = nullptr;  // the library's own, which is not released
    require_done(api.GetAllocatorWithDefaultOptions(&allocator));
    std::vector<port> ports;
    for (std::size_t i = 0; i < count; ++i) {
        port p;
        char* text = nullptr;
        require_done(inputs ? api.SessionGetInputName(session, i, allocator, &text)
                            : api.SessionGetOutputName(session, i, allocator, &text));
        p.name = text;
        require_done(api.AllocatorFree(allocator, text));

        onnxruntime_object<OrtTypeInfo> info(api.ReleaseTypeInfo);
        info.make([&](OrtTypeInfo** at) {
            return inputs ? api.SessionGetInputTypeInfo(session, i, at)
                          : api.SessionGetOutputTypeInfo(session, i, at);
        });
        const OrtTensorTypeAndShapeInfo* tensor = nullptr;  // a part of `info`
        require_done(api.CastTypeInfoToTensorInfo(info.get(), &tensor));
        if (tensor) {
            ONNXTensorElementDataType type{};
            require_done(api.GetTensorElementType(tensor, &type));
            p.type = type_of(type);
            std::size_t axes = 0;
            require_done(api.GetDimensionsCount(tensor, &axes));
            p.shape.resize(axes);
            require_done(api.GetDimensions(tensor, p.shape.data(), axes));
            for (std::int64_t& size : p.shape)
                if (size < 0) size = open_size;
        } else {  // a sequence or a map
            p.type = element_type::other;
            p.has_shape = false;
        }
        ports.push_back(std::move(p));
    }
    return ports;
}

}  // namespace detail

/// A model in ONNX Runtime as a network f(x, t, out). It reads x and writes out where they are, at
/// each call: on the CPU nothing is copied on the way to the engine and back. One object serves one
/// thread at a time; others of the same session serve others.
class onnxruntime : public detail::bound_network<onnxruntime> {
public:
    static constexpr const char* name = "ONNX Runtime";

    /// Reads a model from an ONNX file. The options are those of the library, an OrtSessionOptions*
    /// or an Ort::SessionOptions, with its threads and execution providers. Throws fokker::error
    /// where it cannot be read, with the library's words, and where its ports do not fit (see
    /// `ports`).
    explicit onnxruntime(const std::filesystem::path& file, ports names = {},
                         const OrtSessionOptions* options = nullptr)
        : onnxruntime(loaded(file, options), nullptr, std::move(names)) {}

    /// The same for a session that is made already, an OrtSession* or an Ort::Session, which must
    /// outlive the network.
    explicit onnxruntime(OrtSession* session, ports names = {})
        : onnxruntime({}, session, std::move(names)) {}

    onnxruntime(onnxruntime&&) = default;
    onnxruntime& operator=(onnxruntime&&) = default;

    /// The session, and the binding of its ports.
    OrtSession* session() const { return session_; }
    OrtIoBinding* binding() const { return binding_.get(); }

private:
    friend detail::bound_network<onnxruntime>;

    using environment = detail::onnxruntime_object<OrtEnv>;
    using session_object = detail::onnxruntime_object<OrtSession>;
    /// In this order: a session needs the environment to the end.
    struct owned {
        std::unique_ptr<environment> of = nullptr;
        std::unique_ptr<session_object> session = nullptr;
    };

    static owned loaded(const std::filesystem::path& file, const OrtSessionOptions* options) {
        const OrtApi& api = detail::onnxruntime_api();
        return detail::while_making<onnxruntime>("to read '" + file.string() + "'", [&] {
            owned made{std::make_unique<environment>(api.ReleaseEnv),
                       std::make_unique<session_object>(api.ReleaseSession)};
            made.of->make([&](OrtEnv** at) {
                // It prints nothing: what is wrong is thrown.
                return api.CreateEnv(ORT_LOGGING_LEVEL_FATAL, "fokker", at);
            });
            detail::onnxruntime_object<OrtSessionOptions> plain(api.ReleaseSessionOptions);
            if (!options)
                plain.make([&](OrtSessionOptions** at) { return api.CreateSessionOptions(at); });
            made.session->make([&](OrtSession** at) {
                return api.CreateSession(made.of->get(), file.c_str(),
                                         options ? options : plain.get(), at);
            });
            return made;
        });
    }

    onnxruntime(owned made, OrtSession* session, ports names)
        : detail::bound_network<onnxruntime>(detail::while_making<onnxruntime>(
              "to describe the model",
              [&] {
                  const OrtSession* of = session ? session : made.session->get();
                  return detail::wiring(std::move(names), detail::ports_of(of, true),
                                        detail::ports_of(of, false));
              })),
          owned_(std::move(made)),
          session_(session ? session : owned_.session->get()),
          memory_(detail::onnxruntime_api().ReleaseMemoryInfo),
          binding_(detail::onnxruntime_api().ReleaseIoBinding) {
        const OrtApi& api = detail::onnxruntime_api();
        detail::while_making<onnxruntime>("to bind memory", [&] {
            memory_.make([&](OrtMemoryInfo** at) {
                return api.CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, at);
            });
            binding_.make([&](OrtIoBinding** at) { return api.CreateIoBinding(session_, at); });
        });
    }

    using value = detail::onnxruntime_object<OrtValue>;
    value tensor(const detail::bound_array& a) {
        const OrtApi& api = detail::onnxruntime_api();
        value made(api.ReleaseValue);
        made.make([&](OrtValue** at) {
            return api.CreateTensorWithDataAsOrtValue(
                memory_.get(), a.data, detail::count_of(a.shape) * detail::bytes_of(a.type),
                a.shape.data(), a.shape.size(), detail::onnx_type_of(a.type), at);
        });
        return made;
    }

    void bind_input(std::size_t i, const detail::bound_array& a) {
        detail::require_done(detail::onnxruntime_api().BindInput(
            binding_.get(), inputs()[i].name.c_str(), tensor(a).get()));
    }
    void bind_output(std::size_t i, const detail::bound_array& a) {
        detail::require_done(detail::onnxruntime_api().BindOutput(
            binding_.get(), outputs()[i].name.c_str(), tensor(a).get()));
    }
    void infer() {
        detail::require_done(
            detail::onnxruntime_api().RunWithBinding(session_, nullptr, binding_.get()));
    }

    owned owned_;
    OrtSession* session_;
    detail::onnxruntime_object<OrtMemoryInfo> memory_;
    detail::onnxruntime_object<OrtIoBinding> binding_;
};

}  // namespace fokker::engine

FOKKER_END_MAY_SHADOW
