/// An input or an output of a model, as an inference engine describes it.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <fokker/error.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::engine {

/// What a port's numbers are. `undescribed` where the engine does not say it.
enum class element_type {
    undescribed,
    float32,
    float64,
    float16,
    bfloat16,
    int32,
    int64,
    boolean,
    other
};

/// A size that the model leaves open, such as the number of samples.
inline constexpr std::int64_t open_size = -1;

/// An input or an output of a model.
struct port {
    std::string name;
    element_type type = element_type::undescribed;
    std::vector<std::int64_t> shape = {};  ///< the samples first; open_size where it is left open
    bool has_shape = true;                 ///< false where not even the number of axes is known
    bool is_optional = false;              ///< whether the model has a value of its own for it
};

namespace detail {

/// The type of the numbers at an address of T.
template <class T>
constexpr element_type element_type_of() {
    if constexpr (std::same_as<T, float>)
        return element_type::float32;
    else if constexpr (std::same_as<T, double>)
        return element_type::float64;
    else if constexpr (std::same_as<T, Eigen::half>)
        return element_type::float16;
    else if constexpr (std::same_as<T, Eigen::bfloat16>)
        return element_type::bfloat16;
    else if constexpr (std::same_as<T, bool>)
        return element_type::boolean;
    else if constexpr (std::signed_integral<T> && sizeof(T) == 4)
        return element_type::int32;
    else if constexpr (std::signed_integral<T> && sizeof(T) == 8)
        return element_type::int64;
    else
        return element_type::other;
}

/// Types whose numbers an engine can be given.
template <class T>
concept port_scalar = element_type_of<T>() != element_type::other;

constexpr bool is_floating(element_type type) {
    return type == element_type::float32 || type == element_type::float64 ||
           type == element_type::float16 || type == element_type::bfloat16;
}
constexpr bool is_integer(element_type type) {
    return type == element_type::int32 || type == element_type::int64;
}

constexpr const char* words_of(element_type type) {
    switch (type) {
        case element_type::float32:
            return "float32";
        case element_type::float64:
            return "float64";
        case element_type::float16:
            return "float16";
        case element_type::bfloat16:
            return "bfloat16";
        case element_type::int32:
            return "int32";
        case element_type::int64:
            return "int64";
        case element_type::boolean:
            return "bool";
        case element_type::undescribed:
            return "any type";
        case element_type::other:
            break;
    }
    return "another type";
}

/// The array element of C++ that holds them.
constexpr const char* cpp_words_of(element_type type) {
    switch (type) {
        case element_type::float32:
            return "float";
        case element_type::float64:
            return "double";
        case element_type::float16:
            return "Eigen::half";
        case element_type::bfloat16:
            return "Eigen::bfloat16";
        case element_type::int32:
            return "std::int32_t";
        case element_type::int64:
            return "std::int64_t";
        default:
            return words_of(type);
    }
}

constexpr std::size_t bytes_of(element_type type) {
    switch (type) {
        case element_type::float16:
        case element_type::bfloat16:
            return 2;
        case element_type::float64:
        case element_type::int64:
            return 8;
        case element_type::boolean:
            return 1;
        default:
            return 4;
    }
}

/// As [4, 1, 28, 28], with ? for what is open.
inline std::string words_of(std::span<const std::int64_t> shape) {
    std::string words = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) words += ", ";
        words += shape[i] < 0 ? "?" : std::to_string(shape[i]);
    }
    return words + "]";
}

/// As 'sample' float32 [?, 1, 28, 28].
inline std::string words_of(const port& p) {
    return fokker::detail::sentence({"'", p.name, "' ", words_of(p.type), " ",
                                     p.has_shape ? words_of(std::span(p.shape)) : "of any shape"});
}

inline std::string words_of(const std::vector<port>& ports) {
    std::string words;
    for (const port& p : ports) words += (words.empty() ? "" : ", ") + words_of(p);
    return words.empty() ? "none" : words;
}

/// How many numbers a closed shape has.
inline std::size_t count_of(std::span<const std::int64_t> shape) {
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    return count;
}

}  // namespace detail

}  // namespace fokker::engine

FOKKER_END_MAY_SHADOW
