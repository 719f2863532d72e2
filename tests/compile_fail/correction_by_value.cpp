// expect: the correction takes the data prediction by value
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
#ifndef FOKKER_MENDED
    using prediction = Eigen::ArrayXf;
#else
    using prediction = Eigen::ArrayXf&;
#endif
    const auto doubles = [](const Eigen::ArrayXf&, const fokker::knot&, prediction D) { D *= 2; };
    fokker::sample(x, fokker::predicts_noise(network).with_correction(doubles),
                   fokker::karras(fokker::edm_path{}, 5), fokker::ddim{}, fokker::philox{});
}
