// expect: the third argument is a path; lay a grid over it
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto schedule = fokker::linear_schedule();
#ifndef FOKKER_MENDED
    fokker::run run(x, network, schedule, fokker::ddim{}, fokker::philox{});
#else
    fokker::run run(x, network, fokker::trailing(schedule, 5), fokker::ddim{}, fokker::philox{});
#endif
}
