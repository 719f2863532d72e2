// expect: pass an array that is not const
#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    const
#endif
        Eigen::ArrayXf x = Eigen::ArrayXf::Ones(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
    fokker::sample_with_likelihood(x, network, walk, fokker::heun{}, fokker::philox{});
}
