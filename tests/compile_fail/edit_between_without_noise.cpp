// expect: edit_between draws noise at each knot
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    fokker::edit_between(x, network, network, walk, fokker::ddim{});
#else
    fokker::edit_between(x, network, network, walk, fokker::ddim{}, fokker::philox{});
#endif
}
