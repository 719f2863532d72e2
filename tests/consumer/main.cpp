// What a project that uses the library would write first.
#include <fokker/fokker.hpp>

#include <cstdio>

int main() {
    Eigen::ArrayXXf x(2, 4);
    const auto network = [](const auto& state, double) { return Eigen::ArrayXXf(0.5f * state); };
    fokker::sample(x, network, fokker::trailing(fokker::linear_schedule(), 10),
                   fokker::ddim{.eta = 0.0}, fokker::philox{.seed = 7});
    if (!x.isFinite().all()) return 1;
    std::puts(fokker::version);
}
