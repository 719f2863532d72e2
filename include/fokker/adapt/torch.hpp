/// PyTorch tensors on the CPU as states, through LibTorch 1.13 or later: torch_tensor<float>. The
/// leading axis counts the samples; a tensor of one axis or none is one sample.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/ScalarType.h>

#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// An element type that PyTorch has, too.
template <class T>
concept torch_number =
    kernel::reduced<T> || (number<T> && requires { c10::CppTypeToScalarType<T>::value; });

template <torch_number T>
constexpr c10::ScalarType torch_type() {
    if constexpr (std::same_as<T, Eigen::half>)
        return c10::ScalarType::Half;
    else if constexpr (std::same_as<T, Eigen::bfloat16>)
        return c10::ScalarType::BFloat16;
    else
        return c10::CppTypeToScalarType<T>::value;
}

/// Where a tensor's elements begin: to be read, and to be written. PyTorch 2 tells them apart, as a
/// tensor may share its elements until one of both is written to.
template <class Tensor>
const void* torch_elements(const Tensor& tensor) {
    if constexpr (requires { tensor.const_data_ptr(); })
        return tensor.const_data_ptr();
    else
        return tensor.data_ptr();
}
template <class Tensor>
void* torch_elements_to_write(const Tensor& tensor) {
    if constexpr (requires { tensor.mutable_data_ptr(); })
        return tensor.mutable_data_ptr();
    else
        return tensor.data_ptr();
}

}  // namespace detail

/// A tensor whose element type is known when the program is compiled: a state, and what a run makes
/// its own arrays of. Made from an at::Tensor it is that tensor, without a copy; a copy of it has
/// elements of its own. It converts to at::Tensor&, so that a network may take at::Tensors.
///
/// Its memory stays the same. What is assigned to it, or to `t`, is copied there, so that a network
/// may say `out.t = module.forward({x.t}).toTensor()`; an empty one becomes the tensor that it is
/// given.
template <detail::torch_number T>
class torch_tensor {
public:
    torch_tensor() = default;
    /// Throws fokker::error unless the tensor is on the CPU, contiguous, of this element type, and
    /// apart from autograd.
    explicit torch_tensor(at::Tensor tensor) : t(std::move(tensor)) { take(); }

    torch_tensor(const torch_tensor& other) {
        if (!other.is_empty()) *this = torch_tensor(other.settled().clone());
    }
    torch_tensor(torch_tensor&&) noexcept = default;
    torch_tensor& operator=(const torch_tensor& other) {
        if (this == &other) return *this;
        if (other.is_empty()) return *this = torch_tensor();
        return *this = other.settled();
    }
    torch_tensor& operator=(torch_tensor&&) noexcept = default;
    /// The values are copied. Throws fokker::error on another element type, and on another shape
    /// unless this is empty.
    torch_tensor& operator=(const at::Tensor& values) {
        if (is_empty()) {
            detail::require(values.defined(), "an undefined tensor has no values to copy");
            return *this = torch_tensor(values.detach().clone(at::MemoryFormat::Contiguous));
        }
        t = values;
        settle();
        return *this;
    }

    operator at::Tensor&() & { return t; }
    operator const at::Tensor&() const& { return t; }

    T* data() { return static_cast<T*>(detail::torch_elements_to_write(settled())); }
    const T* data() const { return static_cast<const T*>(detail::torch_elements(settled())); }
    std::size_t size() const { return t.defined() ? static_cast<std::size_t>(t.numel()) : 0; }

    /// The tensor.
    at::Tensor t;

private:
    bool is_empty() const { return !t.defined() && !memory_.defined(); }

    /// The tensor in the memory that is this one's. It is changed where `t` was given another one,
    /// which cannot have been done to a constant.
    const at::Tensor& settled() const {
        const_cast<torch_tensor*>(this)->settle();
        return t;
    }
    void settle() {
        if (!memory_.defined()) {
            if (t.defined()) take();
            return;
        }
        const bool in_place = t.defined() && t.has_storage() &&
                              detail::torch_elements(t) == detail::torch_elements(memory_);
        if (in_place && is_right(t)) [[likely]]
            return;
        const at::Tensor given = std::exchange(t, memory_.detach());
        detail::require(given.defined(), "the tensor was replaced by an undefined one");
        if (in_place) return require_right(given);
        detail::require(given.scalar_type() == wanted, "a tensor of ", name(given.scalar_type()),
                        " was assigned to one of ", name(wanted), "; convert it by .to(at::k",
                        c10::toString(wanted), ")");
        detail::require(given.sizes() == memory_.sizes(), "a tensor of ", given.numel(),
                        " elements and ", given.dim(), " axes was assigned to one of ",
                        memory_.numel(), " and ", memory_.dim(),
                        ", or one of other extents; make a new torch_tensor of it");
        const c10::InferenceMode without_autograd;
        memory_.copy_(given);
    }
    /// Makes the memory of `t` this one's.
    void take() {
        detail::require(t.defined(), "the tensor is undefined; give it a shape first");
        require_right(t);
        memory_ = t.detach();
    }

    static bool is_right(const at::Tensor& tensor) {
        return tensor.scalar_type() == wanted && tensor.is_cpu() &&
               tensor.layout() == c10::Layout::Strided && tensor.is_contiguous() &&
               !tensor.requires_grad() && !tensor.is_neg();
    }
    static void require_right(const at::Tensor& tensor) {
        detail::require(tensor.scalar_type() == wanted, "the tensor is of ",
                        name(tensor.scalar_type()), ", and torch_tensor is of ", name(wanted),
                        "; convert it by .to(at::k", c10::toString(wanted),
                        "), or take a torch_tensor of its type");
        detail::require(tensor.is_cpu(), "the tensor is on ", tensor.device().str(),
                        ", whose memory this program cannot read; pass x.cpu(), and move it in the "
                        "network");
        detail::require(tensor.layout() == c10::Layout::Strided,
                        "the tensor is sparse; pass x.to_dense()");
        detail::require(tensor.is_contiguous(),
                        "the tensor has gaps or another order; pass x.contiguous()");
        detail::require(!tensor.requires_grad(),
                        "the tensor is part of autograd's graph, and its elements are written to; "
                        "pass x.detach(), and put a c10::InferenceMode guard around the walk");
        detail::require(!tensor.is_neg(),
                        "the tensor's elements have the other sign in memory; pass "
                        "x.resolve_neg()");
    }
    static std::string name(c10::ScalarType type) { return c10::toString(type); }

    static constexpr c10::ScalarType wanted = detail::torch_type<T>();
    at::Tensor memory_;  // a handle of its own on the elements of t
};

template <class T>
struct array_traits<torch_tensor<T>> {
    using scalar = T;
    using owner = torch_tensor<T>;
    static constexpr bool is_view = false;
    static constexpr bool is_fixed = false;

    static auto data(auto& a) { return a.data(); }
    static std::size_t size(const owner& a) { return a.size(); }
    static std::size_t samples(const owner& a) {
        return a.t.defined() && a.t.dim() > 1 ? static_cast<std::size_t>(a.t.size(0)) : 1;
    }
    static owner like(const owner& a) {
        return a.t.defined() ? owner(a.t.new_empty(a.t.sizes())) : owner();
    }
    static owner repeated(const owner& a, std::size_t times) {
        detail::require(a.t.defined() && a.t.dim() > 0, "a tensor without axes cannot be repeated");
        auto shape = a.t.sizes().vec();
        shape[0] *= static_cast<std::int64_t>(times);
        return owner(a.t.new_empty(shape));
    }
    static bool same_shape(const owner& a, const at::Tensor& b) {
        return a.t.defined() && b.defined() && a.t.sizes() == b.sizes();
    }
    static bool same_sample_shape(const owner& a, const owner& b) {
        return a.t.dim() == b.t.dim() &&
               (a.t.dim() == 0 || a.t.sizes().slice(1) == b.t.sizes().slice(1));
    }
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
