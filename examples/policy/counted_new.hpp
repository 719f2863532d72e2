// Counts what is taken from the heap.
#pragma once

#include <cstdint>

namespace policy {

// Calls of operator new, in all threads so far.
std::int64_t allocations();

}  // namespace policy
