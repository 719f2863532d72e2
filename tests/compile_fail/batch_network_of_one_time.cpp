// expect: write it as f(x, times, out)
#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    const auto network = [](const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& out) { out = in; };
#else
    const auto network = [](const Eigen::ArrayXXf& in, std::span<const double>,
                            Eigen::ArrayXXf& out) { out = in; };
#endif
    fokker::continuous_batch batch(Eigen::ArrayXXf(3, 1), network, {.slots = 2});
    batch.join(batch.make_walk(fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{},
                               fokker::philox{.seed = 1}));
}
