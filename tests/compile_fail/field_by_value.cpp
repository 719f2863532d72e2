// expect: takes v_x by value
#include <fokker/fokker.hpp>

#include <span>

int main() {
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Zero(4, 2);
#ifndef FOKKER_MENDED
    const auto field = [](const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf v_x,
                          std::span<double> v_z) {
#else
    const auto field = [](const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& v_x,
                          std::span<double> v_z) {
#endif
        v_x = in;
        for (double& each : v_z) each = -1.0;
    };
    fokker::denoise(x, fokker::predicts_field(field), fokker::karras(fokker::edm_path{}, 3),
                    fokker::ddim{});
}
