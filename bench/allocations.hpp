/// How often the program took memory from the heap, whoever asked: operator new, Eigen's aligned
/// memory, malloc itself.
#pragma once

#include <cstdint>

/// Calls so far in this thread.
std::int64_t allocations();

/// Whether the count sees both a std::vector's memory and an Eigen array's.
bool allocations_are_counted();
