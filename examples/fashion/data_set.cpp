#include "data_set.hpp"

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <stdexcept>

namespace fashion {

namespace {

// `count` bytes of a gzipped file, after its header.
std::vector<unsigned char> read_bytes(const std::filesystem::path& path, int header, int count) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
    std::vector<unsigned char> bytes(static_cast<std::size_t>(header + count));
    if (!file ||
        gzread(file.get(), bytes.data(), static_cast<unsigned>(header + count)) != header + count)
        throw std::runtime_error(
            path.string() +
            " cannot be read; install dataset-fashion-mnist, or name the folder "
            "that holds it with --data");
    return {bytes.begin() + header, bytes.end()};
}

}  // namespace

data_set read_data_set(const std::filesystem::path& folder, const std::string& name, int count) {
    constexpr int pixels = 28 * 28;
    const auto grey = read_bytes(folder / (name + "-images-idx3-ubyte.gz"), 16, count * pixels);
    const auto classes = read_bytes(folder / (name + "-labels-idx1-ubyte.gz"), 8, count);
    data_set result{Eigen::MatrixXf(pixels, count), {classes.begin(), classes.end()}};
    for (std::size_t i = 0; i < grey.size(); ++i)
        result.pictures.data()[i] = static_cast<float>(grey[i]) / 127.5F - 1.0F;
    return result;
}

}  // namespace fashion
