// expect: the third argument is a grid, such as
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
#ifndef FOKKER_MENDED
    fokker::run run(x, network, 50, fokker::ddim{});
#else
    fokker::run run(x, network, fokker::trailing(fokker::linear_schedule(), 50), fokker::ddim{});
#endif
}
