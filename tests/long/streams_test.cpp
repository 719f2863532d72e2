#include "long/streams.hpp"

#include <array>
#include <set>

#include "catch.hpp"

using namespace fokker_test;

TEST_CASE("walks repeat no tile, go on from where they stand, and differ") {
    std::set<std::array<float, fokker_test::tile_size>> seen;
    std::array<float, fokker_test::tile_size> tile, again;
    for (coordinate along : coordinates) {
        walk source{along, 0};
        for (int i = 0; i < 2000; ++i) {  // past the multiple of 2^32
            source(tile.data());
            CHECK(seen.insert(tile).second);
        }
        walk{along, 1999}(again.data());
        CHECK(tile == again);
    }
}
