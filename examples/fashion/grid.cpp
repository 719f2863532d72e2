#include "grid.hpp"

namespace fashion {

namespace {

// Calls act(fine column, coarse column, which of the four) for every pixel of a grid whose side is
// fine_side.
template <typename Action>
void each_fold(Index fine_side, Action act) {
    const Index coarse_pitch = fine_side / 2 + 1;
    for (Index y = 0; y < fine_side; ++y)
        for (Index x = 0; x < fine_side; ++x)
            act(y * (fine_side + 1) + x, y / 2 * coarse_pitch + x / 2, y % 2 * 2 + x % 2);
}

}  // namespace

padded::padded(Index channels, Index side_) : side{side_} {
    values.setZero(channels, 1 + side * (side + 1));
}

void fold(const constant_matrix& fine, Index fine_side, matrix coarse) {
    const Index channels = fine.rows();
    each_fold(fine_side, [&](Index from, Index to, Index which) {
        coarse.col(to).segment(which * channels, channels) = fine.col(from);
    });
}

void unfold(const constant_matrix& coarse, Index fine_side, matrix fine) {
    const Index channels = fine.rows();
    each_fold(fine_side, [&](Index to, Index from, Index which) {
        fine.col(to) = coarse.col(from).segment(which * channels, channels);
    });
}

}  // namespace fashion
