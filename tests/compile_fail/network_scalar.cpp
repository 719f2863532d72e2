// expect: the network must be callable as f(x, t, out) or out = f(x, t)
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
#ifndef FOKKER_MENDED
    using array = Eigen::ArrayXd;
#else
    using array = Eigen::ArrayXf;
#endif
    const auto network = [](const array& in, double, array& out) { out = in; };
    fokker::denoise(x, fokker::predicts_data(network),
                    fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{});
}
