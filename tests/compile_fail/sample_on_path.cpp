// expect: the third argument is a path
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto schedule = fokker::linear_schedule();
#ifndef FOKKER_MENDED
    fokker::sample(x, network, schedule, fokker::ddim{}, fokker::philox{});
#else
    fokker::sample(x, network, fokker::trailing(schedule, 5), fokker::ddim{}, fokker::philox{});
#endif
}
