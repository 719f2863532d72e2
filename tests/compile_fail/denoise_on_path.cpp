// expect: the third argument is a path
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    fokker::denoise(x, network, fokker::linear_schedule(), fokker::ddim{});
#else
    fokker::denoise(x, network, walk, fokker::ddim{});
#endif
}
