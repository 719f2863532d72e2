/// The shape of a batch.
#pragma once

#include <cstddef>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// How an array divides into samples: `samples` runs of `elements`, one after the other.
struct array_shape {
    std::size_t samples = 1;
    std::size_t elements = 0;
    std::size_t size() const { return samples * elements; }
    friend bool operator==(const array_shape&, const array_shape&) = default;
};

}  // namespace fokker
