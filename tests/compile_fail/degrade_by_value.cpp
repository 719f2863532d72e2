// expect: degrade takes its output by value
#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    const auto degrade = [](const Eigen::ArrayXf& x0, const fokker::knot&,
                            const fokker::step_numbers&, Eigen::ArrayXf out) { out = x0; };
#else
    const auto degrade = [](const Eigen::ArrayXf& x0, const fokker::knot&,
                            const fokker::step_numbers&, Eigen::ArrayXf& out) { out = x0; };
#endif
    const auto f = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; };
    Eigen::ArrayXf x = Eigen::ArrayXf::Ones(3);
    fokker::restore(x, f, fokker::linspace(fokker::flow_path{}, 5), fokker::renoised{degrade},
                    fokker::philox{.seed = 1});
}
