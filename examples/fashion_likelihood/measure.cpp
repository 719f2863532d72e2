#include "measure.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <fokker/fokker.hpp>
#include <future>
#include <numbers>
#include <span>

#include "../fashion_samples/paths.hpp"

namespace fashion {

namespace {

using Eigen::ArrayXd;
using Eigen::MatrixXf;

// Pictures that one call of the network has.
constexpr Index part = 20;

// f(network, pictures, first) for parts of the pictures, on several threads. What a picture gets
// does not depend on its part.
template <class F>
void in_parts(const unet& network, const pictures& which, const F& f) {
    const Index count = which.values.cols();
    const Index threads = std::min<Index>(which.threads, count);
    std::vector<std::future<void>> slices;
    for (Index i = 0; i < threads; ++i)
        slices.push_back(std::async(std::launch::async, [&, i] {
            unet copy = network;  // has its working memory inside
            const Index end = (i + 1) * count / threads;
            for (Index first = i * count / threads; first < end; first += part) {
                const Index size = std::min(part, end - first);
                const auto classes = which.classes.begin() + first;
                f(copy,
                  pictures{.values = which.values.middleCols(first, size),
                           .classes = std::vector<int>(classes, classes + size),
                           .seed = which.seed,
                           .threads = 1},
                  first);
            }
        }));
    for (auto& slice : slices) slice.get();
}

fokker::philox noise_of(const pictures& which, Index first) {
    return {.seed = which.seed, .first_sample = static_cast<std::uint64_t>(first)};
}

}  // namespace

fokker::discrete_schedule likelihood_schedule() {
    return trained_schedule().interpolated(fokker::interpolation::log_alpha);
}

fokker::grid likelihood_grid(int steps) {
    return fokker::uniform_lambda(likelihood_schedule(), steps, fokker::grid_end::least_noise);
}

fokker::any_solver solver_named(const std::string& name) {
    return fokker::with_solver(name,
                               [](const auto& entry) { return fokker::any_solver(entry.solver); });
}

densities flow_densities(const unet& network, const pictures& which, const fokker::grid& walk,
                         const fokker::any_solver& method, const divergence& by,
                         const advance_function& advance) {
    densities result{ArrayXd(which.values.cols())};
    std::atomic<std::int64_t> calls = 0;
    in_parts(network, which, [&](unet& copy, const pictures& some, Index first) {
        const auto noise = [&](const MatrixXf& x, const fokker::knot& k, MatrixXf& out) {
            copy.evaluate(x, k.t, some.classes, out);
        };
        const auto found = fokker::log_likelihood(
            some.values, noise, walk, method,
            fokker::divergence_probes{
                .probes = by.probes, .step = by.step, .noise = noise_of(some, first)},
            [&](fokker::progress) { advance(some.values.cols()); });
        for (std::size_t i = 0; i < found.nats.size(); ++i)
            result.nats[first + static_cast<Index>(i)] = found.nats[i];
        calls = found.walk.network_calls;
    });
    result.calls = calls;
    return result;
}

bits_of_noisy flow_bits_with_noise(const unet& network, const pictures& which,
                                   const fokker::grid& walk, const fokker::any_solver& method,
                                   const divergence& by, const advance_function& advance) {
    const fokker::knot clean = walk.back();
    pictures noisy = which;
    fokker::forward(which.values, clean, noise_of(which, 0), noisy.values);
    const densities found = flow_densities(network, noisy, walk, method, by, advance);
    const double elements = static_cast<double>(unet::pixels);
    bits_of_noisy result{ArrayXd(found.nats.size()), found.calls};
    for (Index i = 0; i < found.nats.size(); ++i) {
        const double square =
            (noisy.values.col(i) - static_cast<float>(clean.alpha) * which.values.col(i))
                .cast<double>()
                .squaredNorm() /
            (clean.sigma * clean.sigma);
        const double log_q = -0.5 * square - elements * std::log(clean.sigma) -
                             0.5 * elements * std::log(2 * std::numbers::pi);
        result.values[i] = (log_q - found.nats[i]) / (elements * std::numbers::ln2);
    }
    return result;
}

bound_bits variational_bits(const unet& network, const pictures& which, int steps,
                            const advance_function& advance) {
    bound_bits result{ArrayXd(which.values.cols()), ArrayXd(which.values.cols())};
    const fokker::grid walk = fokker::linspace(trained_schedule(), steps);
    in_parts(network, which, [&](unet& copy, const pictures& some, Index first) {
        const auto noise = [&](const MatrixXf& x, const fokker::knot& k, MatrixXf& out,
                               MatrixXf& squared) {
            copy.evaluate(x, k.t, some.classes, out, moment::residual_squared, squared);
        };
        const auto terms = fokker::variational_bound(
            fokker::predicts_noise(noise, fokker::second_output::residual_squared), walk,
            some.values, noise_of(some, first), {.variance = fokker::extended_optimal_variance{}},
            [&](fokker::progress) { advance(some.values.cols()); });
        result.total.segment(first, some.values.cols()) = terms.total;
        result.decoder.segment(first, some.values.cols()) = terms.decoder;
    });
    return result;
}

}  // namespace fashion
