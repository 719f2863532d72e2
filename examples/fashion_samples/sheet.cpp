#include "sheet.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

namespace fashion {

namespace {

using Eigen::Index;

constexpr Index side = 28, scale = 3, margin = 5, pitch = side * scale + margin;
constexpr std::uint8_t margin_grey = 64;  // garments stand on black

std::uint8_t grey(float value) {
    return static_cast<std::uint8_t>(
        std::lround(std::clamp(127.5F * (value + 1.0F), 0.0F, 255.0F)));
}

void write_bytes(void* file, void* bytes, int count) {
    static_cast<std::ofstream*>(file)->write(static_cast<const char*>(bytes), count);
}

}  // namespace

void write_sheet(const Eigen::MatrixXf& pictures, Index columns,
                 const std::filesystem::path& file) {
    const Index rows = (pictures.cols() + columns - 1) / columns;
    const Index width = margin + columns * pitch, height = margin + rows * pitch;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width * height), margin_grey);
    for (Index i = 0; i < pictures.cols(); ++i) {
        const Index left = margin + i % columns * pitch, top = margin + i / columns * pitch;
        for (Index y = 0; y < side * scale; ++y)
            for (Index x = 0; x < side * scale; ++x)
                pixels[static_cast<std::size_t>((top + y) * width + left + x)] =
                    grey(pictures(y / scale * side + x / scale, i));
    }
    std::ofstream out(file, std::ios::binary);
    stbi_write_png_to_func(write_bytes, &out, static_cast<int>(width), static_cast<int>(height), 1,
                           pixels.data(), static_cast<int>(width));
    if (!out.flush()) throw std::runtime_error(file.string() + " could not be written");
}

}  // namespace fashion
