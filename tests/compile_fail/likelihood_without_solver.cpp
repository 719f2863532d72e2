// expect: the fourth argument is the solver
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
#ifndef FOKKER_MENDED
    fokker::sample_with_likelihood(x, network, walk, fokker::philox{}, fokker::philox{});
#else
    fokker::sample_with_likelihood(x, network, walk, fokker::heun{}, fokker::philox{});
#endif
}
