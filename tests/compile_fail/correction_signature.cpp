// expect: the correction must be callable as f(x, knot, D) or f(x, knot, D, network)
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
#ifndef FOKKER_MENDED
    const auto doubles = [](Eigen::ArrayXf& D) { D *= 2; };
#else
    const auto doubles = [](const Eigen::ArrayXf&, const fokker::knot&, Eigen::ArrayXf& D) {
        D *= 2;
    };
#endif
    fokker::sample(x, fokker::predicts_noise(network).with_correction(doubles),
                   fokker::karras(fokker::edm_path{}, 5), fokker::ddim{}, fokker::philox{});
}
