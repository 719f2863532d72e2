// expect: the network must be callable as f(x, t, out) or out = f(x, t)
#include <fokker/fokker.hpp>

int main() {
    const Eigen::ArrayXf x = Eigen::ArrayXf::Zero(3);
#ifndef FOKKER_MENDED
    const auto network = [](const Eigen::ArrayXf& in) -> Eigen::ArrayXf { return in; };
#else
    const auto network = [](const Eigen::ArrayXf& in, double) -> Eigen::ArrayXf { return in; };
#endif
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
    fokker::log_likelihood(x, network, walk, fokker::heun{});
}
