#include "garments.hpp"

#include <algorithm>
#include <chrono>
#include <fokker/fokker.hpp>
#include <future>

#include "network_functions.hpp"

namespace fashion {

namespace {

using Eigen::Index;
using Eigen::MatrixXf;

// Samples the pictures first .. last - 1 into their columns.
fokker::report sample_slice(unet network, const batch& order, const sampler& method,
                            const fokker::grid& grid, MatrixXf& pictures, Index first, Index last,
                            progress_bar& bar) {
    const std::vector<int> classes(order.classes.begin() + first, order.classes.begin() + last);
    const fokker::philox noise{.seed = order.seed,
                               .first_sample = static_cast<std::uint64_t>(first)};
    return with_model(
        method.reads_residual, network, classes, order.guidance, [&](const auto& model) {
            return fokker::sample(
                pictures.middleCols(first, last - first), model, grid, *method.method, noise,
                [&](fokker::progress) { bar.advance(last - first); }, fokker::check_finite{});
        });
}

}  // namespace

garments sample_garments(const unet& network, const batch& order, const sampler& method,
                         const fokker::grid& grid, progress_bar& bar) {
    const auto count = static_cast<Index>(order.classes.size());
    const bool together = method.walk == walks::its_own_length;
    const Index threads = together ? 1 : std::min<Index>(order.threads, count);
    garments result{.pictures = MatrixXf(unet::pixels, count)};
    const auto begin = std::chrono::steady_clock::now();

    // Every thread takes a copy of the network, which has its working memory inside, and a slice of
    // the batch. The noise knows the slice, so the pictures do not depend on the number of threads.
    std::vector<std::future<fokker::report>> slices;
    for (Index i = 0; i < threads; ++i)
        slices.push_back(std::async(std::launch::async, [&, i] {
            return sample_slice(network, order, method, grid, result.pictures, i * count / threads,
                                (i + 1) * count / threads, bar);
        }));
    for (auto& slice : slices)
        result.evaluations = slice.get().evaluations * (needs_both(order.guidance) ? 2 : 1);

    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return result;
}

}  // namespace fashion
