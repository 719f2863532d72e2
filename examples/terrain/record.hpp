// What record.py writes.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace terrain {

struct batch {
    double sigma = 0.0;
    bool is_new = true;
    std::vector<float> difficulties;
    Eigen::ArrayXXf sources, noise, heights;
};

// Throws std::runtime_error, naming the file, where it is no record.
inline std::vector<batch> read_record(const std::filesystem::path& place, Eigen::Index elements) {
    std::ifstream file(place, std::ios::binary);
    std::vector<batch> all;
    const auto read = [&](auto* to, Eigen::Index count) {
        file.read(reinterpret_cast<char*>(to), static_cast<std::streamsize>(sizeof *to) * count);
    };
    while (file && file.peek() != std::ifstream::traits_type::eof()) {
        std::int32_t count = 0;
        float numbers[2] = {};
        read(&count, 1), read(numbers, 2);
        if (count < 1 || count > 1000) file.setstate(std::ios::failbit);
        if (!file) break;
        batch b;
        b.sigma = double(numbers[0]);
        b.is_new = numbers[1] == 0.0F;
        b.difficulties.resize(static_cast<std::size_t>(count));
        read(b.difficulties.data(), count);
        for (Eigen::ArrayXXf* each : {&b.sources, &b.noise, &b.heights}) {
            each->resize(elements, count);
            read(each->data(), each->size());
        }
        all.push_back(std::move(b));
    }
    if (!file || all.empty())
        throw std::runtime_error(place.string() +
                                 " is no record of terrains; record.py writes one");
    return all;
}

}  // namespace terrain
