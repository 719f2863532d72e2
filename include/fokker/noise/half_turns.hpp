/// What the sources that follow PyTorch share: sines and cosines over a whole turn, and the
/// rounding of their normals to the element type of the tensor. Everything is computed in double
/// precision, so that it differs from the original only by the original's own rounding.
#pragma once

#include <cstddef>
#include <type_traits>

#include <fokker/kernel/array.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/noise/box_muller.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::noise {

/// radius cos(pi h) and radius sin(pi h) for h in [0, 2]. A product h is rounded.
FOKKER_ALWAYS_INLINE inline void turn_by_half_turns(lanes<double> radius, lanes<double> h,
                                                    lanes<double>& along, lanes<double>& across) {
    h = kernel::rounded(h);
    const lanes<double> zero{}, one = zero + 1.0;
    const lanes<double> nearest =
        kernel::select(h > 0.5, one, zero) + kernel::select(h > 1.5, one, zero);
    const lanes<double> signed_radius = kernel::select(nearest == 1.0, -radius, radius);
    lanes<double> sine, cosine;
    sine_cosine(h - nearest, sine, cosine);
    along = signed_radius * cosine;
    across = signed_radius * sine;
}

/// Each lane rounded to float.
FOKKER_ALWAYS_INLINE inline lanes<double> rounded_to_float(lanes<double> x) {
    using narrow = lanes<float, kernel::register_bytes / 2>;
    return kernel::converted<lanes<double>>(kernel::converted<narrow>(x));
}

/// The element types of a tensor, where they are known only at run time.
enum class element_type { float32, float64, float16, bfloat16 };

template <real_scalar T>
inline constexpr element_type element_type_of =
    std::is_same_v<T, float>         ? element_type::float32
    : std::is_same_v<T, double>      ? element_type::float64
    : std::is_same_v<T, Eigen::half> ? element_type::float16
                                     : element_type::bfloat16;

/// A number as a tensor of this type holds it. PyTorch goes to 16 bits by way of float.
inline double rounded_to(element_type type, double x) {
    const auto single = static_cast<float>(x);
    switch (type) {
        case element_type::float64:
            return x;
        case element_type::float16:
            return static_cast<double>(static_cast<float>(Eigen::half(single)));
        case element_type::bfloat16:
            return static_cast<double>(static_cast<float>(Eigen::bfloat16(single)));
        case element_type::float32:
            break;
    }
    return static_cast<double>(single);
}

}  // namespace fokker::noise
