// expect: without bounds, classifier, correction and known region
#include <fokker/fokker.hpp>

int main() {
    Eigen::ArrayXf x(3), known(3), mask(3);
    const auto network = [](const auto& in, double) { return in; };
    const auto model = fokker::predicts_noise(network);
    const auto walk = fokker::karras(fokker::edm_path{}, 5, {.end = fokker::grid_end::least_noise});
#ifndef FOKKER_MENDED
    fokker::sample_with_likelihood(x, model.with_known_region(known, mask), walk, fokker::heun{},
                                   fokker::philox{});
#else
    fokker::sample_with_likelihood(x, model, walk, fokker::heun{}, fokker::philox{});
#endif
}
