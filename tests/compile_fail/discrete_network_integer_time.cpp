// expect: the network takes the time as an integer
#include <fokker/discrete.hpp>
#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    const auto f = [](const Eigen::ArrayXXi&, int, Eigen::ArrayXXf& out) { out.setZero(); };
#else
    const auto f = [](const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) { out.setZero(); };
#endif
    Eigen::ArrayXXi x(3, 2);
    using namespace fokker::discrete;
    fokker::discrete::sample(x, predicts_classes(f, 4), absorbing(4),
                             fokker::linspace(fokker::flow_path{}, 5), ancestral{},
                             fokker::philox{.seed = 1});
}
