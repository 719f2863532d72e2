#include "sheet.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_easy_font.h>
#include <stb/stb_image_write.h>

namespace fashion {

namespace {

using Eigen::Index;

constexpr std::uint8_t margin_grey = 64, letter_grey = 230;  // garments stand on black

std::uint8_t grey(float value) {
    return static_cast<std::uint8_t>(
        std::lround(std::clamp(127.5F * (value + 1.0F), 0.0F, 255.0F)));
}

void write_bytes(void* file, void* bytes, int count) {
    static_cast<std::ofstream*>(file)->write(static_cast<const char*>(bytes), count);
}

// stb takes letters that are not const, and changes none.
Index width_of(std::string name) { return stb_easy_font_width(name.data()); }

struct sheet {
    Index width, height;
    std::vector<std::uint8_t> pixels;

    sheet(Index w, Index h)
        : width(w), height(h), pixels(static_cast<std::size_t>(w * h), margin_grey) {}

    void fill(Index left, Index top, Index right, Index bottom, std::uint8_t value) {
        for (Index y = std::max<Index>(0, top); y < std::min(bottom, height); ++y)
            for (Index x = std::max<Index>(0, left); x < std::min(right, width); ++x)
                pixels[static_cast<std::size_t>(y * width + x)] = value;
    }

    void draw(const auto& picture, Index side, Index left, Index top, Index scale) {
        for (Index y = 0; y < side; ++y)
            for (Index x = 0; x < side; ++x)
                fill(left + x * scale, top + y * scale, left + (x + 1) * scale,
                     top + (y + 1) * scale, grey(picture(y * side + x)));
    }

    void write_name(std::string name, Index left, Index top, Index scale) {
        struct vertex {
            float x, y, z;
            unsigned char colour[4];
        };
        std::vector<std::array<vertex, 4>> quads(100 * (name.size() + 1));
        const int count = stb_easy_font_print(0, 0, name.data(), nullptr, quads.data(),
                                              static_cast<int>(sizeof quads[0] * quads.size()));
        quads.resize(static_cast<std::size_t>(count));
        const auto place = [&](float at) { return static_cast<Index>(std::lround(at)) * scale; };
        for (const auto& quad : quads)  // corners clockwise, upright
            fill(left + place(quad[0].x), top + place(quad[0].y), left + place(quad[2].x),
                 top + place(quad[2].y), letter_grey);
    }

    void write(const std::filesystem::path& file) {
        std::ofstream out(file, std::ios::binary);
        stbi_write_png_to_func(write_bytes, &out, static_cast<int>(width), static_cast<int>(height),
                               1, pixels.data(), static_cast<int>(width));
        if (!out.flush()) throw std::runtime_error(file.string() + " could not be written");
    }
};

std::filesystem::path page_of(const std::filesystem::path& file, Index page) {
    if (page == 0) return file;
    std::filesystem::path name = file.stem();
    name += "-";
    name += std::to_string(page + 1);
    name += file.extension();
    return file.parent_path() / name;
}

}  // namespace

std::vector<std::filesystem::path> write_sheets(const Eigen::MatrixXf& pictures,
                                                const std::vector<sheet_block>& blocks,
                                                Index columns, const std::filesystem::path& file) {
    Index name_width = 0;
    for (const sheet_block& each : blocks) name_width = std::max(name_width, width_of(each.name));
    const auto side = static_cast<Index>(std::lround(std::sqrt(double(pictures.rows()))));
    const sheet_layout l = lay_out_sheet(blocks, columns, name_width, side);
    std::vector<std::filesystem::path> written;
    for (Index page = 0; page < l.pages; ++page) {
        sheet s(l.width(), l.height());
        const Index begin = page * l.per_page();
        const Index end = std::min(begin + l.per_page(), static_cast<Index>(blocks.size()));
        for (Index i = begin; i < end; ++i) {
            const sheet_block& b = blocks[static_cast<std::size_t>(i)];
            // Down the sheet first, then across.
            const Index left = l.margin() + (i - begin) / l.down * l.block_width;
            const Index top = l.margin() + (i - begin) % l.down * l.block_height;
            s.write_name(b.name, left + l.margin(), top + 10 * l.scale, l.letter_scale());
            for (Index k = 0; k < b.count; ++k)
                s.draw(pictures.col(b.first + k), side,
                       left + l.name_width + k % l.columns * l.pitch(),
                       top + k / l.columns * l.pitch(), l.scale);
        }
        written.push_back(page_of(file, page));
        s.write(written.back());
    }
    return written;
}

}  // namespace fashion
