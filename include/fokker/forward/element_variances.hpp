/// The variance of every element of a sample in a step of the variational bound, in double.
#pragma once

#include <cstddef>

#include <fokker/finite.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/solver/second_variance.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::detail {

/// By a map, or else by the second output and the noise prediction, a mix of state and output.
template <class T>
struct element_variances {
    const double* map;
    second_variance rule;
    const T *second, *state, *output;
    mix noise;
    double otherwise;  // where an element's own is 0

    /// What the second output is; a map has none.
    double told(std::size_t j) const {
        return map != nullptr ? 0.0 : static_cast<double>(second[j]);
    }

    double operator()(std::size_t j) const {
        const double own =
            map != nullptr ? map[j]
                           : rule.at(told(j), noise.state * static_cast<double>(state[j]) +
                                                  noise.output * static_cast<double>(output[j]));
        return own == 0 ? otherwise : own;
    }

    /// The first of so many elements that has none, a positive and finite one; `size`: all have.
    std::size_t first_bad(std::size_t size) const {
        for (std::size_t j = 0; j < size; ++j) {
            const double v = (*this)(j);
            if (!(is_finite(v) && v > 0 && is_finite(told(j)))) return j;
        }
        return size;
    }
};

}  // namespace fokker::detail
