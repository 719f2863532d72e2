// expect: the network's second output is not of the type of the first
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
#ifndef FOKKER_MENDED
    using second_array = Eigen::ArrayXd;
#else
    using second_array = Eigen::ArrayXf;
#endif
    const auto network = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out,
                            second_array& second) {
        out = in;
        second.setZero();
    };
    fokker::denoise(x, network, fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{});
}
