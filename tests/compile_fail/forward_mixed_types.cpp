// expect: arrays that go together have elements of one type
#include <fokker/fokker.hpp>

int main() {
    const Eigen::ArrayXf x0 = Eigen::ArrayXf::Zero(3);
#ifndef FOKKER_MENDED
    Eigen::ArrayXd xt(3);
#else
    Eigen::ArrayXf xt(3);
#endif
    fokker::forward(x0, fokker::vp_path{}.at(0.5), fokker::philox{}, xt);
}
