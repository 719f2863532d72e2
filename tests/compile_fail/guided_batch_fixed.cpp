// expect: an array that can hold the batch twice
#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    Eigen::Array<float, 3, 2> x;
#else
    Eigen::Array<float, 3, Eigen::Dynamic> x(3, 2);
#endif
    const auto same = [](const auto& in, double, auto& out) { out = in; };
    fokker::denoise(x,
                    fokker::predicts_noise(fokker::guided_batch(
                        same, {.scale = 2}, fokker::batch_order::conditional_first)),
                    fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{});
}
