// expect: the network is a flow map, which goes from a knot to another in one call
#include <fokker/fokker.hpp>

int main() {
    const auto map = [](const Eigen::ArrayXf& x, double from, double to, Eigen::ArrayXf& out) {
        out = static_cast<float>(from - to) * x;
    };
    Eigen::ArrayXf x(3);
#ifdef FOKKER_MENDED
    fokker::ddim solver;
#else
    fokker::dpm_solver_pp_2m solver;
#endif
    fokker::denoise(x, fokker::predicts_flow(fokker::flow_map(map)), fokker::flow(4), solver);
}
