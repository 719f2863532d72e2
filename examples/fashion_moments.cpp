// Measures the moments of the network that the analytic samplers need, over training pictures.
#include <CLI/CLI.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "fashion/command_line.hpp"
#include "fashion/data_set.hpp"
#include "fashion/threaded_network.hpp"
#include "fashion/writable.hpp"
#include "fashion_samples/paths.hpp"
#include "fashion_samples/progress_bar.hpp"

namespace {

struct options {
    std::filesystem::path data = "/usr/share/datasets/fashion-mnist", out;
    int pictures = 10000, threads = 1;
    bool each_element = false;
};

// Gamma changes fast where there is little noise, and slowly elsewhere.
std::vector<fokker::knot> knots() {
    const auto schedule = fashion::trained_schedule();
    std::vector<fokker::knot> result;
    for (int t = 0; t < schedule.steps(); t += t < 20 ? 2 : 20) result.push_back(schedule.at(t));
    result.push_back(schedule.at(schedule.last_time()));
    return result;
}

void measure(const options& asked) {
    constexpr int part = 100;
    const auto set = fashion::read_data_set(asked.data, "train", asked.pictures);
    fashion::threaded_network network(
        fashion::unet(std::filesystem::path(FASHION_FOLDER) / "fashion.weights"), asked.threads);
    std::vector<int> classes;
    const auto noise = [&](const Eigen::MatrixXf& x, double t, Eigen::MatrixXf& eps) {
        network.evaluate(x, t, classes, eps);
    };
    fokker::moment_estimator estimator(
        fokker::predicts_noise(noise), knots(), fokker::philox{.seed = 1},
        fokker::moment_options{fokker::moment_of::residual, asked.each_element});
    {
        fashion::progress_bar bar("moments", asked.pictures);
        for (int first = 0; first < asked.pictures; first += part) {
            const int count = std::min(part, asked.pictures - first);
            classes.assign(set.classes.begin() + first, set.classes.begin() + first + count);
            estimator.add(set.pictures.middleCols(first, count).eval());
            bar.advance(count);
        }
    }
    auto moments = estimator.result();
    // More digits than these are noise, and would make the file long.
    for (double& gamma : moments.gamma) gamma = std::round(1e9 * gamma) / 1e9;
    fokker::save_moments(moments, asked.out.string(),
                         "t, alpha, sigma, Gamma = 1 - mean of (noise - prediction)^2 over " +
                             std::to_string(asked.pictures) + " pictures, by fashion_moments");
    std::printf("the variance of the data is known to %.1f %%\n%s\n",
                100.0 * estimator.relative_error(), asked.out.string().c_str());
}

}  // namespace

int main(int count, char** words) try {
    options asked;
    CLI::App app("Measures the moments that the analytic samplers need.", "fashion_moments");
    app.add_option("--data", asked.data, "folder of the gzipped files of Fashion-MNIST")
        ->capture_default_str();
    app.add_option("--out", asked.out, "file to write")->required();
    app.add_option("--pictures", asked.pictures, "training pictures to measure with")
        ->capture_default_str()
        ->check(CLI::Range(2, fashion::training_pictures));
    app.add_option("--threads", asked.threads, "processor threads")
        ->capture_default_str()
        ->check(CLI::Range(1, 1024));
    app.add_flag("--each-element", asked.each_element, "a map: moments of each pixel");
    for (CLI::Option* each : app.get_options())
        if (each->get_items_expected_max() > 0) each->take_last();
    if (!fashion::parse(app, count, words)) return 0;
    fashion::require_writable(asked.out);
    measure(asked);
    return 0;
} catch (const std::invalid_argument& problem) {
    std::fprintf(stderr, "fashion_moments: %s\n", problem.what());
    return 2;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_moments: %s\n", problem.what());
    return 1;
}
