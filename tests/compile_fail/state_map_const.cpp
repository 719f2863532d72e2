// expect: pass an array that is not const
#include <fokker/fokker.hpp>

int main() {
    float memory[3] = {};
#ifndef FOKKER_MENDED
    Eigen::Map<const Eigen::ArrayXf> x(memory, 3);
#else
    Eigen::Map<Eigen::ArrayXf> x(memory, 3);
#endif
    fokker::denoise(
        x, [](const auto& in, double) -> Eigen::ArrayXf { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{});
}
