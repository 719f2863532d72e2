// expect: the data must be a contiguous array of float, double, Eigen::half
#include <vector>

#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    const std::vector<int> x(3);
#else
    const std::vector<float> x(3);
#endif
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
    fokker::log_likelihood(x, network, walk, fokker::heun{});
}
