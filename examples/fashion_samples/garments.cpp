#include "garments.hpp"

#include <algorithm>
#include <chrono>
#include <fokker/fokker.hpp>
#include <future>

namespace fashion {

namespace {

using Eigen::Index;
using Eigen::MatrixXf;

network_function conditional(unet& network, std::vector<int> classes) {
    return [&network, classes = std::move(classes)](const constant_matrix& x, const fokker::knot& k,
                                                    MatrixXf& noise) {
        network.evaluate(x, k.t, classes, noise);
    };
}

two_headed_function two_headed(unet& network, std::vector<int> classes) {
    return [&network, classes = std::move(classes)](const constant_matrix& x, const fokker::knot& k,
                                                    MatrixXf& noise, MatrixXf& squared) {
        network.evaluate(x, k.t, classes, noise, moment::residual_squared, squared);
    };
}

bool needs_both(double guidance) { return guidance != 0.0 && guidance != 1.0; }

// `make` one of the two above.
auto with_guidance(auto make, unet& network, const std::vector<int>& classes, double guidance)
    -> decltype(make(network, classes)) {
    const std::vector<int> nothing(classes.size(), no_label);
    if (!needs_both(guidance)) return make(network, guidance == 0.0 ? nothing : classes);
    return fokker::guided(make(network, classes), conditional(network, nothing), guidance);
}

// Samples the pictures first .. last - 1 into their columns.
fokker::report sample_slice(unet network, const batch& order, const sampler& method,
                            const fokker::grid& grid, MatrixXf& pictures, Index first, Index last,
                            progress_bar& bar) {
    const std::vector<int> classes(order.classes.begin() + first, order.classes.begin() + last);
    slice part{.pictures = pictures.middleCols(first, last - first),
               .network = with_guidance(conditional, network, classes, order.guidance),
               .two_headed = with_guidance(two_headed, network, classes, order.guidance),
               .noise = {.seed = order.seed, .first_sample = static_cast<std::uint64_t>(first)},
               .advance = [&](fokker::progress) { bar.advance(last - first); }};
    return method.sample(part, grid);
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
