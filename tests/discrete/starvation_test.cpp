// How often a mask opens, where draws by Gumbel noise of 24 bits have the jump as one class more,
// and here.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/run.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"

using namespace fokker;
using namespace fokker::discrete;

namespace {

constexpr int vocabulary = 50257;

/// Zipf's law.
std::vector<double> frequencies() {
    std::vector<double> p(vocabulary);
    double sum = 0.0;
    for (int k = 0; k < vocabulary; ++k) sum += p[static_cast<std::size_t>(k)] = 1.0 / (k + 1);
    for (double& each : p) each /= sum;
    return p;
}

/// Of the masks that should open in the first of n even steps, the share that does if the largest
/// of weight / -ln u wins, with u of 24 bits: class k has the weight p_k / n, the mask 1 - 1 / n.
double share_that_opens(int n) {
    static const std::vector<double> p = frequencies();
    constexpr double values = 0x1p24;
    constexpr int points = 400;
    double closed = 0.0;
    for (int i = 0; i < points; ++i) {
        // The mask has u; class k loses if its own is no more than u to the power of r.
        const double log_u = std::log((i + 0.5) / points);
        double log_all = 0.0;
        for (const double each : p) {
            const double r = each / (n - 1.0),
                         at_most = std::floor(values * std::exp(r * log_u)) + 1.0;
            log_all += std::log(std::min(1.0, at_most / values));
        }
        closed += std::exp(log_all) / points;
    }
    return n * (1.0 - closed);
}

}  // namespace

TEST_CASE("Gumbel noise of 24 bits with the jump folded in starves rare classes") {
    CHECK(std::abs(share_that_opens(64) - 0.92) < 0.005);
    CHECK(std::abs(share_that_opens(256) - 0.81) < 0.005);
    CHECK(std::abs(share_that_opens(1024) - 0.69) < 0.005);
}

TEST_CASE("a run opens the masks that it should, over the same law") {
    constexpr int positions = 128, walks = 4000, steps = 256;
    Eigen::ArrayXXf logits(vocabulary, positions);
    const std::vector<double> p = frequencies();
    for (int k = 0; k < vocabulary; ++k)
        logits.row(k).setConstant(static_cast<float>(std::log(p[static_cast<std::size_t>(k)])));
    const auto network = [&](const Eigen::ArrayXi&, double) -> const Eigen::ArrayXXf& {
        return logits;
    };
    const grid walk = flow(steps);
    const grid first({walk[0], walk[1]});
    const auto model = predicts_classes(network, vocabulary);
    std::int64_t opened = 0, rare = 0;
    for (int i = 0; i < walks; ++i) {
        Eigen::ArrayXi x = Eigen::ArrayXi::Constant(positions, vocabulary);
        denoise(x, model, absorbing{.mask = vocabulary}, first, ancestral{},
                philox{.seed = static_cast<std::uint64_t>(i)});
        opened += (x != vocabulary).count();
        rare += (x != vocabulary && x >= 10000).count();
    }
    // 2000 should, give or take 45.
    const double wanted = static_cast<double>(positions) * walks / steps;
    CAPTURE(opened, rare);
    CHECK(std::abs(static_cast<double>(opened) / wanted - 1.0) < 0.07);
    double of_rare = 0.0;
    for (std::size_t k = 10000; k < p.size(); ++k) of_rare += p[k];
    CHECK(std::abs(static_cast<double>(rare) / (wanted * of_rare) - 1.0) < 0.2);
}
