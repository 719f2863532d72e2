// expect: takes its output by value
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
#ifndef FOKKER_MENDED
    const auto network = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf out) { out = in; };
#else
    const auto network = [](const Eigen::ArrayXf& in, double, Eigen::Ref<Eigen::ArrayXf> out) {
        out = in;
    };
#endif
    fokker::denoise(x, network, fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{});
}
