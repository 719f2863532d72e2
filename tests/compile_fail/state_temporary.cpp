// expect: the state is a temporary, so its samples would be lost
#include <fokker/fokker.hpp>

int main() {
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    fokker::denoise(Eigen::ArrayXf(3), network, walk, fokker::ddim{});
#else
    Eigen::ArrayXf x(3);
    fokker::denoise(x, network, walk, fokker::ddim{});
#endif
}
