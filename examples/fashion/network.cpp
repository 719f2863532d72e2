#include "network.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

namespace fashion {

namespace {

void require(const constant_matrix& x, std::span<const int> classes, const constant_matrix& out) {
    if (x.rows() != unet::pixels || out.rows() != unet::pixels || out.cols() != x.cols())
        throw std::invalid_argument{"fashion::unet: pictures have 784 rows"};
    if (classes.size() != static_cast<std::size_t>(x.cols()))
        throw std::invalid_argument{"fashion::unet: one class a picture is needed"};
    for (const int label : classes)
        if (label < 0 || label > no_label)
            throw std::invalid_argument{"fashion::unet: classes are 0..9, or 10 for none"};
}

}  // namespace

unet::unet(const std::filesystem::path& path)
    : unet{weights{path, "FASHUNET", "the fashion network", architecture::numbers}} {}

unet::unet(const std::filesystem::path& path, const std::filesystem::path& heads) : unet{path} {
    heads_.emplace(heads, no_label + 1);
    if (heads_->channels() != body_.features().rows() ||
        heads_->embedding_size() != body_.embedding_size())
        throw std::runtime_error{heads.string() + ": these are the heads of another network"};
}

unet::unet(weights&& file) : body_{file, architecture{file}, 4, 4} { file.expect_end(); }

void unet::evaluate(const constant_matrix& x, double t, std::span<const int> classes, matrix out) {
    require(x, classes, out);
    const noise_level at = begin(t);
    for (Index i = 0; i < x.cols(); ++i) predict(x.col(i).data(), at, classes, i, out);
}

void unet::evaluate(const constant_matrix& x, double t, std::span<const int> classes, matrix out,
                    moment which, matrix second) {
    require(x, classes, out);
    require(x, classes, second);
    if (!heads_) throw std::logic_error{"fashion::unet: there are no heads; name their file"};
    if (out.data() == x.data() || second.data() == x.data())
        throw std::invalid_argument{"fashion::unet: with a second moment x is read to the end"};
    const noise_level at = begin(t);
    heads_->embed(body_.condition(), which);
    for (Index i = 0; i < x.cols(); ++i) {
        const float* in = x.col(i).data();
        const MatrixXf& velocity = predict(in, at, classes, i, out);
        const MatrixXf& value =
            (*heads_)(body_.features(), classes[static_cast<std::size_t>(i)], which);
        float* result = second.col(i).data();
        each_pixel(side, [&](Index pixel, Index channel, Index column) {
            // noise = a v + s x
            const float x_s = at.s * in[pixel], of_v = at.a * at.a * value(channel, column);
            result[pixel] = which == moment::residual_squared
                                ? of_v
                                : of_v + (2 * at.a * velocity(channel, column) + x_s) * x_s;
        });
    }
}

unet::noise_level unet::begin(double t) {
    body_.begin(t);
    const double log_alpha_bar = schedule_.log_alpha_bar(t);
    return {static_cast<float>(std::exp(0.5 * log_alpha_bar)),
            static_cast<float>(std::sqrt(-std::expm1(log_alpha_bar)))};
}

// The body predicts the velocity v; the noise is a v + s x.
const MatrixXf& unet::predict(const float* in, noise_level at, std::span<const int> classes,
                              Index i, matrix& out) {
    each_pixel(side, [&](Index pixel, Index channel, Index column) {
        body_.input.values(channel, 1 + column) = in[pixel];
    });
    const MatrixXf& velocity = body_(classes[static_cast<std::size_t>(i)]);
    float* noise = out.col(i).data();
    each_pixel(side, [&](Index pixel, Index channel, Index column) {
        noise[pixel] = at.a * velocity(channel, column) + at.s * in[pixel];
    });
    return velocity;
}

}  // namespace fashion
