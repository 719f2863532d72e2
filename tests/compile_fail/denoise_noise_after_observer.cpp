// expect: the noise source comes right after the solver
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    fokker::denoise(x, network, walk, fokker::ddpm{}, fokker::check_finite{}, fokker::philox{});
#else
    fokker::denoise(x, network, walk, fokker::ddpm{}, fokker::philox{}, fokker::check_finite{});
#endif
}
