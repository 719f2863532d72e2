// The steps of a walk side by side, with the network of garments: how many calls it takes one after
// the other, how long that is, and what comes out.
#include <CLI/CLI.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <future>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "fashion/command_line.hpp"
#include "fashion/network.hpp"
#include "fashion_samples/paths.hpp"

namespace {

using Eigen::Index;
using Eigen::MatrixXf;

struct options {
    int steps = 100, pictures = 4, threads = 1;
    double eta = 0;
    std::vector<int> windows{4, 16, 100};
    std::vector<double> tolerances{0, 1e-3, 1e-2, 0.1};
};

// The network for samples with times of their own, each thread with a part of them.
class timed_network {
public:
    timed_network(const fashion::unet& network, int batch, int threads)
        : batch_(batch), copies_(static_cast<std::size_t>(threads), network) {}

    void operator()(const MatrixXf& x, std::span<const double> times, MatrixXf& noise) {
        const auto threads = std::min(static_cast<Index>(copies_.size()), x.cols());
        std::vector<std::future<void>> parts;
        for (Index i = 0; i < threads; ++i)
            parts.push_back(std::async(std::launch::async, [&, i] {
                evaluate(copies_[static_cast<std::size_t>(i)], x, times, noise,
                         i * x.cols() / threads, (i + 1) * x.cols() / threads);
            }));
        for (auto& part : parts) part.get();
    }

private:
    // Samples of the same time together. The classes of the batch are 0, 1, 2 and so on.
    void evaluate(fashion::unet& network, const MatrixXf& x, std::span<const double> times,
                  MatrixXf& noise, Index first, Index last) const {
        const auto time = [&](Index n) { return times[static_cast<std::size_t>(n)]; };
        while (first < last) {
            Index end = first + 1;
            while (end < last && time(end) == time(first)) ++end;
            std::vector<int> classes;
            for (Index n = first; n < end; ++n)
                classes.push_back(static_cast<int>(n % batch_ % 10));
            network.evaluate(x.middleCols(first, end - first), time(first), classes,
                             noise.middleCols(first, end - first));
            first = end;
        }
    }
    int batch_;
    std::vector<fashion::unet> copies_;
};

double seconds(const auto& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void study(const options& o) {
    timed_network network(fashion::unet(std::filesystem::path(FASHION_FOLDER) / "fashion.weights"),
                          o.pictures, o.threads);
    const auto one_by_one = [&](const MatrixXf& x, double time, MatrixXf& noise) {
        network(x, std::vector<double>(static_cast<std::size_t>(x.cols()), time), noise);
    };
    const fokker::grid grid = fokker::linspace(fashion::trained_schedule(), o.steps);
    const fokker::ddim method{.eta = o.eta};
    const fokker::philox noise{.seed = 7};
    MatrixXf plain(fashion::unet::pixels, o.pictures), x = plain;
    const auto print = [&](const char* window, const char* tolerance, int calls, std::int64_t knots,
                           double time) {
        const Eigen::ArrayXXf away = (x - plain).array();
        std::printf("%6s %9s %6d %6lld %8.2f %12.2g %12.2g\n", window, tolerance, calls,
                    static_cast<long long>(knots), time,
                    std::sqrt(static_cast<double>(away.square().mean())),
                    static_cast<double>(away.abs().maxCoeff()));
    };
    std::printf("%6s %9s %6s %6s %8s %12s %12s\n", "window", "tolerance", "calls", "knots",
                "seconds", "difference", "largest");
    fokker::report walked;
    const double alone = seconds([&] {
        walked = fokker::sample(plain, fokker::predicts_noise(one_by_one), grid, method, noise);
    });
    x = plain;
    print("-", "-", walked.steps, walked.evaluations, alone);
    for (const int window : o.windows)
        for (const double tolerance : o.tolerances) {
            fokker::parallel_report done;
            const double time = seconds([&] {
                done =
                    fokker::sample_in_parallel(x, fokker::predicts_noise(network), grid, method,
                                               noise, {.window = window, .tolerance = tolerance});
            });
            char text[32];
            std::snprintf(text, sizeof text, "%g", tolerance);
            print(std::to_string(window).c_str(), text, done.sweeps, done.evaluations, time);
        }
}

}  // namespace

int main(int count, char** words) try {
    options o;
    CLI::App app("The steps of a walk side by side: calls, time and differences.",
                 "fashion_parallel");
    const auto number = [&](const char* name, int& value, int most, const char* help) {
        app.add_option(name, value, help)
            ->capture_default_str()
            ->check(CLI::Range(1, most))
            ->take_last();
    };
    number("--steps", o.steps, 1000, "steps of the walk");
    number("--pictures", o.pictures, 1000, "pictures of the batch");
    number("--threads", o.threads, 1024, "processor threads");
    app.add_option("--eta", o.eta, "of ddim")
        ->capture_default_str()
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 1.0))
        ->take_last();
    app.add_option("--windows", o.windows, "knots of one call, with commas between")
        ->delimiter(',')
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    app.add_option("--tolerances", o.tolerances, "changes that end a state, in units of sigma")
        ->delimiter(',')
        ->capture_default_str()
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 10.0));
    if (!fashion::parse(app, count, words)) return 0;
    study(o);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    std::fprintf(stderr, "fashion_parallel: %s\n", problem.what());
    return 2;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_parallel: %s\n", problem.what());
    return 1;
}
