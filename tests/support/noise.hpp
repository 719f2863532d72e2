/// Draws of a noise source outside of a run, and how near they come to recorded ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <fokker/kernel/reduced.hpp>
#include <fokker/noise/source.hpp>

namespace fokker_test {

/// A whole draw, tile by tile as the sweep asks for it.
template <class T, class Source>
std::vector<double> whole_draw(Source& source, const fokker::noise_draw& draw) {
    using number = fokker::kernel::arithmetic<T>;
    fokker::detail::begin_draw<T>(source, draw);
    std::vector<double> result;
    std::vector<number> z(fokker::noise_tile);
    for (std::uint64_t sample = 0; sample < draw.shape.samples; ++sample)
        for (std::size_t e = 0; e < draw.shape.elements; e += z.size()) {
            const std::size_t count = std::min(z.size(), draw.shape.elements - e);
            source.fill(z.data(), count, fokker::noise_position{sample, draw.draw, e});
            for (std::size_t i = 0; i < count; ++i) result.push_back(static_cast<double>(z[i]));
        }
    return result;
}

/// The same, the type by its name in the golden data.
template <class Source>
std::vector<double> whole_draw(Source& source, const std::string& type,
                               const fokker::noise_draw& draw) {
    if (type == "float") return whole_draw<float>(source, draw);
    if (type == "double") return whole_draw<double>(source, draw);
    if (type == "half") return whole_draw<Eigen::half>(source, draw);
    return whole_draw<Eigen::bfloat16>(source, draw);
}

/// One unit in the last place of a number of this type.
inline double unit_of(const std::string& type, double x) {
    const int digits = type == "float" ? 24 : type == "double" ? 53 : type == "half" ? 11 : 8;
    return std::ldexp(1.0, std::ilogb(x) + 1 - digits);
}

/// The largest difference of two lists of the same size, in units in the last place.
inline double worst_units(const std::string& type, const std::vector<double>& a,
                          const std::vector<double>& b) {
    double worst = a.size() == b.size() ? 0.0 : 1e300;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        // Floats are written in few digits: rounded to their type they are what was meant.
        const double meant =
            type == "double" ? b[i] : static_cast<double>(static_cast<float>(b[i]));
        if (a[i] != meant) worst = std::max(worst, std::abs(a[i] - meant) / unit_of(type, meant));
    }
    return worst;
}

}  // namespace fokker_test
