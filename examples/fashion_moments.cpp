// Measures the moments of the network that the analytic samplers need, over training pictures.
//
//   fashion_moments FOLDER OUT   FOLDER holds the gzipped files of Fashion-MNIST
#include <zlib.h>

#include <Eigen/Core>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "fashion/network.hpp"
#include "fashion_samples/paths.hpp"

namespace {

constexpr int pictures = 512;

// `count` bytes of a gzipped file, after its header.
std::vector<unsigned char> read_bytes(const std::filesystem::path& path, int header, int count) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
    std::vector<unsigned char> bytes(static_cast<std::size_t>(header + count));
    if (!file ||
        gzread(file.get(), bytes.data(), static_cast<unsigned>(header + count)) != header + count)
        throw std::runtime_error(path.string() + " cannot be read");
    return {bytes.begin() + header, bytes.end()};
}

// Gamma changes fast where there is little noise, and slowly elsewhere.
std::vector<fokker::knot> knots() {
    const auto schedule = fashion::trained_schedule();
    std::vector<fokker::knot> result;
    for (int t = 0; t < schedule.steps(); t += t < 20 ? 1 : 10) result.push_back(schedule.at(t));
    result.push_back(schedule.at(schedule.last_time()));
    return result;
}

void measure(const std::filesystem::path& folder, const std::filesystem::path& out) {
    constexpr int pixels = static_cast<int>(fashion::unet::pixels);
    const auto grey = read_bytes(folder / "train-images-idx3-ubyte.gz", 16, pictures * pixels);
    const auto classes = read_bytes(folder / "train-labels-idx1-ubyte.gz", 8, pictures);
    const std::vector<int> labels(classes.begin(), classes.end());
    Eigen::MatrixXf data(pixels, pictures);
    for (std::size_t i = 0; i < grey.size(); ++i)
        data.data()[i] = static_cast<float>(grey[i]) / 127.5F - 1.0F;

    fashion::unet network(std::filesystem::path(FASHION_FOLDER) / "fashion.weights");
    const auto noise = [&](const Eigen::MatrixXf& x, double t, Eigen::MatrixXf& eps) {
        network.evaluate(x, t, labels, eps);
    };
    const auto moments = fokker::estimate_moments(fokker::predicts_noise(noise), knots(), data,
                                                  fokker::philox{.seed = 1});
    fokker::save_moments(moments, out.string(),
                         "t, alpha, sigma, Gamma = E |eps|^2 / 784, made by fashion_moments");
}

}  // namespace

int main(int count, char** words) try {
    if (count != 3) throw std::invalid_argument("usage: fashion_moments FOLDER OUT");
    measure(words[1], words[2]);
    return 0;
} catch (const std::invalid_argument& problem) {
    std::fprintf(stderr, "fashion_moments: %s\n", problem.what());
    return 2;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "fashion_moments: %s\n", problem.what());
    return 1;
}
