// The numbers that the page must give: what the native fashion_samples makes of its options.
//   web_numbers FILE OPTIONS...   writes floats, 784 a picture: what the walk begins with, then the
//                                 pictures; or says what is wrong, as fashion_samples does
#include <Eigen/Core>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "../../examples/fashion/network.hpp"
#include "../../examples/fashion_samples/garments.hpp"
#include "../../examples/fashion_samples/options.hpp"
#include "../../examples/fashion_samples/plan.hpp"
#include "../../examples/fashion_samples/progress_bar.hpp"
#include "../../examples/fashion_samples/samplers.hpp"
#include "../../examples/web/walk.hpp"

namespace {

void write(const Eigen::MatrixXf& numbers, std::ofstream& file) {
    file.write(reinterpret_cast<const char*>(numbers.data()),
               static_cast<std::streamsize>(sizeof(float)) * numbers.size());
}

void run(const char* out, const fashion::options& o) {
    const std::filesystem::path data = FASHION_FOLDER;
    const fashion::unet network(data / "fashion.weights", data / "variance.weights");
    fashion::walk steps(network, o);
    std::ofstream file(out, std::ios::binary);
    write(steps.state(), file);
    // As fashion_samples does it: with `sample`, and the batch split over threads.
    const fashion::sampler method = fashion::sampler_named(o.sampler, fashion::settings_of(o));
    const fokker::grid grid = fashion::grid_for(method, o);
    fashion::progress_bar bar("", 1);
    const fashion::garments done = fashion::sample_garments(
        network, {fashion::classes_of(o), o.guidance, o.seed, o.threads}, method, grid, bar);
    write(done.pictures, file);
    while (!steps.done()) steps.step();
    if (steps.state() != done.pictures) throw std::logic_error("step by step it is another walk");
    if (steps.calls() != done.evaluations) throw std::logic_error("the calls are counted wrongly");
    if (!file.flush()) throw std::runtime_error("the file cannot be written");
}

}  // namespace

int main(int count, char** words) try {
    if (count < 2) throw std::invalid_argument("web_numbers FILE OPTIONS...");
    if (const auto asked = fashion::read_options(count - 1, words + 1)) run(words[1], *asked);
    return 0;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
}
