// Samples as a pipeline of diffusers does, out of a model's scheduler_config.json.
//   from_diffusers scheduler_config.json --steps 20 --out shapes.png
//   from_diffusers scheduler_config.json --onnx network.onnx --shape 1x14x14
// Without a network of your own it takes a closed form: the exact denoiser of eight shapes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/adapt/diffusers.hpp>
#include <fokker/fokker.hpp>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "fashion/command_line.hpp"

#ifdef WITH_OPENCV
#include <opencv2/dnn.hpp>
#endif

#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

using Eigen::ArrayXXf, Eigen::Index;

namespace {

/// Eight shapes of `side` x `side` pixels in [-1, 1], a column each.
ArrayXXf shapes(Index side) {
    ArrayXXf all(side * side, 8);
    for (Index i = 0; i < side * side; ++i) {
        const float x = 2.0f * (float(i % side) + 0.5f) / float(side) - 1.0f,
                    y = 2.0f * (float(i / side) + 0.5f) / float(side) - 1.0f;
        const float round = std::hypot(x, y), square = std::max(std::abs(x), std::abs(y)),
                    diamond = std::abs(x) + std::abs(y);
        const bool inside[8] = {round < 0.7f,
                                round < 0.8f && round > 0.5f,
                                square < 0.6f,
                                square < 0.7f && square > 0.45f,
                                diamond < 0.8f,
                                std::min(std::abs(x), std::abs(y)) < 0.2f && square < 0.8f,
                                std::abs(std::abs(x) - std::abs(y)) < 0.25f &&
                                    square<0.8f, y> - 0.6f && y < 0.6f &&
                                    std::abs(x) < 0.4f * (y + 0.7f)};
        for (Index k = 0; k < 8; ++k) all(i, k) = inside[k] ? 1.0f : -1.0f;
    }
    return all;
}

/// What the best of all networks would say that was trained on these pictures. A network of yours
/// takes the label, `double t`; this one has no training, and so asks for the knot.
struct closed_form {
    ArrayXXf pictures;
    fokker::diffusers::convention reads;

    void operator()(const ArrayXXf& input, const fokker::knot& k, ArrayXXf& out) const {
        const auto alpha = float(k.alpha), sigma = float(k.sigma);
        const auto target = reads.target(k);
        const ArrayXXf x = input / float(reads.at(k).input_scale);
        for (Index i = 0; i < x.cols(); ++i) {
            Eigen::ArrayXf near(pictures.cols());
            for (Index p = 0; p < pictures.cols(); ++p)
                near(p) = -(x.col(i) - alpha * pictures.col(p)).square().sum();
            const Eigen::ArrayXf weights =
                ((near - near.maxCoeff()) / (2.0f * sigma * sigma)).exp();
            const Eigen::ArrayXf data =
                (pictures.matrix() * (weights / weights.sum()).matrix()).array();
            out.col(i) =
                float(target.data) * data + float(target.noise) * (x.col(i) - alpha * data) / sigma;
        }
    }
};

#ifdef WITH_OPENCV
/// A network with the inputs x, of `shape` with the samples in front, and t, a label each.
struct onnx {
    std::shared_ptr<cv::dnn::Net> net;
    std::vector<int> shape;

    void operator()(const ArrayXXf& x, double t, ArrayXXf& out) const {
        std::vector<int> whole{int(x.cols())};
        whole.insert(whole.end(), shape.begin(), shape.end());
        const cv::Mat input(whole, CV_32F, const_cast<float*>(x.data()));
        const cv::Mat labels(int(x.cols()), 1, CV_32F, cv::Scalar(t));
        net->setInput(input, "x");
        net->setInput(labels, "t");
        const cv::Mat result = net->forward();
        if (Index(result.total()) != out.size())
            throw std::runtime_error("the network's output has " + std::to_string(result.total()) +
                                     " numbers, and x has " + std::to_string(out.size()));
        std::copy_n(result.ptr<float>(), out.size(), out.data());
    }
};
#endif

struct options {
    std::string config, class_name, onnx, out = "from_diffusers.png";
    std::vector<int> shape{1, 32, 32};  // channels, rows, columns
    fokker::diffusers::timesteps asked{.steps = 20};
    std::uint64_t seed = 1;
    int count = 16;
};

/// The pictures in a row, eight in each.
void write(const ArrayXXf& x, const options& o) {
    const Index channels = o.shape[0], rows = o.shape[1], columns = o.shape[2];
    const Index across = std::min<Index>(x.cols(), 8), down = (x.cols() + across - 1) / across;
    std::vector<std::uint8_t> bytes(std::size_t(across * columns * down * rows));
    for (Index i = 0; i < x.cols(); ++i)
        for (Index r = 0; r < rows; ++r)
            for (Index c = 0; c < columns; ++c) {
                float value = 0.0f;  // colours as grey
                for (Index k = 0; k < channels; ++k)
                    value += x((k * rows + r) * columns + c, i) / float(channels);
                const Index at = (i / across * rows + r) * across * columns + i % across * columns;
                bytes[std::size_t(at + c)] =
                    std::uint8_t(std::lround(127.5f * (1.0f + std::clamp(value, -1.0f, 1.0f))));
            }
    const auto folder = std::filesystem::path(o.out).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder);
    if (!stbi_write_png(o.out.c_str(), int(across * columns), int(down * rows), 1, bytes.data(),
                        int(across * columns)))
        throw std::runtime_error("cannot write " + o.out);
}

void run(const options& o) {
    std::ifstream file(o.config);
    if (!file) throw std::runtime_error("cannot read " + o.config);
    const nlohmann::json config = fokker::diffusers::read_configuration(file);
    const auto scheduler = o.class_name.empty()
                               ? fokker::diffusers::scheduler(config)
                               : fokker::diffusers::scheduler(config, o.class_name);

    ArrayXXf x(Index(o.shape[0]) * o.shape[1] * o.shape[2], o.count);
    fokker::report done;
    const auto sample = [&](const auto& network) {
        done = fokker::diffusers::sample(x, network, scheduler, o.asked, fokker::torch_cpu(o.seed));
    };
    if (o.onnx.empty()) {
        if (o.shape[0] != 1 || o.shape[1] != o.shape[2])
            throw std::invalid_argument("the closed form draws squares of one channel");
        sample(closed_form{shapes(o.shape[1]), scheduler.plan(o.asked).reads});
    } else {
#ifdef WITH_OPENCV
        sample(onnx{std::make_shared<cv::dnn::Net>(cv::dnn::readNetFromONNX(o.onnx)), o.shape});
#else
        throw std::invalid_argument(
            "--onnx: this program was built without OpenCV (libopencv-dev)");
#endif
    }
    write(x, o);
    for (const std::string& key : scheduler.ignored())
        std::fprintf(stderr, "%s is a key of other classes, and was not looked at\n", key.c_str());
    std::printf("%s  %d steps  %lld calls  %s\n", std::string(scheduler.class_name()).c_str(),
                done.steps, static_cast<long long>(done.network_calls), o.out.c_str());
}

}  // namespace

int main(int count, char** words) {
    CLI::App app("Samples as a pipeline of diffusers does, out of a scheduler_config.json.",
                 "from_diffusers");
    options o;
    std::string shape = "1x32x32";
    double mu = 0.0;
    app.add_option("config", o.config, "The scheduler_config.json")->required();
    app.add_option("--class", o.class_name, "Another scheduler class than the file's");
    app.add_option("--steps", o.asked.steps, "Steps of the walk")->capture_default_str();
    CLI::Option* const shift = app.add_option("--mu", mu, "Shift of flows with dynamic shifting")
                                   ->check(fashion::finite_number);
    app.add_option("--seed", o.seed, "Seed of the noise")
        ->check(fashion::whole_number)
        ->capture_default_str();
    app.add_option("--count", o.count, "Pictures")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_option("--onnx", o.onnx, "A network with inputs x and t, in place of the closed form");
    app.add_option("--shape", shape, "Channels x rows x columns")->capture_default_str();
    app.add_option("--out", o.out, "The picture, a PNG")->capture_default_str();
    try {
        if (!fashion::parse(app, count, words)) return 0;
        if (std::sscanf(shape.c_str(), "%dx%dx%d", &o.shape[0], &o.shape[1], &o.shape[2]) != 3 ||
            *std::ranges::min_element(o.shape) < 1)
            throw std::invalid_argument("--shape is '" + shape + "'; write it as 1x32x32");
        if (*shift) o.asked.mu = mu;
        run(o);
    } catch (const std::invalid_argument& wrong) {
        std::fprintf(stderr, "%s\n", wrong.what());
        return 2;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s\n", problem.what());
        return 1;
    }
}
