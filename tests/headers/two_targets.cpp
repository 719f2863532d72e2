// One function that samples, compiled for two instruction sets, under the name WALK.
#include <fokker/fokker.hpp>

float WALK(bool wrong);

float WALK(bool wrong) {
    const auto network = [&](const Eigen::ArrayXXf& x, double, Eigen::ArrayXXf& out) {
        if (wrong)
            out.resize(1, 1);
        else
            out = 0.5f * x;
    };
    Eigen::ArrayXXf x(33, 3);
    fokker::sample(x, network, fokker::trailing(fokker::linear_schedule(), 10), fokker::ddpm{},
                   fokker::philox{.seed = 7});
    return x.matrix().norm();
}
