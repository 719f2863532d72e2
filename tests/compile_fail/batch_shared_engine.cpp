// expect: walks of a batch would draw from this engine or noise source in turns
#include <fokker/fokker.hpp>

#include <random>

int main() {
    const auto network = [](const Eigen::ArrayXXf& in, std::span<const double>,
                            Eigen::ArrayXXf& out) { out = in; };
    fokker::continuous_batch batch(Eigen::ArrayXXf(3, 1), network, {.slots = 2});
    std::mt19937_64 engine(1);
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    batch.join(batch.make_walk(walk, fokker::ddpm{}, engine));
#else
    batch.join(batch.make_walk(walk, fokker::ddpm{}, std::move(engine)));
#endif
}
