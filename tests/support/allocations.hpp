/// Counts heap allocations: operator new and, as Eigen calls it directly, malloc (the linker wraps
/// it; see unit.cmake).
#pragma once

#include <cstddef>

namespace fokker_test {
/// Allocations of this program so far.
std::size_t allocations();
}  // namespace fokker_test
