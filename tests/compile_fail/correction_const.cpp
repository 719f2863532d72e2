// expect: a correction with scratch arrays or memory must not be const
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const Eigen::ArrayXf y = Eigen::ArrayXf::Zero(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto same = [](const Eigen::ArrayXf& in, Eigen::ArrayXf& out) { out = in; };
#ifndef FOKKER_MENDED
    const auto model =
#else
    auto model =
#endif
        fokker::predicts_noise(network).with_correction(fokker::ddnm(same, same, y));
    fokker::sample(x, model, fokker::karras(fokker::edm_path{}, 5), fokker::ddim{},
                   fokker::philox{});
}
