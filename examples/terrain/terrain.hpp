// Terrains from the network of the package adaptive-terrain-diffusion: all that it takes to have
// them from Fokker and an inference engine.
#pragma once

#include <algorithm>
#include <cmath>
#include <fokker/fokker.hpp>
#include <functional>
#include <vector>

namespace terrain {

using Eigen::ArrayXXf;

inline constexpr Eigen::Index side = 128;  // a terrain is a column of side * side heights in metres

// The network sees heights between -1 and 1, small ones enlarged.
inline constexpr double highest = 22.16864013671875, small = 0.1;
inline const double largest = std::asinh(highest / small);

inline ArrayXXf seen_by_network(const ArrayXXf& heights) {
    const ArrayXXf above = heights.rowwise() - heights.colwise().minCoeff();
    return above.cwiseMin(float(highest)).unaryExpr([](float height) {
        return float(2.0 * std::asinh(height / small) / largest - 1.0);
    });
}

inline ArrayXXf heights_of(const ArrayXXf& x) {
    const ArrayXXf heights = x.unaryExpr([](float value) {
        const double unit = std::clamp(0.5 * (value + 1.0), 0.0, 1.0);
        return float(std::min(small * std::sinh(unit * largest), highest));
    });
    return heights.rowwise() - heights.colwise().minCoeff();
}

// New terrains, or changed ones: `heights` are those to change, and what comes out. The
// difficulties are those of the terrains, 0 to 1; sigma is the noise that a walk begins with, 80
// for new ones.
template <class Network, class Noise>
void make(ArrayXXf& heights, bool is_new, Network& network, const std::vector<float>& difficulties,
          double sigma, Noise&& noise) {
    network.set("difficulty", difficulties);
    const auto model = fokker::predicts_data(std::ref(network));
    const auto walk = fokker::karras(fokker::edm_path{}, 1, {.sigma_max = sigma});  // one step
    ArrayXXf x = seen_by_network(heights);
    if (is_new)
        fokker::sample(x, model, walk, fokker::consistency_sampler{}, noise);
    else
        fokker::edit(x, model, walk, fokker::consistency_sampler{}, noise);
    heights = heights_of(x);
}

}  // namespace terrain
