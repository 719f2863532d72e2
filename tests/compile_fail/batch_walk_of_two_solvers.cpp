// expect: the third argument of make_walk is a noise source
#include <fokker/fokker.hpp>

int main() {
    const auto network = [](const Eigen::ArrayXXf& in, std::span<const double>,
                            Eigen::ArrayXXf& out) { out = in; };
    fokker::continuous_batch batch(Eigen::ArrayXXf(3, 1), network, {.slots = 2});
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    batch.join(batch.make_walk(walk, fokker::ddpm{}, fokker::ddim{}, {.samples = 2}));
#else
    batch.join(batch.make_walk(walk, fokker::ddpm{}, fokker::philox{.seed = 1}, {.samples = 2}));
#endif
}
