// expect: the gradient of guided_by must be callable like a network
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto same = [](const auto& in, double, auto& out) { out = in; };
#ifndef FOKKER_MENDED
    const auto gradient = [](const Eigen::ArrayXf& in) -> Eigen::ArrayXf { return in; };
#else
    const auto gradient = [](const Eigen::ArrayXf& in, double) -> Eigen::ArrayXf { return in; };
#endif
    fokker::denoise(x, fokker::predicts_noise(same).guided_by(gradient),
                    fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{});
}
