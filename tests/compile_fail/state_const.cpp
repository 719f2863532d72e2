// expect: pass an array that is not const
#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    const
#endif
        Eigen::ArrayXf x = Eigen::ArrayXf::Ones(3);
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{});
}
