// expect: what it returns would be ignored
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) {
        out = in;
#ifndef FOKKER_MENDED
        return true;
#endif
    };
    fokker::denoise(x, network, fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{});
}
