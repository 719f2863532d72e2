// expect: the third argument is a grid
#include <fokker/fokker.hpp>

int main() {
    const Eigen::ArrayXf x = Eigen::ArrayXf::Zero(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
#ifndef FOKKER_MENDED
    fokker::log_likelihood(x, network, 5, fokker::heun{});
#else
    fokker::log_likelihood(x, network, walk, fokker::heun{});
#endif
}
