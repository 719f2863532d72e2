// expect: the state must be a contiguous array of float, double, Eigen::half
#include <vector>

#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    std::vector<int> x(3);
#else
    std::vector<float> x(3);
#endif
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{});
}
