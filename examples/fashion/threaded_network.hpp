// The network on several threads, each with a part of the batch.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <future>
#include <span>
#include <vector>

#include "network.hpp"

namespace fashion {

class threaded_network {
public:
    threaded_network(const unet& network, int threads)
        : copies_(static_cast<std::size_t>(threads), network) {}

    // As unet::evaluate. What a picture gets does not depend on the number of threads.
    void evaluate(const constant_matrix& x, double t, std::span<const int> classes, matrix out) {
        const auto threads = static_cast<Index>(copies_.size());
        std::vector<std::future<void>> parts;
        for (Index i = 0; i < std::min(threads, x.cols()); ++i)
            parts.push_back(std::async(std::launch::async, [&, i] {
                const Index first = i * x.cols() / std::min(threads, x.cols()),
                            last = (i + 1) * x.cols() / std::min(threads, x.cols());
                copies_[static_cast<std::size_t>(i)].evaluate(
                    x.middleCols(first, last - first), t,
                    classes.subspan(static_cast<std::size_t>(first),
                                    static_cast<std::size_t>(last - first)),
                    out.middleCols(first, last - first));
            }));
        for (auto& part : parts) part.get();
    }

private:
    std::vector<unet> copies_;
};

}  // namespace fashion
