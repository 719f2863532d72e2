#include <fokker/noise/torch_cpu.hpp>

#include <Eigen/Core>
#include <random>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/recorded.hpp>
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
using fokker_test::golden, fokker_test::golden_numbers, fokker_test::whole_draw,
    fokker_test::worst_units;

static_assert(draw_source<torch_cpu> && !torch_cpu::counted);
static_assert(draw_source<per_sample<torch_cpu>> && !draw_source<philox>);

namespace {

/// The largest error of all calls of a case, in units in the last place.
double worst_of(const fokker_test::golden_case& entry, const std::string& type) {
    torch_cpu source(entry.at("seed").get<std::uint64_t>());
    double worst = 0.0;
    for (const auto& call : entry.at("calls")) {
        const auto size = call.at("size").get<std::size_t>();
        const auto name = call.at("type").get<std::string>();
        const std::vector<double> all = whole_draw(source, name, {{1, size}});
        std::vector<double> some;
        for (const auto& at : call.at("at")) some.push_back(all.at(at.get<std::size_t>()));
        if (type.empty() || name == type)
            worst = std::max(worst, worst_units(name, some, golden_numbers(call.at("values"))));
    }
    return worst;
}

template <class T>
using batch = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic>;

/// What diffusers makes with one generator, and what the same steps make of the recorded draws.
template <class T>
void check_pipeline(const std::string& name, double close) {
    const auto entry = golden("noise", "pipeline " + name);
    const auto samples = entry.at("samples").get<Eigen::Index>();
    const auto result = golden_numbers(entry.at("sample"));
    std::vector<std::vector<double>> draws;
    for (const auto& draw : entry.at("draws")) draws.push_back(golden_numbers(draw));
    const grid walk = trailing(linear_schedule(), entry.at("steps").get<int>());
    const fokker_test::exact_network<> network;

    batch<T> x(static_cast<Eigen::Index>(result.size()) / samples, samples), played = x;
    torch_cpu source(entry.at("seed").get<std::uint64_t>());
    sample(x, network, walk, ddpm{}, source);
    recorded tape(draws);
    sample(played, network, walk, ddpm{}, tape);
    CHECK(tape.used() == draws.size());
    const double scale = 64 * static_cast<double>(std::numeric_limits<T>::epsilon());
    CHECK(static_cast<double>((x - played).abs().maxCoeff()) < scale);
    for (Eigen::Index i = 0; i < x.size(); ++i)
        CHECK(std::abs(static_cast<double>(x(i)) - result[static_cast<std::size_t>(i)]) < close);
}

}  // namespace

TEST_CASE("the words are those of torch's generator") {
    const auto entry = golden("noise", "words");
    std::mt19937 engine(entry.at("seed").get<std::uint32_t>());
    std::uint64_t sum = 0;
    std::vector<std::uint64_t> words;
    for (int i = 0; i < 10000; ++i) words.push_back(engine() & 0xffffffu), sum += words.back();
    CHECK(sum == entry.at("sum").get<std::uint64_t>());
    const auto first = entry.at("first").get<std::vector<std::uint64_t>>();
    const auto last = entry.at("last").get<std::vector<std::uint64_t>>();
    CHECK(std::equal(first.begin(), first.end(), words.begin()));
    CHECK(std::equal(last.begin(), last.end(), words.end() - 10));
}

TEST_CASE("torch.randn on the CPU, every size and type, within 4 units in the last place") {
    for (const std::string type : {"float", "double", "half", "bfloat16"})
        for (const int size : {1, 6, 15, 16, 17, 31, 32, 33, 1000, 16384}) {
            INFO(type << " " << size);
            const auto entry = golden("noise", "cpu " + type + " " + std::to_string(size));
            CHECK(worst_of(entry, type) <= 4);
        }
}

TEST_CASE("one generator through calls of mixed sizes and types, and seeds beyond 32 bits") {
    for (const std::string seed : {"42", "4294967303", "18446744073709551613"})
        for (const std::string type : {"float", "double", "half", "bfloat16"}) {
            INFO(seed << " " << type);
            CHECK(worst_of(golden("noise", "cpu mixed " + seed), type) <= 4);
        }
}

TEST_CASE("a list of generators, one for each sample") {
    for (const std::string shape : {"(3, 2, 5)", "(3, 4, 5)"}) {
        const auto entry = golden("noise", "list " + shape);
        const auto seeds = entry.at("seeds").get<std::vector<std::uint64_t>>();
        auto source = torch_cpu_each(seeds);
        for (const auto& draw : entry.at("draws")) {
            const auto wanted = golden_numbers(draw);
            const array_shape batch{seeds.size(), wanted.size() / seeds.size()};
            CHECK(worst_units("float", whole_draw<float>(source, {batch}), wanted) <= 4);
        }
    }
}

TEST_CASE("a pipeline's prior and steps come from the generator in its order") {
    // diffusers computes its coefficients in float.
    check_pipeline<double>("double", 2e-5);
    check_pipeline<float>("float", 2e-5);
}

TEST_CASE("a run goes on with the generator where the one before ended") {
    Eigen::ArrayXf a(50), b(50), both(100);
    const grid walk = trailing(linear_schedule(), 3);
    torch_cpu source(4), twin(4);
    sample(a, fokker_test::exact_network<>{}, walk, ddpm{}, source);
    sample(b, fokker_test::exact_network<>{}, walk, ddpm{}, source);
    CHECK((a - b).abs().maxCoeff() > 0.1f);
    for (int i = 0; i < 3; ++i) (void)whole_draw<float>(twin, {{1, 50}});
    sample(a, fokker_test::exact_network<>{}, walk, ddpm{}, twin);
    CHECK((a == b).all());
}

TEST_CASE("the forward process takes one draw for the whole batch, a knot for each sample or not") {
    const Eigen::ArrayXXf zero = Eigen::ArrayXXf::Zero(20, 3);
    Eigen::ArrayXXf together(20, 3), each(20, 3);
    torch_cpu source(8), twin(8);
    forward(zero, knot{0, 1, 1}, source, together);
    forward(zero, std::vector<knot>(3, knot{0, 1, 1}), twin, each);
    CHECK((together == each).all());
    const auto next = whole_draw<float>(source, {{1, 5}});
    CHECK(next == whole_draw<float>(twin, {{1, 5}}));
}

TEST_CASE("an empty draw takes nothing") {
    torch_cpu source(8), twin(8);
    (void)whole_draw<float>(source, {{0, 0}});
    CHECK(whole_draw<double>(source, {{1, 20}}) == whole_draw<double>(twin, {{1, 20}}));
}

TEST_CASE("a copy goes on by itself, in the middle of a draw too") {
    torch_cpu source(8);
    std::array<float, 40> a, b;
    source.begin_draw<float>({{1, 60}});
    source.fill(a.data(), 20, {});
    torch_cpu copy = source;
    source.fill(a.data(), 40, {});
    copy.fill(b.data(), 40, {});
    CHECK(a == b);
}

TEST_CASE("torch's noise allocates nothing") {
    torch_cpu source(8);
    std::vector<float> z(1000);
    const std::size_t before = fokker_test::allocations();
    source.begin_draw<float>({{1, 1000}});
    source.fill(z.data(), 1000, {});
    CHECK(fokker_test::allocations() == before);
}

TEST_CASE("torch's noise says what is missing") {
    torch_cpu source(8);
    std::array<float, 20> z;
    CHECK_THROWS_WITH(source.fill(z.data(), 1, {}), ContainsSubstring("call begin_draw before"));
    source.begin_draw<float>({{1, 17}});
    source.fill(z.data(), 17, {});
    CHECK_THROWS_WITH(source.fill(z.data(), 3, {}),
                      ContainsSubstring("3 numbers") && ContainsSubstring("0 left"));
}
