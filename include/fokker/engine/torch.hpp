/// Models in LibTorch as networks: TorchScript, and what AOTInductor has compiled, where LibTorch
/// has that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <torch/script.h>

#if __has_include(<torch/csrc/inductor/aoti_package/model_package_loader.h>)
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#define FOKKER_HAS_AOT_INDUCTOR
#endif

#include <fokker/engine/bound_network.hpp>
#include <fokker/engine/port.hpp>
#include <fokker/engine/ports.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::engine {

namespace detail {

inline at::ScalarType torch_type_of(element_type type) {
    switch (type) {
        case element_type::float64:
            return at::kDouble;
        case element_type::float16:
            return at::kHalf;
        case element_type::bfloat16:
            return at::kBFloat16;
        case element_type::int32:
            return at::kInt;
        case element_type::int64:
            return at::kLong;
        case element_type::boolean:
            return at::kBool;
        default:
            return at::kFloat;
    }
}

/// A tensor over the memory of somebody else.
inline at::Tensor tensor_over(const bound_array& a) {
    return at::from_blob(a.data, at::IntArrayRef(a.shape.data(), a.shape.size()),
                         at::TensorOptions().dtype(torch_type_of(a.type)));
}

/// The engine's words without the list of its functions on the stack.
inline std::string torch_words(const std::exception& problem) {
    const auto* own = dynamic_cast<const c10::Error*>(&problem);
    return own ? own->what_without_backtrace() : problem.what();
}

/// Writes a result where the walk wants it. LibTorch returns new tensors, so this is a copy.
inline void copy_result(const at::Tensor& result, const bound_array& out) {
    const at::Tensor to = tensor_over(out);
    if (result.sizes() != to.sizes() || result.scalar_type() != to.scalar_type())
        throw std::runtime_error(fokker::detail::sentence(
            {"the model returned a tensor of ", at::toString(result.scalar_type()), " ",
             words_of(std::span(result.sizes().data(), result.sizes().size())),
             ", and x is one of ", at::toString(to.scalar_type()), " ", words_of(out.shape)}));
    to.copy_(result);
}

}  // namespace detail

/// A TorchScript module as a network f(x, t, out): its method forward. It reads x where it is;
/// its result, a new tensor, is copied into out. A script says the names of its inputs and nothing
/// of their types and shapes, so `ports` says .shape, and .label where the time is not one float
/// for each sample. Of two inputs the first is x and the second the time, unless named. A result
/// that is a tuple or a dictionary takes .out: a place, such as "0", or a key. One object serves
/// one thread at a time.
class torch_script : public detail::bound_network<torch_script> {
public:
    static constexpr const char* name = "TorchScript";
    static std::string words(const std::exception& problem) { return detail::torch_words(problem); }

    /// Reads a file that torch.jit.save has written. Throws fokker::error where it cannot be read
    /// (with LibTorch's error inside), and where its ports do not fit (see `ports`).
    explicit torch_script(const std::string& file, ports names)
        : torch_script(loaded(file), std::move(names)) {}

    /// The same for a module that is there already.
    explicit torch_script(const torch::jit::Module& module, const ports& names)
        : torch_script(module, names, arguments_of(module)) {}

    torch_script(torch_script&&) = default;
    torch_script& operator=(torch_script&&) = default;

    torch::jit::Module& module() { return module_; }

private:
    friend detail::bound_network<torch_script>;

    struct argument {
        port described;
        c10::IValue value;  // its default, where it has one
    };

    static torch::jit::Module loaded(const std::string& file) {
        return detail::while_making<torch_script>("to read '" + file + "'", [&] {
            torch::jit::Module module = torch::jit::load(file);
            module.eval();
            return module;
        });
    }

    static std::vector<argument> arguments_of(const torch::jit::Module& module) {
        return detail::while_making<torch_script>("to describe the model", [&] {
            std::vector<argument> all;
            bool is_self = true;
            for (const c10::Argument& each :
                 module.get_method("forward").function().getSchema().arguments()) {
                if (std::exchange(is_self, false)) continue;
                argument a{{.name = each.name(), .has_shape = false}, {}};
                const bool is_whole = each.type()->kind() == c10::TypeKind::IntType;
                if (is_whole || each.type()->kind() == c10::TypeKind::FloatType) {
                    a.described.type = is_whole ? element_type::int64 : element_type::float64;
                    a.described.has_shape = true;  // a number
                }
                if (each.default_value()) {
                    a.value = *each.default_value();
                    a.described.is_optional = true;
                }
                all.push_back(std::move(a));
            }
            return all;
        });
    }

    static detail::wiring wired(ports names, const std::vector<argument>& arguments) {
        std::vector<port> inputs;
        std::size_t needed = 0;
        for (const argument& each : arguments) {
            inputs.push_back(each.described);
            needed += each.described.is_optional ? 0 : 1;
        }
        if (needed <= 2 && needed > 0) {
            if (names.x.empty()) names.x = inputs[0].name;
            if (names.time.empty() && names.label != label_type::none && needed == 2 &&
                names.x == inputs[0].name)
                names.time = inputs[1].name;
        }
        const std::string result = names.out.empty() ? "out" : names.out;
        names.out = result;
        return {std::move(names), std::move(inputs), {port{.name = result, .has_shape = false}}};
    }

    torch_script(torch::jit::Module module, const ports& names, std::vector<argument> arguments)
        : detail::bound_network<torch_script>(wired(names, arguments)),
          module_(std::move(module)),
          result_(names.out) {
        for (argument& each : arguments) values_.push_back(std::move(each.value));
    }

    void bind_input(std::size_t i, const detail::bound_array& a) {
        const port& p = inputs()[i];
        if (!p.has_shape)
            values_[i] = detail::tensor_over(a);
        else if (p.type == element_type::int64)
            values_[i] = *static_cast<const std::int64_t*>(a.data);
        else
            values_[i] = *static_cast<const double*>(a.data);
    }
    void bind_output(std::size_t, const detail::bound_array& a) { out_ = a; }
    void infer() {
        const c10::InferenceMode no_gradients;
        detail::copy_result(chosen(module_.forward(values_)), out_);
    }

    at::Tensor chosen(const c10::IValue& result) const {
        if (result.isTensor()) return result.toTensor();
        if (result.isTuple()) {
            const auto& all = result.toTupleRef().elements();
            for (std::size_t i = 0; i < all.size(); ++i)
                if (result_ == std::to_string(i)) return all[i].toTensor();
            throw std::runtime_error("the model returned " + std::to_string(all.size()) +
                                     " results; say which is the prediction, as in {.out = \"0\"}");
        }
        if (result.isGenericDict()) {
            std::string keys;
            for (const auto& each : result.toGenericDict()) {
                if (each.key().toStringRef() == result_) return each.value().toTensor();
                keys += " '" + each.key().toStringRef() + "'";
            }
            throw std::runtime_error("the model returned" + keys +
                                     "; say which is the prediction, as in {.out = \"sample\"}");
        }
        throw std::runtime_error("the model returned a " + result.tagKind() + ", and not a tensor");
    }

    torch::jit::Module module_;
    std::string result_;
    std::vector<c10::IValue> values_;
    detail::bound_array out_{};
};

#ifdef FOKKER_HAS_AOT_INDUCTOR

/// A model that AOTInductor has compiled into a package (a .pt2 file) as a network f(x, t, out). It
/// reads x where it is; its result, a new tensor, is copied into out. A package says nothing of its
/// inputs: they are named here, in their order, and `ports` says .shape, .label where the time is
/// not one float for each sample, and .out, a place, where the model has several results.
class aot_inductor : public detail::bound_network<aot_inductor> {
public:
    static constexpr const char* name = "AOTInductor";
    static std::string words(const std::exception& problem) { return detail::torch_words(problem); }

    /// Throws fokker::error where the file cannot be read (with LibTorch's error inside), and where
    /// the ports do not fit (see `ports`).
    explicit aot_inductor(const std::string& file, ports names,
                          const std::vector<std::string>& inputs = {"x", "time"})
        : detail::bound_network<aot_inductor>(wired(names, inputs)),
          loader_(detail::while_making<aot_inductor>(
              "to read '" + file + "'",
              [&] { return std::make_unique<torch::inductor::AOTIModelPackageLoader>(file); })),
          result_(names.out),
          values_(inputs.size()) {}

    aot_inductor(aot_inductor&&) = default;
    aot_inductor& operator=(aot_inductor&&) = default;

    torch::inductor::AOTIModelPackageLoader& loader() { return *loader_; }

private:
    friend detail::bound_network<aot_inductor>;

    static detail::wiring wired(ports names, const std::vector<std::string>& inputs) {
        std::vector<port> all;
        for (const std::string& each : inputs) all.push_back({.name = each, .has_shape = false});
        if (names.x.empty() && !all.empty()) names.x = all[0].name;
        if (names.time.empty() && names.label != label_type::none && all.size() > 1 &&
            names.x == all[0].name)
            names.time = all[1].name;
        if (names.out.empty()) names.out = "0";
        const std::string result = names.out;
        return {std::move(names), std::move(all), {port{.name = result, .has_shape = false}}};
    }

    void bind_input(std::size_t i, const detail::bound_array& a) {
        values_[i] = detail::tensor_over(a);
    }
    void bind_output(std::size_t, const detail::bound_array& a) { out_ = a; }
    void infer() {
        const c10::InferenceMode no_gradients;
        const std::vector<at::Tensor> results = loader_->run(values_);
        for (std::size_t i = 0; i < results.size(); ++i)
            if (result_ == std::to_string(i) || (result_.empty() && results.size() == 1))
                return detail::copy_result(results[i], out_);
        throw std::runtime_error("the model returned " + std::to_string(results.size()) +
                                 " results; say which is the prediction, as in {.out = \"0\"}");
    }

    std::unique_ptr<torch::inductor::AOTIModelPackageLoader> loader_;
    std::string result_;
    std::vector<at::Tensor> values_;
    detail::bound_array out_{};
};

#endif

}  // namespace fokker::engine

FOKKER_END_MAY_SHADOW
