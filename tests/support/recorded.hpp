/// Noise that was recorded: a counted source that gives back given numbers.
#pragma once

#include <cstddef>
#include <vector>

#include <fokker/noise/source.hpp>

namespace fokker_test {

/// Element e of sample n of each draw is numbers[draw_of(d)][n * elements + e]. Forward verbs take
/// one row; the variational bound takes the row of its step.
struct recorded_noise {
    static constexpr bool counted = true;
    std::vector<std::vector<double>> rows;
    std::size_t elements;

    template <class T>
    void fill(T* out, std::size_t count, fokker::noise_position p) const {
        const std::size_t row = p.draw < 256 ? 0 : p.draw / 256 - 1;
        for (std::size_t i = 0; i < count; ++i)
            out[i] = static_cast<T>(rows.at(row).at(p.sample * elements + p.element + i));
    }
};

}  // namespace fokker_test
