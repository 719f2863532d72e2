#include "sheet_layout.hpp"

#include <algorithm>

namespace fashion {

namespace {

using Eigen::Index;

Index parts(Index count, Index size) { return (count + size - 1) / size; }

sheet_layout at_scale(Index scale, const std::vector<sheet_block>& blocks, Index columns,
                      Index name_width, Index side) {
    sheet_layout l{};
    l.side = side;
    l.scale = scale;
    l.name_width = name_width > 0 ? name_width * l.letter_scale() + 2 * l.margin() : 0;
    const Index fit = std::max<Index>(1, (widest - l.margin() - l.name_width) / l.pitch());
    Index most = 1;
    for (const sheet_block& each : blocks) most = std::max(most, each.count);
    l.columns = std::min(columns, fit);
    l.block_width = l.name_width + l.columns * l.pitch();
    l.block_height = parts(most, l.columns) * l.pitch();
    const auto count = static_cast<Index>(blocks.size());
    const Index down = std::max<Index>(1, (highest - l.margin()) / l.block_height);
    l.across = std::max<Index>(1, (widest - l.margin()) / l.block_width);
    l.across = std::clamp<Index>(parts(count, down), 1, l.across);
    l.pages = parts(count, l.across * down);
    l.down = parts(parts(count, l.pages), l.across);  // all sheets of one size
    return l;
}

}  // namespace

sheet_layout lay_out_sheet(const std::vector<sheet_block>& blocks, Index columns, Index name_width,
                           Index side) {
    for (Index scale = 3; scale > 1; --scale) {
        const sheet_layout l = at_scale(scale, blocks, columns, name_width, side);
        if (l.pages == 1 && l.height() <= highest) return l;
    }
    return at_scale(1, blocks, columns, name_width, side);
}

}  // namespace fashion
