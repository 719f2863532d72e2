#include "shard_file.hpp"

#include <bit>
#include <cstddef>
#include <cstring>

#include "../fashion/fingerprint.hpp"

namespace fashion {

namespace {

using Eigen::Index;
static_assert(std::endian::native == std::endian::little, "the files are little-endian");

constexpr Index pixels = 784, features = 64;
constexpr std::size_t record = sizeof(std::uint64_t) + sizeof(std::int32_t) +
                               sizeof(float) * (pixels + features) + sizeof(std::uint64_t);

// Version 1.0 of the format. The data begin at a multiple of 64.
std::string header(const std::string& type, const std::string& shape) {
    std::string words =
        "{'descr': " + type + ", 'fortran_order': False, 'shape': (" + shape + "), }";
    constexpr std::size_t before = 10;  // magic, version, size
    while ((before + words.size() + 1) % 64 != 0) words += ' ';
    words += '\n';
    std::string result("\x93NUMPY\x01\x00", 8);
    result += static_cast<char>(words.size() % 256);
    result += static_cast<char>(words.size() / 256);
    return result + words;
}

std::string header_of(fokker::shard which) {
    return header(
        "[('number', '<u8'), ('class', '<i4'), ('picture', '<f4', (28, 28)), "
        "('features', '<f4', (64,)), ('checksum', '<u8')]",
        std::to_string(which.count) + ",");
}

template <class T>
void put(std::string& bytes, const T* values, std::size_t count = 1) {
    bytes.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

template <class T>
void take(std::string_view& bytes, T* values, std::size_t count = 1) {
    std::memcpy(values, bytes.data(), count * sizeof(T));
    bytes.remove_prefix(count * sizeof(T));
}

}  // namespace

std::uint64_t npy_size(fokker::shard which) {
    return header_of(which).size() + which.count * record;
}

std::string to_npy(const drawn_pictures& drawn, fokker::shard which, std::uint64_t seal) {
    std::string bytes = header_of(which);
    bytes.reserve(npy_size(which));
    for (std::uint64_t i = 0; i < which.count; ++i) {
        const std::size_t begin = bytes.size();
        const auto column = static_cast<Index>(i);
        const std::uint64_t number = which.first + i;
        const std::int32_t label = drawn.classes[i];
        put(bytes, &number);
        put(bytes, &label);
        put(bytes, drawn.pictures.col(column).data(), pixels);
        put(bytes, drawn.features.col(column).data(), features);
        const std::uint64_t sum = fingerprint(std::string_view(bytes).substr(begin), seal);
        put(bytes, &sum);
    }
    return bytes;
}

std::optional<drawn_pictures> from_npy(std::string_view bytes, fokker::shard which,
                                       std::uint64_t seal) {
    const std::string expected = header_of(which);
    if (bytes.size() != npy_size(which) || !bytes.starts_with(expected)) return std::nullopt;
    bytes.remove_prefix(expected.size());
    const auto count = static_cast<Index>(which.count);
    drawn_pictures drawn{std::vector<int>(which.count), Eigen::MatrixXf(pixels, count),
                         Eigen::MatrixXf(features, count)};
    for (std::uint64_t i = 0; i < which.count; ++i) {
        const auto column = static_cast<Index>(i);
        const std::uint64_t made =
            fingerprint(bytes.substr(0, record - sizeof(std::uint64_t)), seal);
        std::uint64_t number = 0, sum = 0;
        std::int32_t label = 0;
        take(bytes, &number);
        take(bytes, &label);
        take(bytes, drawn.pictures.col(column).data(), pixels);
        take(bytes, drawn.features.col(column).data(), features);
        take(bytes, &sum);
        if (number != which.first + i || sum != made) return std::nullopt;
        drawn.classes[i] = label;
    }
    return drawn;
}

std::string to_npy(const Eigen::MatrixXd& values) {
    const bool is_vector = values.cols() == 1;
    const std::string rows = std::to_string(values.rows()) + ",";
    std::string bytes =
        header("'<f8'", is_vector ? rows : rows + " " + std::to_string(values.cols()));
    const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_rows = values;
    put(bytes, by_rows.data(), static_cast<std::size_t>(by_rows.size()));
    return bytes;
}

}  // namespace fashion
