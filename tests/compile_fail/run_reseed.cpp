// expect: this noise source does not take these seeds
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    fokker::run run(x, network, walk, fokker::ddpm{},
                    fokker::prior_and_steps(fokker::philox{}, fokker::torch_cpu(3)));
    run.reseed(4);
#else
    fokker::run run(x, network, walk, fokker::ddpm{},
                    fokker::prior_and_steps(fokker::philox{}, fokker::torch_cpu(3)));
    run.reseed(4, 5);
#endif
}
