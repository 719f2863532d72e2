/// Work that is split among threads where the user compiles with OpenMP.
#pragma once

#include <cstddef>
#include <exception>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

namespace detail {

/// Below this many elements a second thread costs more than it brings. Noise takes several times as
/// long as the pass itself.
inline constexpr std::size_t parallel_from = std::size_t{1} << 16;
inline constexpr std::size_t noisy_parallel_from = std::size_t{1} << 15;

}  // namespace detail

/// Calls work(item) for all items, by all threads if `parallel`. The items are independent, so that
/// the results do not depend on it. Inside a parallel region of the user's it stays on one thread,
/// unless nested regions are switched on. What `work` throws reaches the caller.
template <class Work>
void for_each_item(std::size_t items, [[maybe_unused]] bool parallel, const Work& work) {
#ifdef _OPENMP
    // Not by the pragma's own `if`: that would enter a region of one thread.
    if (parallel) {
        std::exception_ptr failure;
        const auto count = static_cast<std::ptrdiff_t>(items);
#pragma omp parallel for schedule(static)
        for (std::ptrdiff_t i = 0; i < count; ++i) {
            try {
                work(static_cast<std::size_t>(i));
            } catch (...) {
#pragma omp critical(fokker_for_each_item)
                failure = std::current_exception();
            }
        }
        if (failure) std::rethrow_exception(failure);
        return;
    }
#endif
    for (std::size_t i = 0; i < items; ++i) work(i);
}

}  // namespace fokker::kernel
