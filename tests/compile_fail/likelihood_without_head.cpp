// expect: divergence_head{} reads the network's second output
#include <fokker/fokker.hpp>

int main() {
    const Eigen::ArrayXf x = Eigen::ArrayXf::Zero(3);
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
#ifndef FOKKER_MENDED
    const auto model = fokker::predicts_noise([](const auto& in, double, auto& out) { out = in; });
#else
    const auto model = fokker::predicts_noise(
        [](const auto& in, double, auto& out, auto& second) { out = second = in; },
        fokker::second_output::residual_squared);
#endif
    fokker::log_likelihood(x, model, walk, fokker::heun{}, fokker::divergence_head{});
}
