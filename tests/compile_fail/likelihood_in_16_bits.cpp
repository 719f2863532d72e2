// expect: for which 16 bits are too few
#include <fokker/fokker.hpp>

int main() {
    using half = Eigen::Array<Eigen::half, Eigen::Dynamic, 1>;
    const half x = half::Zero(3);
    const auto network = [](const half& in, double) { return in; };
    const auto product = [](const half&, double, const half& v) { return v; };
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
#ifndef FOKKER_MENDED
    fokker::log_likelihood(x, network, walk, fokker::heun{});
#else
    fokker::log_likelihood(x, network, walk, fokker::heun{}, fokker::divergence_by(product));
#endif
}
