// expect: an observer takes the run (const auto&) or a fokker::progress
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
#ifndef FOKKER_MENDED
    const int observer = 3;
#else
    const auto observer = [](const auto&) {};
#endif
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{}, observer);
}
