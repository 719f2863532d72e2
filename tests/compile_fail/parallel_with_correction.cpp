// expect: leave the correction out, or use fokker::sample
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXXf x(3, 2);
    const auto network = [](const Eigen::ArrayXXf& in, std::span<const double>,
                            Eigen::ArrayXXf& out) { out = in; };
    const auto doubles = [](const Eigen::ArrayXXf&, const fokker::knot&, Eigen::ArrayXXf& D) {
        D *= 2;
    };
    (void)doubles;
#ifndef FOKKER_MENDED
    const auto model = fokker::predicts_noise(network).with_correction(doubles);
#else
    const auto model = fokker::predicts_noise(network);
#endif
    fokker::sample_in_parallel(x, model, fokker::trailing(fokker::linear_schedule(), 5),
                               fokker::ddim{}, fokker::philox{.seed = 1});
}
