// expect: the fourth argument of edit_between is a grid
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto schedule = fokker::linear_schedule();
#ifndef FOKKER_MENDED
    fokker::edit_between(x, network, network, schedule, fokker::ddim{}, fokker::philox{});
#else
    fokker::edit_between(x, network, network, fokker::trailing(schedule, 5), fokker::ddim{},
                         fokker::philox{});
#endif
}
