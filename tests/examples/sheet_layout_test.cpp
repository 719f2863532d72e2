#include "../../examples/fashion/sheet_layout.hpp"

#include <Eigen/Core>
#include <string>
#include <vector>

#include "../catch.hpp"

using Eigen::Index;
using fashion::lay_out_sheet;
using fashion::sheet_block;

namespace {

std::vector<sheet_block> blocks_of(Index blocks, Index count) {
    std::vector<sheet_block> result;
    for (Index i = 0; i < blocks; ++i) result.push_back({"name", i * count, count});
    return result;
}

}  // namespace

TEST_CASE("ten classes of ten pictures are the sheet of the documentation") {
    const auto l = lay_out_sheet(blocks_of(10, 10), 10, 0);
    CHECK(l.scale == 3);
    CHECK(l.pages == 1);
    CHECK(l.width() == 895);
    CHECK(l.height() == 895);
}

TEST_CASE("every sheet is one that a screen can show, and has room for all pictures") {
    for (const Index blocks : {1, 2, 10, 60, 500})
        for (const Index count : {1, 9, 10, 100, 1000})
            for (const Index columns : {Index{1}, Index{10}, count})
                for (const Index name_width : {0, 140}) {
                    CAPTURE(blocks, count, columns, name_width);
                    const auto l = lay_out_sheet(blocks_of(blocks, count), columns, name_width);
                    CHECK(l.width() <= fashion::widest);
                    // A thousand pictures below each other are wanted so.
                    if (count * l.pitch() < fashion::highest * l.columns)
                        CHECK(l.height() <= fashion::highest);
                    CHECK(l.pages * l.per_page() >= blocks);
                    CHECK((l.pages - 1) * l.per_page() < blocks);
                    CHECK(l.block_height / l.pitch() * l.columns >= count);
                    CHECK(l.columns * l.pitch() + l.name_width <= l.block_width);
                }
}

TEST_CASE("sixty samplers with a picture of each class lie on one sheet") {
    const auto l = lay_out_sheet(blocks_of(60, 10), 10, 140);
    CHECK(l.pages == 1);
    CHECK(l.name_width >= 140);
}

TEST_CASE("pictures of another size") {
    const auto l = lay_out_sheet(blocks_of(6, 5), 5, 40, 128);
    CHECK(l.scale == 1);  // at 2 they would be higher than the screen
    CHECK(l.pages == 1);
    CHECK(l.pitch() == 128 + l.margin());
    CHECK(l.height() == l.margin() + 6 * l.pitch());
}
