/// DLPack: arrays of other libraries (PyTorch, JAX, NumPy, CuPy, TVM, ..) as states, and arrays of
/// this program for other libraries, without a copy. Needs a dlpack.h of the user's own, of version
/// 0.5 or later; what is said of the versioned struct needs 1.0.
///
///   borrow   a view of somebody else's tensor, which must outlive it
///   take     the same of a tensor that is handed over: its deleter is called after the last view
///   lend     a view of an array of this program; view::tensor() is a DLTensor
///   give     an array of this program, handed over with a deleter
///
/// The leading axis counts the samples; a tensor of one axis or none is one sample.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<dlpack/dlpack.h>)
#include <dlpack/dlpack.h>
#else
#include <ATen/dlpack.h>  // the same header, as PyTorch brings it
#endif

#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::dlpack {

/// A tensor with a deleter: DLManagedTensor, or DLManagedTensorVersioned.
template <class M>
concept managed_tensor = requires(M& m) {
    { m.dl_tensor } -> std::same_as<DLTensor&>;
    { m.manager_ctx } -> std::same_as<void*&>;
    m.deleter(&m);
};

namespace detail {

/// The struct that says its version and whether it may be written to.
template <class M>
concept versioned_tensor = managed_tensor<M> && requires(M& m) {
    m.version.major;
    m.flags;
};

/// The version of the struct that is read and written here, and the flag of one that may only be
/// read.
inline constexpr std::uint32_t version = 1;
inline constexpr std::uint64_t read_only = 1;

/// Element types by their codes, in any version of the header.
template <class T>
constexpr DLDataType type_of() {
    constexpr std::uint8_t code = std::same_as<T, Eigen::bfloat16>               ? 4
                                  : std::floating_point<T> || kernel::reduced<T> ? 2
                                  : std::is_signed_v<T>                          ? 0
                                                                                 : 1;
    return {code, static_cast<std::uint8_t>(8 * sizeof(T)), 1};
}

inline std::string name_of(const DLDataType& type) {
    constexpr std::array names = {"int", "uint", "float", "handle", "bfloat", "complex", "bool"};
    std::string name = type.code < names.size() ? names[type.code] : "type code ";
    if (type.code >= names.size()) name += std::to_string(type.code) + ", bits ";
    return name + std::to_string(type.bits);
}

inline std::string name_of(const DLDevice& device) {
    const int type = static_cast<int>(device.device_type);
    std::string name = type == 2    ? "a CUDA device"
                       : type == 4  ? "an OpenCL device"
                       : type == 7  ? "a Vulkan device"
                       : type == 8  ? "a Metal device"
                       : type == 10 ? "a ROCm device"
                       : type == 14 ? "a oneAPI device"
                                    : "a device";
    return name + " (type " + std::to_string(type) + ", id " + std::to_string(device.device_id) +
           ")";
}

/// A shape, and how far apart the elements of each axis are where the last one runs fastest. Views
/// of one tensor share it.
struct axes {
    explicit axes(std::span<const std::int64_t> of)
        : shape(of.begin(), of.end()), strides(of.size()) {
        constexpr std::int64_t most = (std::numeric_limits<std::ptrdiff_t>::max)() / 16;
        for (std::size_t i = of.size(); i-- > 0;) {
            fokker::detail::require(of[i] >= 0, "axis ", i, " of the DLPack tensor has ", of[i],
                                    " elements");
            strides[i] = size;
            fokker::detail::require(of[i] == 0 || size <= most / of[i],
                                    "the DLPack tensor has more elements than memory can hold");
            size *= of[i];
        }
    }

    std::size_t samples() const {
        return shape.size() <= 1 ? 1 : static_cast<std::size_t>(shape.front());
    }

    std::vector<std::int64_t> shape, strides;
    std::int64_t size = 1;
};

/// Where the elements of a tensor begin. Throws fokker::error unless it is one of `wanted`, lies in
/// memory that this program reads, and has no gaps.
inline void* checked_data(const DLTensor& tensor, const axes& of, const DLDataType& wanted,
                          std::size_t alignment) {
    using fokker::detail::require;
    const DLDataType& type = tensor.dtype;
    require(type.code == wanted.code && type.bits == wanted.bits, "the DLPack tensor holds ",
            name_of(type), ", and it is taken as ", name_of(wanted),
            "; convert it in the library that made it, or take it as what it is");
    require(type.lanes == 1, "an element of the DLPack tensor is a vector of ", type.lanes,
            " lanes; describe it with one lane, and the vectors as one more axis");
    const int device = static_cast<int>(tensor.device.device_type);
    const bool on_host = device == 1 || device == 3 || device == 11 || device == 13;
    require(on_host, "the DLPack tensor is in the memory of ", name_of(tensor.device),
            ", which this program cannot read; copy it to the CPU in the library that made it "
            "(in PyTorch x.cpu()), or write array_traits with a space for it (docs/own-arrays.md)");
    // An axis of one element has no next one, and an empty tensor none at all.
    for (std::size_t i = 0; tensor.strides && of.size > 0 && i < of.shape.size(); ++i)
        require(of.shape[i] == 1 || tensor.strides[i] == of.strides[i],
                "the DLPack tensor has gaps or another order: axis ", i, " has stride ",
                tensor.strides[i], " in place of ", of.strides[i],
                "; make it contiguous in the library that made it (in PyTorch x.contiguous(), in "
                "NumPy ascontiguousarray)");
    require(tensor.data || of.size == 0, "the DLPack tensor has no data");
    if (!tensor.data) return nullptr;
    void* const data = static_cast<char*>(tensor.data) + tensor.byte_offset;
    require(reinterpret_cast<std::uintptr_t>(data) % alignment == 0,
            "the data of the DLPack tensor do not begin at a multiple of ", alignment,
            " bytes, the size of an element; copy it in the library that made it");
    return data;
}

inline std::span<const std::int64_t> shape_of(const DLTensor& tensor) {
    fokker::detail::require(tensor.ndim >= 0 && (tensor.ndim == 0 || tensor.shape),
                            "the DLPack tensor has ", tensor.ndim, " axes and no shape");
    return {tensor.shape, static_cast<std::size_t>(tensor.ndim)};
}

/// A tensor that another library can read, with a shape that somebody keeps.
inline DLTensor tensor_of(const void* data, const std::shared_ptr<const axes>& of,
                          const DLDevice& device, const DLDataType& type) {
    DLTensor tensor{};
    tensor.data = const_cast<void*>(data);
    tensor.device = device;
    tensor.dtype = type;
    if (!of) return tensor;  // no elements, as of an array that was moved from
    tensor.ndim = static_cast<std::int32_t>(of->shape.size());
    tensor.shape = const_cast<std::int64_t*>(of->shape.data());
    tensor.strides = const_cast<std::int64_t*>(of->strides.data());
    return tensor;
}

inline constexpr DLDevice cpu{static_cast<DLDeviceType>(1), 0};

struct access;

namespace types {

/// What views and arrays have in common.
class shaped {
public:
    std::size_t size() const { return axes_ ? static_cast<std::size_t>(axes_->size) : 0; }
    std::size_t samples() const { return axes_ ? axes_->samples() : 1; }
    /// Outermost axis first. Valid as long as an array or a view of this shape.
    std::span<const std::int64_t> shape() const {
        return axes_ ? std::span<const std::int64_t>(axes_->shape)
                     : std::span<const std::int64_t>{};
    }

protected:
    shaped() = default;
    explicit shaped(std::shared_ptr<const axes> of) : axes_(std::move(of)) {}

    std::shared_ptr<const axes> axes_;
    friend struct detail::access;
};

}  // namespace types

/// What the functions below read of views and arrays.
struct access {
    static const std::shared_ptr<const axes>& of(const types::shaped& a) { return a.axes_; }
    static bool same_shape(const types::shaped& a, const types::shaped& b) {
        return a.axes_ == b.axes_ || std::ranges::equal(a.shape(), b.shape());
    }
};

}  // namespace detail

namespace types {

/// Elements that belong to somebody else, in the shape of a DLPack tensor: a state, or with a const
/// T what is only read. A copy is of the same elements. A network that takes dlpack::view<const T>
/// and writes to a dlpack::view<T> can be called with it, and with the run's own arrays.
template <class T>
    requires fokker::detail::number<std::remove_const_t<T>>
class view : public dlpack::detail::types::shaped {
public:
    view() = default;
    /// `kept` lives as long as a view of these elements does.
    view(T* data, std::shared_ptr<const dlpack::detail::axes> of,
         const DLDevice& device = dlpack::detail::cpu, std::shared_ptr<const void> kept = {})
        : shaped(std::move(of)), data_(data), device_(device), kept_(std::move(kept)) {}

    T* data() const { return data_; }
    /// For a library that reads DLPack; valid as long as this view. DLTensor has no word for
    /// elements that are only read.
    DLTensor tensor() const {
        return dlpack::detail::tensor_of(data_, axes_, device_,
                                         dlpack::detail::type_of<std::remove_const_t<T>>());
    }

    operator view<const T>() const
        requires(!std::is_const_v<T>)
    {
        return {data_, axes_, device_, kept_};
    }

private:
    T* data_ = nullptr;
    DLDevice device_ = dlpack::detail::cpu;
    std::shared_ptr<const void> kept_;
};

/// An array in the shape of a DLPack tensor that owns its elements, on the CPU and aligned as
/// DLPack asks for: what a run has where the state is a view, and a state itself. A copy has
/// elements of its own.
template <class T>
    requires fokker::detail::number<T>
class array : public dlpack::detail::types::shaped {
public:
    array() = default;
    /// Values are left open. Throws fokker::error where an extent is negative.
    explicit array(std::span<const std::int64_t> shape)
        : array(std::make_shared<const dlpack::detail::axes>(shape)) {}
    explicit array(std::initializer_list<std::int64_t> shape)
        : array(std::span(shape.begin(), shape.size())) {}
    explicit array(std::shared_ptr<const dlpack::detail::axes> of) : shaped(std::move(of)) {
        if (size() > 0) data_.reset(static_cast<T*>(::operator new(size() * sizeof(T), alignment)));
    }
    array(const array& other) : array(other.axes_) { copy(other.data()); }
    array(array&& other) noexcept
        : shaped(std::exchange(other.axes_, nullptr)), data_(std::move(other.data_)) {}
    array& operator=(const array& other) { return *this = view<const T>(other); }
    array& operator=(array&& other) noexcept {
        axes_ = std::exchange(other.axes_, nullptr);
        data_ = std::move(other.data_);
        return *this;
    }
    /// Becomes a copy, in the memory that there is if the size is the same.
    array& operator=(const view<const T>& other) {
        if (size() != other.size()) *this = array(dlpack::detail::access::of(other));
        axes_ = dlpack::detail::access::of(other);
        if (data() != other.data()) copy(other.data());
        return *this;
    }

    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    /// For a library that reads DLPack; valid as long as this array.
    DLTensor tensor() const {
        return dlpack::detail::tensor_of(data(), axes_, dlpack::detail::cpu,
                                         dlpack::detail::type_of<T>());
    }

    operator view<T>() & { return {data(), axes_}; }
    operator view<const T>() const& { return {data(), axes_}; }

private:
    void copy(const T* from) { std::copy_n(from, size(), data()); }

    static constexpr std::align_val_t alignment{256};
    struct release {
        void operator()(T* p) const { ::operator delete(p, alignment); }
    };
    std::unique_ptr<T, release> data_;
};

}  // namespace types
using types::array, types::view;

/// A view of a tensor that somebody else keeps: dlpack::borrow<float>(tensor). With a const T it is
/// only read. Throws fokker::error unless the elements are of type T, one lane each, without gaps
/// and in memory of this program: the CPU's, page-locked, or managed by CUDA. What was queued on a
/// device to write there must be done: the structs know no stream. `kept` lives as long as a view
/// of the tensor.
template <class T>
view<T> borrow(const DLTensor& tensor, std::shared_ptr<const void> kept = {}) {
    auto of = std::make_shared<const detail::axes>(detail::shape_of(tensor));
    void* const data =
        detail::checked_data(tensor, *of, detail::type_of<std::remove_const_t<T>>(), sizeof(T));
    return {static_cast<T*>(data), std::move(of), tensor.device, std::move(kept)};
}

/// The same of a tensor with a deleter, which is not called. Throws fokker::error also where the
/// struct is of another version, or of elements that may only be read and T is not const.
template <class T, managed_tensor M>
view<T> borrow(const M& managed, std::shared_ptr<const void> kept = {}) {
    if constexpr (detail::versioned_tensor<M>) {
        fokker::detail::require(managed.version.major == detail::version,
                                "the DLPack tensor is of version ", managed.version.major, ".",
                                managed.version.minor, ", and this program reads version ",
                                detail::version,
                                "; ask the library that made it for that version (in Python "
                                "__dlpack__(max_version=(1, 0)))");
        fokker::detail::require(std::is_const_v<T> || (managed.flags & detail::read_only) == 0,
                                "the DLPack tensor may only be read, and a state is written to; "
                                "copy it first, or take it as const elements");
    }
    return dlpack::borrow<T>(managed.dl_tensor, std::move(kept));
}

/// Takes a tensor over, as a consumer in DLPack's sense: its deleter is called when the last view
/// of it is gone, or before this throws what `borrow` throws.
template <class T, managed_tensor M>
view<T> take(M* managed) {
    fokker::detail::require(managed != nullptr, "there is no DLPack tensor to take");
    std::shared_ptr<M> kept(managed, [](M* m) {
        if (m->deleter) m->deleter(m);
    });
    return dlpack::borrow<T>(*managed, kept);
}

namespace detail {

/// The axes of a given shape, or of as many samples as an array has.
template <class X>
std::shared_ptr<const axes> axes_for(const X& x, std::span<const std::int64_t> shape) {
    static_assert(!fokker::detail::names_space<X>,
                  "fokker: this array is in a space of its own, whose device DLPack would have to "
                  "be told; fill in a DLTensor by hand");
    if constexpr (std::derived_from<X, types::shaped>)
        if (shape.empty()) return access::of(x);
    const array_shape of = fokker::detail::shape_of(x);
    const std::array<std::int64_t, 2> usual = {static_cast<std::int64_t>(of.samples),
                                               static_cast<std::int64_t>(of.elements)};
    auto made = std::make_shared<const axes>(shape.empty() ? usual : shape);
    fokker::detail::require(
        static_cast<std::size_t>(made->size) == of.size() && made->samples() == of.samples,
        "the shape has ", made->samples(), " samples and ", made->size,
        " elements, and the array has ", of.samples, " and ", of.size());
    return made;
}

}  // namespace detail

/// A view of an array of this program, which must outlive it: dlpack::lend(x).tensor() is a
/// DLTensor. Its shape is {samples, elements}, or another one of as many of both. Throws
/// fokker::error if it is of others.
template <fokker::detail::has_array_traits X>
auto lend(X& x, std::span<const std::int64_t> shape = {}) {
    using element = std::remove_pointer_t<decltype(fokker::detail::data_of(x))>;
    return view<element>(fokker::detail::data_of(x),
                         detail::axes_for<std::remove_const_t<X>>(x, shape));
}
template <fokker::detail::has_array_traits X>
auto lend(X& x, std::initializer_list<std::int64_t> shape) {
    return dlpack::lend(x, std::span(shape.begin(), shape.size()));
}

/// Calls the deleter, unless the tensor was released to somebody who will.
struct call_deleter {
    template <managed_tensor M>
    void operator()(M* managed) const {
        if (managed->deleter) managed->deleter(managed);
    }
};
/// A tensor that is deleted with the pointer, unless it is released to somebody who will.
template <managed_tensor M>
using managed_pointer = std::unique_ptr<M, call_deleter>;

/// Hands an array over: at::fromDLPack(dlpack::give<DLManagedTensor>(std::move(x)).release()). The
/// tensor owns the array until its deleter is called; of a view, it keeps the view, and the
/// elements must outlive it. Shape and errors as of `lend`. A view of const elements is given as
/// DLManagedTensorVersioned, which says that they may only be read.
template <managed_tensor M, class X>
    requires fokker::detail::has_array_traits<X>
managed_pointer<M> give(X&& x, std::span<const std::int64_t> shape = {}) {
    using owned = std::remove_cvref_t<X>;
    static_assert(!std::is_reference_v<X> || array_traits<owned>::is_view,
                  "fokker: give hands the array over; pass std::move(x), or a copy, or lend(x)");
    struct package {
        owned kept;
        std::shared_ptr<const detail::axes> of;
        M managed{};
    };
    auto of = detail::axes_for<owned>(x, shape);  // while x is still there
    auto made = std::make_unique<package>(
        package{.kept = std::forward<X>(x), .of = std::move(of), .managed = {}});
    using element = std::remove_pointer_t<decltype(fokker::detail::data_of(made->kept))>;
    M& managed = made->managed;
    managed.dl_tensor = view<element>(fokker::detail::data_of(made->kept), made->of).tensor();
    if constexpr (detail::versioned_tensor<M>) {
        managed.version.major = detail::version;
        managed.flags = std::is_const_v<element> ? detail::read_only : 0;
    } else {
        static_assert(!std::is_const_v<element>,
                      "fokker: a DLManagedTensor cannot say that its elements may only be read; "
                      "give a DLManagedTensorVersioned, or a copy");
    }
    managed.manager_ctx = made.get();
    managed.deleter = [](M* m) { delete static_cast<package*>(m->manager_ctx); };
    return managed_pointer<M>(&made.release()->managed);
}
template <managed_tensor M, class X>
    requires fokker::detail::has_array_traits<X>
managed_pointer<M> give(X&& x, std::initializer_list<std::int64_t> shape) {
    return dlpack::give<M>(std::forward<X>(x), std::span(shape.begin(), shape.size()));
}

}  // namespace fokker::dlpack

namespace fokker::inline FOKKER_TARGET {

namespace detail {

template <class A, class T, bool IsView>
struct dlpack_traits {
    using scalar = T;
    using owner = dlpack::array<T>;
    static constexpr bool is_view = IsView;
    static constexpr bool is_fixed = false;

    static auto data(auto& a) { return a.data(); }
    static std::size_t size(const A& a) { return a.size(); }
    static std::size_t samples(const A& a) { return a.samples(); }
    static owner like(const A& a) { return owner(dlpack::detail::access::of(a)); }
    static owner repeated(const A& a, std::size_t times) {
        std::vector<std::int64_t> shape(a.shape().begin(), a.shape().end());
        detail::require(!shape.empty(), "a DLPack tensor without axes cannot be repeated");
        shape.front() *= static_cast<std::int64_t>(times);
        return owner(shape);
    }
    static bool same_shape(const A& a, const auto& b) {
        return dlpack::detail::access::same_shape(a, b);
    }
};

}  // namespace detail

template <class T>
struct array_traits<dlpack::view<T>>
    : detail::dlpack_traits<dlpack::view<T>, std::remove_const_t<T>, true> {};
template <class T>
struct array_traits<dlpack::array<T>> : detail::dlpack_traits<dlpack::array<T>, T, false> {};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
