// Where each picture of a sheet lies.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace fashion {

// Some pictures, one after the other in a matrix, and the name beside them.
struct sheet_block {
    std::string name;
    Eigen::Index first, count;
};

// About what a screen shows.
inline constexpr Eigen::Index widest = 2560, highest = 1440;

struct sheet_layout {
    Eigen::Index side;     // of a picture, in its own pixels
    Eigen::Index scale;    // pixels of the sheet for one of a picture
    Eigen::Index columns;  // of pictures in a block
    Eigen::Index name_width;
    Eigen::Index across, down;  // blocks side by side, and below each other
    Eigen::Index pages;
    Eigen::Index block_width, block_height;  // in pixels

    // Around each picture.
    Eigen::Index margin() const { return scale + 2; }
    Eigen::Index pitch() const { return side * scale + margin(); }
    // Pixels of the sheet for one of a letter.
    Eigen::Index letter_scale() const { return scale > 2 ? 2 : 1; }
    Eigen::Index per_page() const { return across * down; }
    Eigen::Index width() const { return margin() + across * block_width; }
    Eigen::Index height() const { return margin() + down * block_height; }
};

// The largest scale, of 3 at most, at which all blocks lie on one sheet of that size; at scale 1 as
// many sheets as it takes. `name_width` is that of the longest name at letter scale 1, or 0. A row
// of a block holds `columns` pictures, or fewer where the sheet is too narrow. A picture has `side`
// x `side` pixels.
sheet_layout lay_out_sheet(const std::vector<sheet_block>& blocks, Eigen::Index columns,
                           Eigen::Index name_width, Eigen::Index side = 28);

}  // namespace fashion
