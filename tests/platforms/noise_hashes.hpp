/// What the noise sources and draws of classes give, as hashes of their bits: the same on every
/// machine, compiler, level and operating system. Noise that depends on the standard library is not
/// among it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <fokker/discrete/categorical.hpp>
#include <fokker/kernel/exponential.hpp>
#include <fokker/noise/brownian.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/radial.hpp>
#include <fokker/noise/sample_numbers.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/student_t.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/noise/torch_cuda.hpp>
#include <fokker/noise/torchsde_tree.hpp>
#include <fokker/noise/uniforms.hpp>
#include <fokker/noise/varied.hpp>
#include <fokker/path/knot.hpp>

namespace fokker_test {

/// FNV-1a over the bytes of numbers.
class hash_of_bytes {
public:
    template <class T>
    void add(const T* numbers, std::size_t count) {
        const auto* const bytes = reinterpret_cast<const unsigned char*>(numbers);
        for (std::size_t i = 0; i < count * sizeof(T); ++i)
            hash_ = (hash_ ^ bytes[i]) * 0x100000001b3u;
    }
    void add(auto number) { add(&number, 1); }
    std::uint64_t value() const { return hash_; }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325u;
};

/// Two draws of a step, tile by tile: many elements, so that a rare difference is found.
template <class T, class State = T>
std::uint64_t hash_of_draws(auto source, std::size_t elements = 33333, std::size_t samples = 3) {
    hash_of_bytes all;
    std::array<T, fokker::noise_tile> tile;
    for (const std::uint32_t draw : {256u, 257u}) {
        const fokker::noise_draw begun{{samples, elements}, draw, 0.7, draw == 256 ? 0.3 : 0.55, 0};
        fokker::detail::begin_draw<State>(source, begun);
        for (std::size_t n = 0; n < samples; ++n)
            for (std::size_t e = 0; e < elements; e += tile.size()) {
                const std::size_t count = std::min(tile.size(), elements - e);
                source.fill(tile.data(), count, fokker::noise_position{n, draw, e});
                all.add(tile.data(), count);
            }
    }
    return all.value();
}

/// Whole small samples together.
template <class T>
std::uint64_t hash_of_samples(auto source) {
    hash_of_bytes all;
    std::vector<T> tile(fokker::noise_tile);
    const fokker::noise_draw begun{{5, 77}, 256, 0.7, 0.3, 0};
    fokker::detail::begin_draw<T>(source, begun);
    for (std::uint64_t n = 0; n < 1000; n += 5) {
        source.fill_samples(tile.data(), 5, 77, fokker::noise_position{n, 256, 0});
        all.add(tile.data(), 5 * 77);
    }
    return all.value();
}

/// Classes that are drawn from rows of logits, and their probabilities: of all classes, of the
/// likeliest, and of rows where something is changed.
template <class T>
std::uint64_t hash_of_classes(std::size_t classes, double temperature) {
    using namespace fokker;
    constexpr philox seed{.seed = 21};
    hash_of_bytes all;
    discrete::detail::row_reader reader(classes);
    std::vector<T> row(classes);
    const auto add = [&](const discrete::detail::drawn_class& drawn) {
        all.add(drawn.number);
        all.add(drawn.probability);
    };
    for (std::uint64_t n = 0; n < 100; ++n) {
        for (std::size_t i = 0; i < classes; ++i)
            row[i] = static_cast<T>(16.0 * noise::uniforms_at(seed, {n, 256, i})[0]);
        const discrete::detail::row_changes changed{.excluded = static_cast<int>(n),
                                                    .weighted = static_cast<int>(n) + 1,
                                                    .log_weight = 2.5};
        for (std::uint64_t k = 0; k < 20; ++k) {
            const double u = noise::uniforms_at(seed, {n, 257, k})[0];
            add(reader.draw(row.data(), {}, {.temperature = temperature}, u));
            add(reader.draw(row.data(), changed, {.temperature = temperature}, u));
        }
        add(reader.draw(row.data(), changed, {.temperature = temperature, .top_k = 50}, 0.625));
    }
    return all.value();
}

struct hashed {
    const char* name;
    std::uint64_t wanted;
    std::function<std::uint64_t()> found;
};

inline std::vector<hashed> noise_hashes() {
    using namespace fokker;
    constexpr philox seed{.seed = 0x123456789abcdef0u, .first_sample = 0xfffffffeu};
    const auto numbers = [=](const auto& draw) {
        return [=] {
            hash_of_bytes all;
            for (int i = 0; i < 20000; ++i) {
                sample_numbers of_one(seed, static_cast<std::uint64_t>(i), 256);
                all.add(draw(of_one));
            }
            return all.value();
        };
    };
    const auto over = [](double from, double step, const auto& f) {
        return [=] {
            hash_of_bytes all;
            for (int i = 0; i <= 20000; ++i) all.add(f(from + i * step));
            return all.value();
        };
    };
    const brownian path{.seed = 5, .first_sample = 3};
    const auto drawn = [](sample_numbers& its, std::size_t elements) {
        return its.gamma(0.5 * static_cast<double>(elements));
    };
    const auto by_number = [](double u) { return 2.0 * u + 1.0; };
    constexpr torch_cuda::device device{.multiprocessors = 2, .threads = 512};
    const auto words = [=] {
        hash_of_bytes all;
        for (std::uint64_t e = 0; e < 20000; ++e)
            for (const std::uint64_t word : noise::words_at(seed, {e % 77, 256, e})) all.add(word);
        return all.value();
    };
    const auto uniforms = [=] {
        hash_of_bytes all;
        for (std::uint64_t e = 0; e < 20000; ++e)
            for (const double u : noise::uniforms_at(seed, {e % 77, 256, e}))
                all.add(noise::without_ends(u));
        return all.value();
    };
    return {
        {"uniform words", 0x70c0a47ef2ae6fc3u, words},
        {"uniform numbers", 0x8156578cfb12c96eu, uniforms},
        {"philox, float", 0xe888935bb55e6681u, [=] { return hash_of_draws<float>(seed); }},
        {"philox, double", 0x552ccaf3bbffd60au, [=] { return hash_of_draws<double>(seed); }},
        {"philox, small samples, float", 0x31634fc4f6762d25u,
         [=] { return hash_of_samples<float>(seed); }},
        {"philox, small samples, double", 0x2b89d3d60d773f42u,
         [=] { return hash_of_samples<double>(seed); }},
        {"brownian, float", 0xfe7a1b032f0a1a11u, [=] { return hash_of_draws<float>(path, 3333); }},
        {"brownian, double", 0x320275fcecc03849u,
         [=] { return hash_of_draws<double>(path, 3333); }},
        {"brownian, small samples, double", 0x2778b75b750c00b9u,
         [=] { return hash_of_samples<double>(path); }},
        {"torch_cpu, float", 0x4daa30c3c19cd85bu,
         [=] { return hash_of_draws<float>(torch_cpu(7)); }},
        {"torch_cpu, 16 bits", 0xa4c66915d359bdb0u,
         [=] { return hash_of_draws<float, Eigen::half>(torch_cpu(7)); }},
        {"torch_cuda, float", 0xe553bfe4b0c2eb92u,
         [=] { return hash_of_draws<float>(torch_cuda(7, device)); }},
        {"torch_cuda, double", 0x68734b589207c1e0u,
         [=] { return hash_of_draws<double>(torch_cuda(7, device)); }},
        {"torchsde_tree, float", 0x040d4789d949a80du,
         [=] { return hash_of_draws<float>(torchsde_tree(11, 0.125, 4.0)); }},
        {"varied, float", 0xd1923ab07bf2d650u,
         [=] { return hash_of_draws<float>(varied(seed, path, 0.3), 3333); }},
        {"varied, double", 0xf6afd3ab36c48f0fu,
         [=] { return hash_of_draws<double>(varied(seed, path, 0.3), 3333); }},
        {"student_t, float", 0x0cc78258755c85f3u,
         [=] { return hash_of_draws<float>(student_t(seed, 3.0), 77, 5000); }},
        {"student_t, double", 0x26f60ed2bde9753fu,
         [=] { return hash_of_draws<double>(student_t(seed, 1.5), 77, 5000); }},
        {"radial, double", 0x474b0d9a42171960u,
         [=] { return hash_of_draws<double>(radial(seed, by_number), 777, 100); }},
        {"radial, drawn, float", 0xc7fbda8b73754ef9u,
         [=] { return hash_of_draws<float>(radial(seed, drawn), 777, 100); }},
        {"numbers of a sample, normal", 0x0c9c2c7a4e38cb19u,
         numbers([](auto& its) { return its.normal(); })},
        {"numbers of a sample, gamma(0.1)", 0x5e8fd533c219a41du,
         numbers([](auto& its) { return its.gamma(0.1); })},
        {"numbers of a sample, gamma(7)", 0x910753b4d739e00au,
         numbers([](auto& its) { return its.gamma(7.0); })},
        {"classes, few, float", 0xa446ebb34ce163b0u,
         [] { return hash_of_classes<float>(50, 1.0); }},
        {"classes, many, float", 0xf2ec9b4b4431515au,
         [] { return hash_of_classes<float>(3000, 1.0); }},
        {"classes, many, by temperature", 0xdd01f5ac265f81f4u,
         [] { return hash_of_classes<float>(3000, 0.7); }},
        {"classes, many, double", 0x3d852674befb41e1u,
         [] { return hash_of_classes<double>(3000, 1.0); }},
        {"brownian_clock", 0xae6498323de26d99u,
         over(0.0, 0x1p-12,
              [](double s) {
                  return brownian_clock({0, 0.7, s});
              })},
        {"exponential, double", 0xa758f0747c60bf6fu,
         over(-720.0, 0x1p-4, [](double x) { return kernel::exponential(x); })},
        {"power_of_two, float", 0x847e1ad7272e8da8u,
         over(-126.0, 0x1p-8,
              [](double x) {
                  return kernel::power_of_two(kernel::lanes<float>{} + static_cast<float>(x))[0];
              })},
    };
}

}  // namespace fokker_test
