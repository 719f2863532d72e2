// Garments drawn by the same network in several inference engines: the same pictures, and the time
// of each. Ends with 1 where pictures differ by more than 1e-3.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fokker/fokker.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../fashion/labels.hpp"
#include "engine.hpp"

namespace {

using Eigen::ArrayXXf;
using seconds = std::chrono::duration<double>;

struct options {
    int count = 10, steps = 20, repetitions = 3;
    double scale = 2.0;
    std::uint64_t seed = 1;
    std::vector<std::string> required;
};

// With classifier-free guidance: the network sees each picture twice, with its class and without.
ArrayXXf draw(const fashion::engine& engine, const options& o) {
    ArrayXXf x(784, o.count);
    fokker::sample(x,
                   fokker::predicts_noise(fokker::guided_batch(
                       std::ref(engine.call), o.scale, fokker::batch_order::conditional_first)),
                   fokker::trailing(fokker::linear_schedule(), o.steps), fokker::dpm_solver_pp_2m{},
                   fokker::philox{.seed = o.seed});
    return x;
}

// The shortest of some repetitions, in seconds.
template <class Act>
double shortest(int repetitions, const Act& act) {
    double best = 1e9;
    for (int i = 0; i < repetitions; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        act();
        best = std::min(best, seconds(std::chrono::steady_clock::now() - begin).count());
    }
    return best;
}

void run(const options& o, bool& are_same) {
    fashion::classes classes;
    for (int i = 0; i < o.count; ++i) classes.push_back(i % 10);
    classes.resize(2 * classes.size(), fashion::no_label);

    std::vector<fashion::engine> engines{fashion::in_eigen(classes)};
    [[maybe_unused]] const std::filesystem::path folder = FASHION_FOLDER;
#ifdef WITH_OPENVINO
    engines.push_back(fashion::in_openvino(classes, folder));
#else
    std::printf("OpenVINO was not found when this program was built\n");
#endif
#ifdef WITH_ONNXRUNTIME
    engines.push_back(fashion::in_onnxruntime(classes, folder));
#else
    std::printf("ONNX Runtime was not found when this program was built\n");
#endif
#ifdef WITH_TORCH
    engines.push_back(fashion::in_torch(classes, folder));
#else
    std::printf("LibTorch was not found when this program was built\n");
#endif

    for (const std::string& name : o.required)
        if (std::none_of(engines.begin(), engines.end(),
                         [&](const auto& each) { return each.name == name; }))
            throw std::runtime_error(name + " is not there, and --require asks for it");

    std::printf("%d pictures, %d steps, guidance %g, one thread\n\n", o.count, o.steps, o.scale);
    std::printf("%-14s %22s %14s %12s %18s\n", "engine", "ms a picture and call", "binding, us",
                "copied", "largest difference");
    ArrayXXf expected;
    for (const fashion::engine& each : engines) {
        const ArrayXXf pictures = draw(each, o);
        if (expected.size() == 0) expected = pictures;
        const float difference = (pictures - expected).abs().maxCoeff();
        are_same = are_same && difference < 1e-3F;
        const ArrayXXf x = ArrayXXf::Random(784, 2 * o.count);
        ArrayXXf out(784, 2 * o.count);
        const double call = shortest(o.repetitions, [&] { each.call(x, 500.0, out); });
        char binding[32] = "-";
        if (each.bind) {
            constexpr int times = 1000;
            const double bind = shortest(o.repetitions, [&] {
                for (int i = 0; i < times; ++i) each.bind(x, i % 2 ? 500.0 : 501.0, out);
            });
            std::snprintf(binding, sizeof binding, "%.2f", 1e6 * bind / times);
        }
        std::printf("%-14s %22.2f %14s %12s %18.1e\n", each.name.c_str(),
                    1e3 * call / (2 * o.count), binding, each.copies.c_str(), double(difference));
    }
}

}  // namespace

int main(int count, char** words) {
    CLI::App app("Draws garments with the same network in several inference engines.",
                 "fashion_engines");
    options o;
    app.add_option("--count", o.count, "Pictures")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    app.add_option("--steps", o.steps, "Steps of the walk")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--guidance", o.scale, "Scale of the guidance")->capture_default_str();
    app.add_option("--seed", o.seed, "Seed of the noise")->capture_default_str();
    app.add_option("--repetitions", o.repetitions, "Of each measurement; the shortest counts")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--require", o.required, "An engine that must be there");
    CLI11_PARSE(app, count, words);
    bool are_same = true;
    try {
        run(o, are_same);
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s\n", problem.what());
        return 1;
    }
    if (!are_same) std::fprintf(stderr, "pictures differ by 1e-3 or more\n");
    return are_same ? 0 : 1;
}
