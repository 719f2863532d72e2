// expect: the engine is const, and it advances
#include <fokker/fokker.hpp>

#include <random>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    const std::mt19937 engine(3);
    fokker::sample(x, network, walk, fokker::ddpm{}, engine);
#else
    std::mt19937 engine(3);
    fokker::sample(x, network, walk, fokker::ddpm{}, engine);
#endif
}
