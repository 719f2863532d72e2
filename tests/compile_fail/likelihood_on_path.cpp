// expect: the third argument is a path
#include <fokker/fokker.hpp>

int main() {
    const Eigen::ArrayXf x = Eigen::ArrayXf::Zero(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto schedule = fokker::linear_schedule();
#ifndef FOKKER_MENDED
    fokker::log_likelihood(x, network, schedule, fokker::heun{});
#else
    fokker::log_likelihood(x, network,
                           fokker::trailing(schedule, 5, {.end = fokker::grid_end::least_noise}),
                           fokker::heun{});
#endif
}
