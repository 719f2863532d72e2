// expect: what it returns would be ignored, so let it return void
#include <fokker/fokker.hpp>

int main() {
    const auto map = [](const Eigen::ArrayXf& x, double, double, Eigen::ArrayXf& out) {
        out = x;
#ifndef FOKKER_MENDED
        return 0;
#endif
    };
    Eigen::ArrayXf x(3);
    fokker::denoise(x, fokker::predicts_flow(fokker::flow_map(map)), fokker::flow(4),
                    fokker::ddim{});
}
