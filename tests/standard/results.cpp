// Numbers of everything that the kernel has two forms of, by a function of the name RESULTS: this
// file is compiled with the compiler's vectors, and with FOKKER_STANDARD_ONLY.
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete.hpp>
#include <fokker/fokker.hpp>

#include "results.hpp"
#include "support/noise.hpp"

namespace {

using fokker_test::named_bits;
using namespace fokker::kernel;
using fokker::array_shape;

std::uint64_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }
std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }
std::uint64_t bits_of(Eigen::half x) { return Eigen::numext::bit_cast<std::uint16_t>(x); }
std::uint64_t bits_of(Eigen::bfloat16 x) { return Eigen::numext::bit_cast<std::uint16_t>(x); }

class result_list {
public:
    template <class Numbers>
    void add(std::string name, const Numbers& numbers) {
        named_bits each{std::move(name), {}};
        for (const auto& x : numbers) each.bits.push_back(bits_of(x));
        all.push_back(std::move(each));
    }
    std::vector<named_bits> all;
};

template <class T>
constexpr const char* name_of() {
    if constexpr (std::is_same_v<T, float>) return " float";
    if constexpr (std::is_same_v<T, double>) return " double";
    if constexpr (std::is_same_v<T, Eigen::half>) return " half";
    return " bfloat16";
}

template <class F>
void for_each_type(const F& f) {
    f(float{});
    f(double{});
    f(Eigen::half{});
    f(Eigen::bfloat16{});
}

/// Between -1 and 1. Made of whole numbers: a sine's last bits may depend on the machine.
template <class T>
std::vector<T> varied(std::size_t size, std::uint32_t seed) {
    std::vector<T> x(size);
    std::uint32_t word = seed;
    for (T& each : x) {
        word = word * 1664525u + 1013904223u;
        each = static_cast<T>(static_cast<float>(static_cast<std::int32_t>(word)) * 0x1p-31f);
    }
    return x;
}

/// Whole draws of a source, in all types.
template <class Source>
void add_noise(result_list& results, const std::string& name, const Source& source) {
    for_each_type([&]<class T>(T) {
        for (const array_shape shape : {array_shape{3, 5}, {2, 700}, {1, 1501}}) {
            Source each = source;
            std::vector<double> z = fokker_test::whole_draw<T>(each, {shape, 256, {}, {}, 0});
            results.add(name + name_of<T>(), z);
        }
    });
}

template <class T>
void add_passes(result_list& results) {
    for (const array_shape shape : {array_shape{1, 3}, {70, 7}, {1, 1024}, {3, 1000}}) {
        const std::size_t size = shape.size();
        std::vector<std::vector<T>> p;
        for (std::uint32_t k = 0; k < 8; ++k) p.push_back(varied<T>(size, k));
        const auto t = [&](double c, std::size_t k) { return term<T>(c, p[k].data()); };
        const std::string end = name_of<T>() + std::string(" of ") + std::to_string(size);
        fokker::detail::no_noise none;
        fokker::philox source{.seed = 4};
        std::vector<T> out(size), kept(size);
        sweep(out.data(), t(0.3, 0) + t(-1.7, 1), shape, none);
        results.add("2 arrays" + end, out);
        sweep(out.data(),
              t(0.1, 0) + t(0.2, 1) + t(-0.3, 2) + t(0.4, 3) + t(0.7, 4) + t(6, 5) + t(7, 6), shape,
              none);
        results.add("7 arrays" + end, out);
        sweep(out.data(), t(0.3, 0) + t(0.9, 1) + 0.7 * gaussian<const T*>(1.0, 12), shape, source);
        results.add("2 arrays and noise" + end, out);
        beside also;
        also.is_bounded = true;
        also.bounded = {0.3, 1.9, -0.6, 0.8};
        also.kept = {kept.data(), 0.3, 0.6};
        sweep(out.data(), t(0.3, 0) + t(0.9, 1) + t(0.1, 2) + 0.7 * gaussian<const T*>(1.0, 12),
              shape, source, p[0].data(), p[1].data(), also);
        results.add("bounded" + end, out);
        results.add("kept" + end, kept);
        const std::array operands{static_cast<const T*>(p[1].data()),
                                  static_cast<const T*>(p[2].data())};
        for (const auto form :
             {variance_form::plain, variance_form::logarithm, variance_form::excess}) {
            elementwise_std<const T*> std{form, 0.4, 1.5, p[0].data(), {0.2, 0.9}};
            if (form == variance_form::excess) {
                std.of_operand = 0.75;
                std.coefficients = {0.3, -0.7};
                std.operands = {operands[0], operands[1]};
            }
            sweep(out.data(), with_std<const T*>(gaussian<const T*>(1.0, 12), std), shape, source);
            results.add("std of its own" + end, out);
        }
    }
}

void add_reduced(result_list& results) {
    std::vector<float> half, bfloat16;
    std::array<Eigen::half, wide_count> halves{};
    std::array<Eigen::bfloat16, wide_count> bfloats{};
    std::array<float, wide_count> wides{};
    for (std::uint32_t i = 0; i < 65536; i += wide_count) {
        for (std::uint32_t k = 0; k < wide_count; ++k) {
            halves[k] = Eigen::numext::bit_cast<Eigen::half>(static_cast<std::uint16_t>(i + k));
            bfloats[k] =
                Eigen::numext::bit_cast<Eigen::bfloat16>(static_cast<std::uint16_t>(i + k));
        }
        store(widened(halves.data()), wides.data());
        half.insert(half.end(), wides.begin(), wides.end());
        store(widened(bfloats.data()), wides.data());
        bfloat16.insert(bfloat16.end(), wides.begin(), wides.end());
    }
    // The instructions mark what is no number as quiet; plain loops leave it as it is.
    std::erase_if(half, [](float x) { return std::isnan(x); });
    results.add("half to float", half);
    results.add("bfloat16 to float", bfloat16);
    std::vector<Eigen::half> narrow_half;
    std::vector<Eigen::bfloat16> narrow_bfloat16;
    for (std::uint64_t i = 0; i < std::uint64_t{1} << 32; i += 40009 * wide_count) {
        for (std::uint32_t k = 0; k < wide_count; ++k) {
            const float x = std::bit_cast<float>(static_cast<std::uint32_t>(i + 40009 * k));
            wides[k] = std::isnan(x) || std::abs(x) < 1e-37f ? 1.0f : x;
        }
        narrow(load(wides.data()), halves.data());
        narrow_half.insert(narrow_half.end(), halves.begin(), halves.end());
        narrow(load(wides.data()), bfloats.data());
        narrow_bfloat16.insert(narrow_bfloat16.end(), bfloats.begin(), bfloats.end());
    }
    // Registers may end beyond 2^32; how far depends on their width.
    narrow_half.resize(107000);
    narrow_bfloat16.resize(107000);
    results.add("float to half", narrow_half);
    results.add("float to bfloat16", narrow_bfloat16);
}

template <class T>
void add_sums(result_list& results) {
    for (const std::size_t size : {1u, 15u, 16u, 63u, 1000u, 5003u}) {
        const auto a = varied<T>(size, 1), b = varied<T>(size, 2);
        const auto s = products(a.data(), b.data(), size);
        results.add("sums" + std::string(name_of<T>()),
                    std::array{dot(a.data(), b.data(), size), standard_deviation(a.data(), size),
                               s.difference_squared, s.along, s.direction_squared,
                               error_norm(a.data(), b.data(), a.data(), {1, size}, {})});
        auto row = varied<T>(size, 3);
        for (T& x : row) x *= T(20);
        const auto add_row = [&](const char* what) {
            const auto sum = sum_exponentials(row.data(), size, 0.7);
            const auto moments = exponential_moments_of(row.data(), size, 1.3);
            results.add(std::string("exponentials") + name_of<T>() + what,
                        std::array{sum.reference, sum.sum, moments.of.reference, moments.of.sum,
                                   moments.next, moments.mean,
                                   static_cast<double>(largest_number(row.data(), size))});
            if constexpr (std::is_same_v<T, float>) {
                const auto once = sum_exponentials_once(row.data(), size);
                results.add("exponentials read once", std::array{once.reference, once.sum});
            } else {
                auto made = row;
                make_exponentials(made.data(), size, sum.reference, 0.7);
                results.add("exponentials of a row", made);
            }
        };
        add_row("");
        row[0] = T(80);
        add_row(", a large one");
        row[size / 2] = -std::numeric_limits<T>::infinity();
        if (size > 1) add_row(", one of minus infinity");
    }
}

/// A network whose own bits do not depend on anything: one division an element.
struct network {
    template <class X, class Out>
    void operator()(const X& x, double, Out& out) const {
        using T = typename X::Scalar;
        for (Eigen::Index i = 0; i < x.size(); ++i)
            out(i) = x(i) / (T(1) + (x(i) < T(0) ? -x(i) : x(i)));
    }
};

template <class T, class Solver, class Source>
void add_walk(result_list& results, const std::string& name, const Solver& solver,
              const Source& source) {
    Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic> x(117, 3);
    fokker::sample(x, network{}, fokker::trailing(fokker::linear_schedule(), 8), solver, source);
    results.add(name + name_of<T>(), std::vector<T>(x.data(), x.data() + x.size()));
}

void add_walks(result_list& results) {
    const fokker::philox source{.seed = 5};
    for_each_type([&]<class T>(T) {
        add_walk<T>(results, "ddim", fokker::ddim{}, source);
        add_walk<T>(results, "ddpm", fokker::ddpm{}, source);
    });
    const auto add = [&](const char* name, const auto& solver) {
        add_walk<float>(results, name, solver, source);
    };
    add("heun", fokker::heun{});
    add("dpm_solver_pp_2m", fokker::dpm_solver_pp_2m{});
    add("unipc", fokker::unipc<3>{});
    add("pndm", fokker::pndm{});
    add("euler_ancestral", fokker::euler_ancestral{});
    add("dormand_prince", fokker::dormand_prince{});
    add_walk<double>(results, "sde_dpm_solver_pp", fokker::sde_dpm_solver_pp{},
                     fokker::brownian{.seed = 5});

    // Classes: their draws are the sums of exponentials.
    namespace discrete = fokker::discrete;
    const auto says = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& logits) {
        for (Eigen::Index i = 0; i < logits.cols(); ++i)
            for (Eigen::Index k = 0; k < logits.rows(); ++k)
                logits(k, i) =
                    static_cast<float>((k * 37 + i * 11 + x(i % x.size())) % 101) * 0.0625f;
    };
    Eigen::ArrayXXi x(16, 4);
    discrete::sample(x, discrete::predicts_classes(says, 1000), discrete::absorbing{.mask = 1000},
                     fokker::flow(12), discrete::ancestral{}, fokker::philox{.seed = 3});
    results.add("classes", std::vector<double>(x.data(), x.data() + x.size()));
}

}  // namespace

std::vector<named_bits> RESULTS();

std::vector<named_bits> RESULTS() {
    result_list results;
    add_noise(results, "philox", fokker::philox{.seed = 11});
    add_noise(results, "brownian", fokker::brownian{.seed = 11});
    add_noise(results, "torch_cpu", fokker::torch_cpu(11));
    add_noise(results, "torch_cuda", fokker::torch_cuda(11, {132, 2048}));
    add_noise(results, "student_t", fokker::student_t(fokker::philox{.seed = 11}, 2048));
    for (std::uint64_t i = 0; i < 100; ++i)
        results.add("uniforms",
                    fokker::noise::uniforms_at(fokker::philox{.seed = 11}, {i, 3, 4 * i}));
    for_each_type([&]<class T>(T) { add_passes<T>(results); });
    add_reduced(results);
    add_sums<float>(results);
    add_sums<double>(results);
    add_walks(results);
    return std::move(results.all);
}
