// expect: the flow map takes its first label as an integer
#include <fokker/fokker.hpp>

int main() {
#ifdef FOKKER_MENDED
    using label = double;
#else
    using label = int;
#endif
    const auto map = [](const Eigen::ArrayXf& x, label, double, Eigen::ArrayXf& out) { out = x; };
    Eigen::ArrayXf x(3);
    fokker::denoise(x, fokker::predicts_flow(fokker::flow_map(map)), fokker::flow(4),
                    fokker::ddim{});
}
