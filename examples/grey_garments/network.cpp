#include "network.hpp"

#include <cstddef>
#include <stdexcept>

namespace grey {

namespace {

constexpr Index width = 4;  // numbers that stand for a level

void require(bool right, const char* sentence) {
    if (!right) throw std::invalid_argument{sentence};
}

}  // namespace

network::network(const std::filesystem::path& file)
    : network{fashion::weights{file, "FASHGREY", "the network of grey levels",
                               fashion::architecture::numbers}} {}

network::network(fashion::weights&& file)
    : body_{file, fashion::architecture{file}, 4 * width, 4 * levels},
      levels_{file.next("levels.weight", {width, levels})} {
    file.expect_end();
}

void network::evaluate(const Eigen::Ref<const pictures>& x, double t, std::span<const int> classes,
                       Eigen::Ref<Eigen::ArrayXXf> logits) {
    require(x.rows() == pixels && logits.rows() == levels && logits.cols() == pixels * x.cols(),
            "grey::network: pictures have 784 pixels, and each pixel 8 logits");
    require(classes.size() == static_cast<std::size_t>(x.cols()),
            "grey::network: one class a picture is needed");
    require((x >= 0).all() && (x < levels).all(), "grey::network: levels are 0..7");
    for (const int label : classes)
        require(label >= 0 && label <= fashion::no_label,
                "grey::network: classes are 0..9, or 10 for none");
    body_.begin(t);
    for (Index n = 0; n < x.cols(); ++n) {
        // PyTorch folds 2 x 2 pixels inside a channel.
        fashion::each_pixel(body_.side, [&](Index pixel, Index place, Index column) {
            for (Index i = 0; i < width; ++i)
                body_.input.values(4 * i + place, 1 + column) = levels_(x(pixel, n), i);
        });
        const Eigen::MatrixXf& out = body_(classes[static_cast<std::size_t>(n)]);
        fashion::each_pixel(body_.side, [&](Index pixel, Index place, Index column) {
            for (Index i = 0; i < levels; ++i)
                logits(i, pixels * n + pixel) = out(4 * i + place, column);
        });
    }
}

}  // namespace grey
