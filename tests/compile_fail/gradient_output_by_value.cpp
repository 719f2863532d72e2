// expect: the gradient of guided_by takes its output by value
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; };
#ifndef FOKKER_MENDED
    const auto other = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf out) { out = in; };
#else
    const auto other = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; };
#endif
    fokker::denoise(x, fokker::predicts_noise(network).guided_by(other),
                    fokker::karras(fokker::linear_schedule(), 5), fokker::ddim{});
}
