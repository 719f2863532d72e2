// expect: its inner stride is not 1
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXXf x(3, 4);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    Eigen::Map<Eigen::ArrayXf, 0, Eigen::InnerStride<2>> part(x.data(), 6);
#else
    Eigen::Map<Eigen::ArrayXf> part(x.data(), 6);
#endif
    fokker::denoise(part, network, walk, fokker::ddim{});
}
