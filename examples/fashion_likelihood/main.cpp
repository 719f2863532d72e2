// How many bits a dimension the network needs for pictures that it has not seen.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/likelihood.hpp>
#include <fokker/moments.hpp>
#include <numbers>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../fashion/data_set.hpp"
#include "../fashion_samples/moments_file.hpp"
#include "../fashion_samples/progress_bar.hpp"
#include "measure.hpp"
#include "options.hpp"

namespace fashion {
namespace {

using Eigen::ArrayXd;

const std::filesystem::path folder = FASHION_FOLDER;

// The pictures with their classes, if the network is to be told them.
pictures read_pictures(const options& o) {
    data_set set = read_data_set(o.data, "t10k", o.count);
    if (!o.conditional) std::ranges::fill(set.classes, no_label);
    return {std::move(set.pictures), std::move(set.classes), o.seed, o.threads};
}

pictures dequantised(pictures which) {
    fokker::dequantise(which.values, levels, -1.0, 1.0, fokker::philox{.seed = which.seed});
    return which;
}

void print(const char* name, double bits, double error, const std::string& more) {
    std::printf("%-46s %6.3f +- %5.3f  %s\n", name, bits, error, more.c_str());
    std::fflush(stdout);
}
void print(const char* name, const ArrayXd& bits, const std::string& more) {
    const auto count = static_cast<double>(bits.size());
    print(name, bits.mean(), std::sqrt((bits - bits.mean()).square().sum() / (count - 1) / count),
          more);
}

std::string calls_of(std::int64_t calls) { return std::to_string(calls) + " network calls"; }

void compare(const options& o) {
    const fokker::any_solver method = solver_named(o.solver);
    const fokker::grid walk = likelihood_grid(o.steps);
    method.check(walk);
    const pictures which = read_pictures(o);
    const unet network(folder / "fashion.weights", folder / "variance.weights");
    const fokker::moments gamma = read_moments(folder / "moments.txt");
    const divergence by{o.probes, o.step};

    std::printf("%-46s %6s\n", (std::to_string(o.count) + " test pictures").c_str(),
                "bits a dimension");
    const auto follow = [&](const std::string& title, const auto& measure) {
        progress_bar bar(title, std::int64_t{1} * o.count * o.steps);
        return measure([&](Index pictures) { bar.advance(pictures); });
    };
    const densities uniform = follow("flow", [&](const auto& advance) {
        return flow_densities(network, dequantised(which), walk, method, by, advance);
    });
    ArrayXd bits(uniform.nats.size());
    for (Index i = 0; i < bits.size(); ++i)
        bits[i] = fokker::bits_per_dimension(uniform.nats[i], unet::pixels, levels, -1.0, 1.0);
    print("flow ODE, uniformly dequantised", bits, calls_of(uniform.calls));

    const bits_of_noisy with_noise = follow("flow with noise", [&](const auto& advance) {
        return flow_bits_with_noise(network, which, walk, method, by, advance);
    });
    const bound_bits bound = [&] {
        progress_bar bar("variational bound", std::int64_t{1} * o.count * o.bound_steps);
        return variational_bits(network, which, o.bound_steps,
                                [&](Index pictures) { bar.advance(pictures); });
    }();
    print("flow ODE to the last noise, and a decoder", with_noise.values + bound.decoder,
          calls_of(with_noise.calls));
    print("variational bound", bound.total, calls_of(o.bound_steps));
    print("bound less flow, picture by picture", bound.total - with_noise.values - bound.decoder,
          "");

    // The entropy of noisy pictures less that of their noise.
    const double elements = static_cast<double>(unet::pixels);
    const double nats = fokker::entropy(gamma, walk, unet::pixels) / elements -
                        0.5 * std::log(2 * std::numbers::pi * std::numbers::e) -
                        std::log(walk.back().sigma);
    const auto count = static_cast<double>(o.count);
    print("moments of training pictures, and the decoder",
          nats / std::numbers::ln2 + bound.decoder.mean(),
          std::sqrt((bound.decoder - bound.decoder.mean()).square().sum() / (count - 1) / count),
          "");
    print("the decoder alone", bound.decoder, "");
}

void study(const options& o) {
    const pictures which = dequantised(read_pictures(o));
    const unet network(folder / "fashion.weights");
    const divergence by{o.probes, o.step};
    const auto measure = [&](const std::string& name, int steps) {
        progress_bar bar(name, std::int64_t{1} * o.count * steps);
        return flow_densities(network, which, likelihood_grid(steps), solver_named(name), by,
                              [&](Index pictures) { bar.advance(pictures); });
    };
    const double elements = static_cast<double>(unet::pixels);
    const densities fine = measure("unipc<2>", o.reference_steps);
    std::printf("unipc<2>, %d steps: %.4f nats a dimension\n", o.reference_steps,
                fine.nats.mean() / elements);
    std::printf("%-12s %6s %15s %16s %16s\n", "solver", "steps", "network calls", "mean error",
                "rms error");
    const auto show = [&](const char* name, int steps) {
        const densities found = measure(name, steps);
        const ArrayXd errors = (found.nats - fine.nats) / elements;
        std::printf("%-12s %6d %15lld %16.5f %16.5f\n", name, steps,
                    static_cast<long long>(found.calls), errors.mean(),
                    std::sqrt(errors.square().mean()));
        std::fflush(stdout);
    };
    for (const char* name : {"ddim", "heun", "dpm++2m", "unipc<2>"})
        for (const int steps : {10, 20, 50, 100, 200}) show(name, steps);
    show("dopri5", 10);  // in parts of their own length
}

int fail(const std::exception& problem, int code) {
    std::fprintf(stderr, "fashion_likelihood: %s\n", problem.what());
    return code;
}

}  // namespace
}  // namespace fashion

int main(int count, char** words) try {
    if (const auto asked = fashion::read_options(count, words))
        asked->study ? fashion::study(*asked) : fashion::compare(*asked);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    return fashion::fail(problem, 2);
} catch (const std::exception& problem) { return fashion::fail(problem, 1); }
