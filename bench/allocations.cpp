// The linker sends every call of the malloc family that this program makes to __wrap_* (--wrap, see
// CMakeLists.txt), which is where Eigen's memory comes from; operator new lives in the standard
// library, out of the linker's reach, so it is replaced by one that calls malloc here.
#include "allocations.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

#include <benchmark/benchmark.h>
#include <Eigen/Core>

namespace {
thread_local std::int64_t count = 0;

void* or_throw(void* memory) {
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
}
}  // namespace

extern "C" {
void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t elements, std::size_t size);
void* __real_realloc(void* memory, std::size_t size);
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
int __real_posix_memalign(void** memory, std::size_t alignment, std::size_t size);

void* __wrap_malloc(std::size_t size) {
    ++count;
    return __real_malloc(size);
}
void* __wrap_calloc(std::size_t elements, std::size_t size) {
    ++count;
    return __real_calloc(elements, size);
}
void* __wrap_realloc(void* memory, std::size_t size) {
    ++count;
    return __real_realloc(memory, size);
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
    ++count;
    return __real_aligned_alloc(alignment, size);
}
int __wrap_posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
    ++count;
    return __real_posix_memalign(memory, alignment, size);
}
}

// The array and nothrow forms of the standard library call these.
void* operator new(std::size_t size) { return or_throw(std::malloc(size == 0 ? 1 : size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto step = static_cast<std::size_t>(alignment);
    return or_throw(std::aligned_alloc(step, (size + step - 1) / step * step));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

std::int64_t allocations() { return count; }

bool allocations_are_counted() {
    const auto counts = [](const auto& take) {
        const std::int64_t before = allocations();
        take();
        return allocations() > before;
    };
    return counts([] {
               std::vector<float> v(16);
               benchmark::DoNotOptimize(v.data());
           }) &&
           counts([] {
               Eigen::ArrayXf v(16);
               benchmark::DoNotOptimize(v.data());
           });
}
