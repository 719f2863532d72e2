// expect: the network takes its output by value
#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    const auto f = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf out) { out = in; };
#else
    const auto f = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; };
#endif
    const auto degrade = [](const Eigen::ArrayXf& x0, const fokker::knot&,
                            const fokker::step_numbers&, Eigen::ArrayXf& out) { out = x0; };
    Eigen::ArrayXf x = Eigen::ArrayXf::Ones(3);
    fokker::restore(x, f, fokker::linspace(fokker::flow_path{}, 5), fokker::renoised{degrade},
                    fokker::philox{.seed = 1});
}
