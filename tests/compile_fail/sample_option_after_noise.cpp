// expect: a solver's options are its members
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto walk = fokker::trailing(fokker::linear_schedule(), 5);
#ifndef FOKKER_MENDED
    fokker::sample(x, network, walk, fokker::unipc<2>{}, fokker::philox{},
                   fokker::unipc_variant::bh1);
#else
    fokker::sample(x, network, walk, fokker::unipc<2>{.variant = fokker::unipc_variant::bh1},
                   fokker::philox{});
#endif
}
