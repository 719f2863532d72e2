// expect: this is no noise source
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    fokker::run run(x, network, walk, fokker::ddim{}, fokker::check_finite{});
#else
    fokker::run run(x, network, walk, fokker::ddim{}, fokker::philox{}, fokker::check_finite{});
#endif
}
