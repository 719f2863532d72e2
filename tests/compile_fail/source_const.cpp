// expect: the noise source is const, and it advances
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    const fokker::torch_cpu source(3);
    fokker::sample(x, network, walk, fokker::ddpm{}, source);
#else
    fokker::torch_cpu source(3);
    fokker::sample(x, network, walk, fokker::ddpm{}, source);
#endif
}
