// expect: the network takes its output by value
#include <fokker/fokker.hpp>

int main() {
    const Eigen::ArrayXf x = Eigen::ArrayXf::Ones(3);
#ifndef FOKKER_MENDED
    const auto network = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf out) { out = in; };
#else
    const auto network = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; };
#endif
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
    fokker::log_likelihood(x, network, walk, fokker::heun{});
}
