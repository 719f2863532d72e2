#include <fokker/kernel/by_element.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <Eigen/Core>

#include <fokker/kernel/sweep.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/radial.hpp>
#include <fokker/noise/source.hpp>

#include "catch.hpp"

using namespace fokker::kernel;

namespace {

constexpr std::size_t paths = 3;

/// A pass of so many operands over samples of so many elements, all of it by element, and then path
/// by path with run_pass.
template <class T, class Source>
void compare(std::size_t operands, std::size_t samples, std::size_t elements, bool keeps,
             const Source& given, bool draws = true) {
    const fokker::array_shape shape{samples, elements};
    std::vector<std::uint32_t> path_of(elements);
    for (std::size_t i = 0; i < elements; ++i)
        path_of[i] = static_cast<std::uint32_t>(i * i % paths);
    std::vector<double> of(by_element::rows * paths), scratch(by_element::room(elements));
    for (std::size_t i = 0; i < of.size(); ++i) of[i] = 0.1 + 0.37 * static_cast<double>(i % 11);
    std::vector<std::vector<T>> in(operands, std::vector<T>(shape.size()));
    for (std::size_t k = 0; k < operands; ++k)
        for (std::size_t i = 0; i < shape.size(); ++i)
            in[k][i] = static_cast<T>(0.01 * static_cast<double>((i * 37 + k * 101) % 200) - 1.0);
    std::vector<T> out(shape.size() + 1, T(77)), kept = out, wanted(shape.size()), also = wanted;

    pass p(out.data(), shape);
    for (std::size_t k = 0; k < operands; ++k) p.add(1.0, in[k].data());
    if (keeps) p.also.kept.out = kept.data();
    Source source = given;
    const auto noise = noise_reference::to<T>(source);
    if (draws) p.noise = {{1.0, 512}, nullptr, &noise, 2};
    run_by_element<T>(p, {path_of.data(), paths, of.data(), scratch.data()});
    CHECK(out.back() == T(77));
    CHECK(kept.back() == T(77));

    for (std::size_t path = 0; path < paths; ++path) {
        const auto c = [&](std::size_t row) { return of[row * paths + path]; };
        pass q(wanted.data(), shape);
        if (keeps) {
            q.begin_beside(in[0].data(), in[1].data());
            q.also.kept = {also.data(), c(by_element::kept), c(by_element::kept + 1)};
        }
        for (std::size_t k = 0; k < operands; ++k) q.add(c(k), in[k].data());
        Source again = given;
        const auto same = noise_reference::to<T>(again);
        if (draws) q.noise = {{c(by_element::noise), 512}, nullptr, &same, 2};
        run_pass<T>(q);
        bool equal = true;
        for (std::size_t i = 0; i < shape.size(); ++i)
            if (path_of[i % elements] == path)
                equal = equal && out[i] == wanted[i] && (!keeps || kept[i] == also[i]);
        CHECK(equal);
    }
}

}  // namespace

TEMPLATE_TEST_CASE("each element has the bits of a pass with its coefficients", "", float, double,
                   Eigen::half) {
    const fokker::philox source{.seed = 3};
    for (const std::size_t elements : {1u, 15u, 16u, 50u, 1300u})
        for (const std::size_t samples : {1u, 3u}) {
            compare<TestType>(0, samples, elements, false, source);
            for (const std::size_t operands : {1u, 2u, 5u, 8u}) {
                compare<TestType>(operands, samples, elements, false, source, false);
                compare<TestType>(operands, samples, elements, operands > 1, source);
            }
        }
    // Large enough for several threads.
    compare<TestType>(3, 9, 8000, true, source);
}

TEST_CASE("an engine's numbers come in their order") {
    const fokker::detail::engine_source<std::mt19937> source(std::mt19937(5));
    compare<double>(2, 3, 700, false, source);
}

TEST_CASE("a source is told which samples of the batch it draws for") {
    const fokker::radial source(fokker::philox{.seed = 3}, [](double u) { return 1.0 + u; });
    compare<double>(2, 3, 50, false, source);
}

TEST_CASE("an empty array has no pass") {
    pass p(nullptr, {0, 4});
    run_by_element<double>(p, {});
}
