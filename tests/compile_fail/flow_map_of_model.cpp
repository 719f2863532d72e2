// expect: flow_map takes a network, and what it predicts is said around it
#include <fokker/fokker.hpp>

int main() {
    const auto map = [](const Eigen::ArrayXf& x, double, double, Eigen::ArrayXf& out) { out = x; };
    Eigen::ArrayXf x(3);
#ifdef FOKKER_MENDED
    fokker::denoise(x, fokker::predicts_flow(fokker::flow_map(map)), fokker::flow(4),
                    fokker::ddim{});
#else
    fokker::denoise(x, fokker::flow_map(fokker::predicts_flow(map)), fokker::flow(4),
                    fokker::ddim{});
#endif
}
