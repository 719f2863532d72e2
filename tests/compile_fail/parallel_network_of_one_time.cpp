// expect: write it as f(x, times, out)
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXXf x(3, 2);
#ifndef FOKKER_MENDED
    const auto network = [](const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& out) { out = in; };
#else
    const auto network = [](const Eigen::ArrayXXf& in, std::span<const double>,
                            Eigen::ArrayXXf& out) { out = in; };
#endif
    fokker::sample_in_parallel(x, network, fokker::trailing(fokker::linear_schedule(), 5),
                               fokker::ddim{}, fokker::philox{.seed = 1});
}
