// expect: the product of divergence_by takes its output by value
#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    const auto product = [](const Eigen::ArrayXf&, double, const Eigen::ArrayXf& v,
                            Eigen::ArrayXf out) { out = v; };
#else
    const auto product = [](const Eigen::ArrayXf&, double, const Eigen::ArrayXf& v,
                            Eigen::ArrayXf& out) { out = v; };
#endif
    const auto f = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; };
    const Eigen::ArrayXf x = Eigen::ArrayXf::Ones(3);
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
    fokker::log_likelihood(x, f, walk, fokker::heun{}, fokker::divergence_by(product));
}
