#include "masked_losses.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fokker/discrete.hpp>
#include <fokker/fokker.hpp>
#include <future>
#include <numeric>

namespace words {

namespace {

// -ln p of a class.
double surprise(const Eigen::Ref<const Eigen::ArrayXf>& logits, int truth) {
    const Eigen::ArrayXd exact = logits.cast<double>();
    const double most = exact.maxCoeff();
    return most + std::log((exact - most).exp().sum()) - exact(truth);
}

// The places of word n in a random order.
std::array<Index, places> shuffled(std::uint64_t seed, Index n, int k) {
    const fokker::philox source{.seed = seed};
    std::array<double, places> key;
    for (std::size_t p = 0; p < places; ++p)
        key[p] = fokker::noise::uniforms_at(
            source, {static_cast<std::uint64_t>(n), static_cast<std::uint32_t>(k), p})[0];
    std::array<Index, places> order;
    std::iota(order.begin(), order.end(), Index{0});
    std::ranges::sort(order, {}, [&](Index p) { return key[static_cast<std::size_t>(p)]; });
    return order;
}

}  // namespace

Eigen::ArrayXXd masked_losses(const network& n, const std::vector<std::string>& words,
                              std::uint64_t seed, int threads,
                              const std::function<void(Index)>& advance) {
    const auto count = static_cast<Index>(words.size());
    Eigen::ArrayXXd losses(places, count);
    std::vector<std::future<void>> parts;
    for (Index thread = 0; thread < threads; ++thread)
        parts.push_back(std::async(std::launch::async, [&, thread, copy = n]() mutable {
            states x(places, places);  // a column for each number of masks
            Eigen::ArrayXXf logits(classes, places * places);
            for (Index i = thread; i < count; i += threads) {
                const auto clean = encode(words[static_cast<std::size_t>(i)]);
                x.colwise() = clean;
                for (int k = 1; k <= places; ++k) {
                    const auto order = shuffled(seed, i, k);
                    for (int m = 0; m < k; ++m) x(order[static_cast<std::size_t>(m)], k - 1) = mask;
                }
                copy.evaluate(x, logits);
                for (Index k = 0; k < places; ++k) {
                    losses(k, i) = 0.0;
                    for (Index p = 0; p < places; ++p)
                        if (x(p, k) == mask)
                            losses(k, i) += surprise(logits.col(places * k + p), clean(p));
                }
                advance(1);
            }
        }));
    for (auto& each : parts) each.get();
    return losses;
}

}  // namespace words
