#include <fokker/kernel/unrolled.hpp>

#include <vector>

#include "catch.hpp"

TEST_CASE("unrolled visits every index once, in order") {
    std::vector<std::size_t> seen;
    fokker::kernel::unrolled<4>([&](auto i) {
        static_assert(decltype(i)::value < 4);
        seen.push_back(i);
    });
    CHECK(seen == std::vector<std::size_t>{0, 1, 2, 3});
    fokker::kernel::unrolled<0>([&](auto i) { seen.push_back(i); });
    CHECK(seen.size() == 4);
}
