// expect: the network takes the time as an integer
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
#ifndef FOKKER_MENDED
    const auto network = [](const Eigen::ArrayXf& in, int, Eigen::ArrayXf& out) { out = in; };
#else
    const auto network = [](const Eigen::ArrayXf& in, float, Eigen::ArrayXf& out) { out = in; };
#endif
    fokker::denoise(x, fokker::guided(network, network, 2.0),
                    fokker::karras(fokker::linear_schedule(), 5), fokker::ddim{});
}
