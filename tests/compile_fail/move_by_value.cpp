// expect: move takes its output by value
#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    const auto move = [](const Eigen::ArrayXf& x, const Eigen::ArrayXf&, const fokker::knot&,
                         const fokker::knot&, const fokker::step_numbers&,
                         Eigen::ArrayXf out) { out = x; };
#else
    const auto move = [](const Eigen::ArrayXf& x, const Eigen::ArrayXf&, const fokker::knot&,
                         const fokker::knot&, const fokker::step_numbers&,
                         Eigen::ArrayXf& out) { out = x; };
#endif
    const auto f = [](const Eigen::ArrayXf& in, double, Eigen::ArrayXf& out) { out = in; };
    Eigen::ArrayXf x = Eigen::ArrayXf::Ones(3);
    fokker::restore(x, f, fokker::linspace(fokker::flow_path{}, 5), fokker::moved_by{move},
                    fokker::philox{.seed = 1});
}
