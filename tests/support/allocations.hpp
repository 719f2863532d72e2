/// Counts heap allocations, whoever asks: operator new, Eigen's aligned memory, malloc itself. The
/// program is linked with counted_allocations of allocations.cmake.
#pragma once

#include <cstddef>

namespace fokker_test {
/// Allocations of this program so far.
std::size_t allocations();
}  // namespace fokker_test
