// expect: must not be const
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto same = [](const auto& in, double) { return in; };
#ifndef FOKKER_MENDED
    const
#endif
        auto model = fokker::predicts_noise(fokker::guided(same, same, 2.0));
    fokker::denoise(x, model, fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{});
}
