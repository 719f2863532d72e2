// Garments drawn by the same network in several inference engines: the same pictures, and the time
// of each, with guidance in two calls and as one batch. Ends with 1 where pictures differ by more
// than 1e-3.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fokker/fokker.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../fashion/command_line.hpp"
#include "../fashion/labels.hpp"
#include "engine.hpp"

namespace {

using Eigen::ArrayXXf;

struct options {
    int count = 10, steps = 20, repetitions = 3;
    double scale = 2.0;
    std::uint64_t seed = 1;
    std::vector<std::string> required;
};

// The classes that an engine's network is asked for: the pictures', none, and both.
struct wanted {
    fashion::classes of_pictures, none, both;
};

// The same network for each of these.
struct networks {
    fashion::engine conditional, unconditional, doubled;

    template <class Make, class... Rest>
    networks(const Make& make, const wanted& w, const Rest&... rest)
        : conditional(make(w.of_pictures, rest...)),
          unconditional(make(w.none, rest...)),
          doubled(make(w.both, rest...)) {}
};

template <class Network>
ArrayXXf draw(Network network, const options& o) {
    ArrayXXf x(784, o.count);
    fokker::sample(x, fokker::predicts_noise(std::move(network)),
                   fokker::trailing(fokker::linear_schedule(), o.steps), fokker::dpm_solver_pp_2m{},
                   fokker::philox{.seed = o.seed});
    return x;
}

// With classifier-free guidance the network sees each picture twice, with its class and without: in
// two calls, or at once in a batch of twice the size.
ArrayXXf draw_by_two_calls(const networks& n, const options& o) {
    return draw(
        fokker::guided(std::ref(n.conditional.call), std::ref(n.unconditional.call), o.scale), o);
}
ArrayXXf draw_by_one(const networks& n, const options& o) {
    return draw(fokker::guided_batch(std::ref(n.doubled.call), o.scale,
                                     fokker::batch_order::conditional_first),
                o);
}

// The shortest of some repetitions, in seconds of the processor's time, which other programs
// disturb less. All of it is one thread's.
template <class Act>
double shortest(int repetitions, const Act& act) {
    double best = 1e9;
    for (int i = 0; i < repetitions; ++i) {
        const std::clock_t begin = std::clock();
        act();
        best = std::min(best, double(std::clock() - begin) / CLOCKS_PER_SEC);
    }
    return best;
}

void run(const options& o, bool& are_same) {
    wanted classes;
    for (int i = 0; i < o.count; ++i) classes.of_pictures.push_back(i % 10);
    classes.none.assign(classes.of_pictures.size(), fashion::no_label);
    classes.both = classes.of_pictures;
    classes.both.insert(classes.both.end(), classes.none.begin(), classes.none.end());

    std::vector<networks> engines;
    engines.emplace_back(fashion::in_eigen, classes);
    [[maybe_unused]] const std::filesystem::path folder = FASHION_FOLDER;
#ifdef WITH_OPENVINO
    engines.emplace_back(fashion::in_openvino, classes, folder);
#else
    std::printf("OpenVINO was not found when this program was built\n");
#endif
#ifdef WITH_ONNXRUNTIME
    engines.emplace_back(fashion::in_onnxruntime, classes, folder);
#else
    std::printf("ONNX Runtime was not found when this program was built\n");
#endif
#ifdef WITH_TORCH
    engines.emplace_back(fashion::in_torch, classes, folder);
#else
    std::printf("LibTorch was not found when this program was built\n");
#endif

    for (const std::string& name : o.required)
        if (std::none_of(engines.begin(), engines.end(),
                         [&](const auto& each) { return each.doubled.name == name; }))
            throw std::runtime_error(name + " is not there, and --require asks for it");

    std::printf("%d pictures, %d steps, guidance %g, one thread\n\n", o.count, o.steps, o.scale);
    std::printf("%-14s %30s\n", "", "ms a picture and step");
    std::printf("%-14s %14s %15s %14s %10s %20s\n", "engine", "two calls", "one batch",
                "binding, us", "copied", "largest difference");
    ArrayXXf expected;
    for (const networks& n : engines) {
        const fashion::engine& each = n.doubled;
        ArrayXXf pictures, by_two;
        const double one = shortest(o.repetitions, [&] { pictures = draw_by_one(n, o); });
        const double two = shortest(o.repetitions, [&] { by_two = draw_by_two_calls(n, o); });
        if (expected.size() == 0) expected = pictures;
        const float difference =
            std::max((pictures - expected).abs().maxCoeff(), (by_two - expected).abs().maxCoeff());
        are_same = are_same && difference < 1e-3F;
        const ArrayXXf x = ArrayXXf::Random(784, 2 * o.count);
        ArrayXXf out(784, 2 * o.count);
        char binding[32] = "-";
        if (each.bind) {
            constexpr int times = 1000;
            const double bind = shortest(o.repetitions, [&] {
                for (int i = 0; i < times; ++i) each.bind(x, i % 2 ? 500.0 : 501.0, out);
            });
            std::snprintf(binding, sizeof binding, "%.2f", 1e6 * bind / times);
        }
        const double share = 1e3 / (o.count * o.steps);
        std::printf("%-14s %14.2f %15.2f %14s %10s %20.1e\n", each.name.c_str(), share * two,
                    share * one, binding, each.copies.c_str(), double(difference));
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
    app.add_option("--guidance", o.scale, "Scale of the guidance")
        ->check(fashion::finite_number)
        ->capture_default_str();
    app.add_option("--seed", o.seed, "Seed of the noise")
        ->check(fashion::whole_number)
        ->capture_default_str();
    app.add_option("--repetitions", o.repetitions, "Of each measurement; the shortest counts")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--require", o.required, "An engine that must be there");
    bool are_same = true;
    try {
        if (!fashion::parse(app, count, words)) return 0;
        run(o, are_same);
    } catch (const std::invalid_argument& wrong) {  // fokker::error is one
        std::fprintf(stderr, "%s\n", wrong.what());
        return 2;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s\n", problem.what());
        return 1;
    }
    if (!are_same) std::fprintf(stderr, "pictures differ by 1e-3 or more\n");
    return are_same ? 0 : 1;
}
