// expect: the noise source is const, and it advances
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    const fokker::torch_cpu source(3);
    fokker::forward(x, walk[0], source, x);
#else
    fokker::torch_cpu source(3);
    fokker::forward(x, walk[0], source, x);
#endif
}
