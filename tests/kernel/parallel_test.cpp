#include <fokker/kernel/parallel.hpp>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "catch.hpp"

using fokker::kernel::for_each_item;

TEST_CASE("every item is worked on once") {
    for (bool parallel : {false, true}) {
        std::vector<std::atomic<int>> times(1000);
        for_each_item(times.size(), parallel, [&](std::size_t i) { ++times[i]; });
        for (const auto& t : times) CHECK(t == 1);
        for_each_item(0, parallel, [](std::size_t) { FAIL("there is no item"); });
    }
}

TEST_CASE("an item's exception reaches the caller") {
    for (bool parallel : {false, true})
        CHECK_THROWS_AS(for_each_item(100, parallel,
                                      [](std::size_t i) {
                                          if (i == 71) throw std::runtime_error("71");
                                      }),
                        std::runtime_error);
}

TEST_CASE("it may be called inside a parallel region") {
    std::vector<std::atomic<int>> times(64);
#ifdef _OPENMP
#pragma omp parallel for num_threads(4)
#endif
    for (int caller = 0; caller < 8; ++caller)
        for_each_item(times.size(), true, [&](std::size_t i) { ++times[i]; });
    for (const auto& t : times) CHECK(t == 8);
}
