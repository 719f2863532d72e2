// expect: a likelihood is that of a network's own flow
#include <fokker/fokker.hpp>

int main() {
    const Eigen::ArrayXf x = Eigen::ArrayXf::Zero(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto model = fokker::predicts_noise(network);
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
#ifndef FOKKER_MENDED
    fokker::log_likelihood(x, model.clipped(-1, 1), walk, fokker::heun{});
#else
    fokker::log_likelihood(x, model, walk, fokker::heun{});
#endif
}
