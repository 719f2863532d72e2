// expect: returns void or fokker::control
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
#ifndef FOKKER_MENDED
    const auto observer = [](fokker::progress p) { return p.step == 3; };
#else
    const auto observer = [](fokker::progress) {};
#endif
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{}, observer);
}
