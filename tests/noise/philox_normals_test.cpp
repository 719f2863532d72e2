#include <fokker/noise/philox_normals.hpp>

#include <cmath>
#include <set>

#include "catch.hpp"
#include "support/philox_words.hpp"

using namespace fokker;
using fokker_test::four_words, fokker_test::philox4x32;

TEST_CASE("the known answers of Random123") {
    CHECK(philox4x32({0, 0, 0, 0}, 0) ==
          four_words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffffu) ==
          four_words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822u) ==
          four_words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("all lanes make the same of the same counter") {
    bool same = false;
    philox4x32({1, 2, 3, 4}, 0x123456789abcdef0u, &same);
    CHECK(same);
}

TEST_CASE("each counter has a lane, and each lane a counter") {
    const std::set<unsigned> lanes(noise::lane_of_counter.begin(), noise::lane_of_counter.end());
    CHECK(lanes.size() == noise::counters);
    CHECK(*lanes.rbegin() == noise::counters - 1);
    for (std::size_t i = 0; i < noise::counter_of_lane.size(); ++i)
        CHECK(noise::counter_of_lane[noise::lane_of_counter[i]] == i);
}

TEST_CASE("rows of normals and scattered ones agree") {
    noise::philox_words first{kernel::load(noise::counter_of_lane.data()),
                              noise::words64{} + std::uint64_t{9},
                              noise::words64{} + std::uint64_t{5}, noise::words64{}};
    const noise::philox_key key(3);
    noise::scattered_counters<> at{};
    for (std::size_t i = 0; i < noise::counters; ++i) {
        at.counter[noise::lane_of_counter[i]] = i;
        at.sample[noise::lane_of_counter[i]] = 5;
    }
    std::array<float, noise::counters * noise::normals<float>> row, scattered;
    noise::normals_in_a_row(first, key, row.data(), 1);
    noise::normals_of(at, 9, key, scattered.data());
    CHECK(row == scattered);
}
