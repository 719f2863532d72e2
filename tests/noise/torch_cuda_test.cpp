#include <fokker/noise/torch_cuda.hpp>

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"
#include "support/mixture.hpp"
#include "support/noise.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::golden, fokker_test::golden_cases, fokker_test::golden_numbers,
    fokker_test::whole_draw;

static_assert(draw_source<torch_cuda> && !torch_cuda::counted);

TEST_CASE("the layout on a device, every size and type, from call to call") {
    int devices = 0;
    for (const auto& entry : golden_cases("noise")) {
        if (!entry.contains("multiprocessors")) continue;
        ++devices;
        torch_cuda source(entry.at("seed").get<std::uint64_t>(),
                          {.multiprocessors = entry.at("multiprocessors").get<int>(),
                           .threads = entry.at("threads").get<int>()});
        for (const auto& call : entry.at("calls")) {
            const auto size = call.at("size").get<std::size_t>();
            const auto type = call.at("type").get<std::string>();
            INFO(entry.at("name") << ": " << size << " " << type);
            const std::vector<double> all = whole_draw(source, type, {{1, size}});
            std::vector<double> some;
            for (const auto& at : call.at("at")) some.push_back(all.at(at.get<std::size_t>()));
            const auto wanted = golden_numbers(call.at("values"));
            if (type != "double")
                CHECK(fokker_test::worst_units(type, some, wanted) <= 1);
            else
                for (std::size_t i = 0; i < wanted.size(); ++i)
                    CHECK(std::abs(some[i] - wanted[i]) < 4e-15);
        }
        CHECK(source.offset() == entry.at("offset").get<std::uint64_t>());
    }
    CHECK(devices == 4);
}

TEST_CASE("the vectors that others published") {
    const auto entry = golden("noise", "published");
    torch_cuda source(entry.at("seed").get<std::uint64_t>(), {132, 2048});
    for (const char* draw : {"first", "second"}) {
        const auto wanted = golden_numbers(entry.at(draw));
        const auto z = whole_draw<float>(source, {{1, 8}});
        for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(std::abs(z[i] - wanted[i]) < 1e-6);
    }
}

TEST_CASE("a counter is used up before the next one, and the next draw begins a new one") {
    // 256 threads, each with four floats or two doubles a counter; the offset counts words.
    const auto offset_after = [](auto zero, std::size_t size) {
        torch_cuda source(3, {.multiprocessors = 1, .threads = 256});
        (void)whole_draw<decltype(zero)>(source, {{1, size}});
        return source.offset();
    };
    for (const std::size_t size : {1u, 1023u, 1024u}) CHECK(offset_after(0.0f, size) == 4);
    CHECK(offset_after(0.0f, 1025) == 8);
    CHECK(offset_after(0.0f, 2048) == 8);
    CHECK(offset_after(0.0, 512) == 4);
    CHECK(offset_after(0.0, 513) == 8);
}

TEST_CASE("samples of a batch are one tensor") {
    torch_cuda a(3, {2, 512}), b(3, {2, 512});
    CHECK(whole_draw<float>(a, {{7, 700}}) == whole_draw<float>(b, {{1, 4900}}));
    CHECK(a.offset() == b.offset());
}

TEST_CASE("the offset advances from draw to draw of a run, and from run to run") {
    Eigen::ArrayXXd x(50, 2), again(50, 2);
    const grid walk = trailing(linear_schedule(), 4);
    torch_cuda source(1, {132, 2048});
    sample(x, fokker_test::exact_network<>{}, walk, ddpm{}, source);
    CHECK(source.offset() == 16);  // the prior and three noisy steps
    sample(again, fokker_test::exact_network<>{}, walk, ddpm{}, source);
    CHECK(source.offset() == 32);
    CHECK((x - again).abs().maxCoeff() > 0.1);
}

TEST_CASE("a device that cannot be is refused") {
    CHECK_THROWS_WITH(torch_cuda(1, {.multiprocessors = 0, .threads = 2048}),
                      ContainsSubstring("multiprocessors is 0"));
    CHECK_THROWS_WITH(torch_cuda(1, {.multiprocessors = -1, .threads = 2048}),
                      ContainsSubstring("must be positive"));
    CHECK_THROWS_WITH(torch_cuda(1, {.multiprocessors = 8, .threads = 128}),
                      ContainsSubstring("threads is 128"));
    CHECK_THROWS_WITH(torch_cuda(1, {.multiprocessors = 8, .threads = 0}),
                      ContainsSubstring("multiple of 256"));
    CHECK_THROWS_WITH(torch_cuda(1, {.multiprocessors = 8, .threads = 1000}),
                      ContainsSubstring("threads is 1000"));
}

TEST_CASE("a tensor that PyTorch would cut is refused, and so is a draw that has not begun") {
    torch_cuda source(1, {132, 2048});
    constexpr std::size_t half_gib = std::size_t{1} << 29;
    CHECK_THROWS_WITH(source.begin_draw<float>({{1, half_gib + 1}}),
                      ContainsSubstring("below 2 GiB"));
    CHECK_NOTHROW(source.begin_draw<float>({{1, half_gib}}));
    CHECK_THROWS_WITH(source.begin_draw<double>({{2, half_gib / 2}}),
                      ContainsSubstring("elements of 8 bytes"));
    torch_cuda fresh(1, {132, 2048});
    float z = 0;
    CHECK_THROWS_WITH(fresh.fill(&z, 1, {}), ContainsSubstring("before begin_draw"));
}

TEST_CASE("the device's noise allocates nothing") {
    torch_cuda source(8, {1, 256});
    std::vector<float> z(noise_tile);
    const std::size_t before = fokker_test::allocations();
    source.begin_draw<float>({{1, noise_tile}});
    source.fill(z.data(), noise_tile, {});
    CHECK(fokker_test::allocations() == before);
}
