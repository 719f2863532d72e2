// Walks with and without noise, of every element type, of small and large samples.
#include <fokker/fokker.hpp>

namespace {

template <class Array>
void walk_with(Array x) {
    const auto network = [](const auto& in, double, auto& out) { out = in; };
    const auto grid = fokker::trailing(fokker::linear_schedule(), 5);
    fokker::sample(x, network, grid, fokker::ddpm{}, fokker::philox{});
    fokker::sample(x, fokker::predicts_data(network).clipped(-1, 1), grid,
                   fokker::dpm_solver_pp_2m{}, fokker::brownian{});
}

}  // namespace

int main() {
    walk_with(Eigen::ArrayXXf(4, 2));
    walk_with(Eigen::ArrayXXd(700, 2));
    walk_with(Eigen::Array<float, 16, 7>());
    walk_with(Eigen::Array<Eigen::half, Eigen::Dynamic, Eigen::Dynamic>(5, 2));
    walk_with(Eigen::Array<Eigen::bfloat16, Eigen::Dynamic, Eigen::Dynamic>(5, 2));
}
