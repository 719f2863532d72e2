// expect: an edit takes the difference of what two models predict
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
    const auto source = fokker::predicts_data(network);
#ifndef FOKKER_MENDED
    const auto target = fokker::predicts_data(network).clipped(-1, 1);
#else
    const auto target = fokker::predicts_data(network);
#endif
    fokker::edit_between(x, source, target, walk, fokker::ddim{}, fokker::philox{});
}
