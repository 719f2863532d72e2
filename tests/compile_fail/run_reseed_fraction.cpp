// expect: a seed is a whole number
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
    fokker::run run(x, network, walk, fokker::ddpm{}, fokker::philox{});
#ifndef FOKKER_MENDED
    run.reseed(0.5);
#else
    run.reseed(5);
#endif
}
