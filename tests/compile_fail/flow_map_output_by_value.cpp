// expect: the flow map takes its output by value
#include <fokker/fokker.hpp>

int main() {
#ifdef FOKKER_MENDED
    using output = Eigen::ArrayXf&;
#else
    using output = Eigen::ArrayXf;
#endif
    const auto map = [](const Eigen::ArrayXf& x, double, double, output out) { out = x; };
    Eigen::ArrayXf x(3);
    fokker::denoise(x, fokker::predicts_flow(fokker::flow_map(map)), fokker::flow(4),
                    fokker::ddim{});
}
