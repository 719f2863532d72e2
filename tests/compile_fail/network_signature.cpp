// expect: the network must be callable as f(x, t, out) or out = f(x, t)
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
#ifndef FOKKER_MENDED
    const auto network = [](const Eigen::ArrayXf& in) -> Eigen::ArrayXf { return in; };
#else
    const auto network = [](const Eigen::ArrayXf& in, double) -> Eigen::ArrayXf { return in; };
#endif
    fokker::sample(x, network, fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{},
                   fokker::philox{});
}
