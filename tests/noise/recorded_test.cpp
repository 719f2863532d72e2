#include <fokker/noise/recorded.hpp>

#include <Eigen/Core>
#include <array>
#include <random>
#include <span>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"
#include "support/noise.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::whole_draw;

namespace {
const fokker_test::exact_network<> network;
const grid& knots() {
    static const grid made = trailing(linear_schedule(), 4);
    return made;
}
}  // namespace

TEST_CASE("what was recorded plays back bit by bit, and the record changes nothing") {
    Eigen::ArrayXXd plain(700, 3), taped(700, 3), played(700, 3);
    sample(plain, network, knots(), ddpm{}, philox{.seed = 5});
    recording tape(philox{.seed = 5});
    sample(taped, network, knots(), ddpm{}, tape);
    CHECK((plain == taped).all());
    CHECK(tape.draws().size() == 4);  // the prior and three noisy steps
    recorded back(tape.draws());
    sample(played, network, knots(), ddpm{}, back);
    CHECK((plain == played).all());
    CHECK(back.used() == 4);
}

TEST_CASE("a recorded run plays again after rewind") {
    Eigen::ArrayXXf x(5, 2), again(5, 2);
    recording tape(std::mt19937_64(3));
    sample(x, network, knots(), ddpm{}, tape);
    recorded back(tape.draws());
    sample(again, network, knots(), ddpm{}, back);
    back.rewind();
    Eigen::ArrayXXf third(5, 2);
    sample(third, network, knots(), ddpm{}, back);
    CHECK((x == again).all());
    CHECK((x == third).all());
}

TEST_CASE("recording tells its source of the draw, and a variable advances") {
    torch_cpu source(6), twin(6);
    recording tape(source);
    CHECK(whole_draw<float>(tape, {{1, 17}}) == whole_draw<float>(twin, {{1, 17}}));
    CHECK(whole_draw<float>(source, {{1, 3}}) == whole_draw<float>(twin, {{1, 3}}));
    CHECK(tape.draws().size() == 1);
}

TEST_CASE("draws may be any arrays, in any list") {
    const std::array<Eigen::ArrayXXf, 2> two{Eigen::ArrayXXf::Constant(3, 2, 0.5f),
                                             Eigen::ArrayXXf::Constant(3, 2, 2.0f)};
    recorded from_array(two);
    CHECK(whole_draw<double>(from_array, {{2, 3}}) == std::vector<double>(6, 0.5));
    CHECK(whole_draw<double>(from_array, {{2, 3}}) == std::vector<double>(6, 2.0));
    const std::vector<std::vector<float>> lists{{1, 2, 3}};
    recorded from_span(std::span<const std::vector<float>>{lists});
    CHECK(whole_draw<float>(from_span, {{1, 3}}) == std::vector<double>{1, 2, 3});
    recorded moved(std::vector<std::vector<double>>{{4, 5}});
    CHECK(whole_draw<float>(moved, {{1, 2}}) == std::vector<double>{4, 5});
    static_assert(!detail::draw_list<std::vector<double>>);
}

TEST_CASE("draws that run out or have another size are named") {
    const std::vector<std::vector<double>> draws{{1, 2, 3}, {1, 2}};
    recorded tape(draws);
    CHECK_THROWS_WITH(tape.begin_draw<float>({{1, 4}}),
                      ContainsSubstring("recorded draw 0 has 3 numbers for a state of 4"));
    CHECK_NOTHROW(tape.begin_draw<float>({{1, 3}}));
    CHECK_NOTHROW(tape.begin_draw<float>({{1, 2}}));
    CHECK_THROWS_WITH(tape.begin_draw<float>({{1, 2}}), ContainsSubstring("all 2 recorded draws"));
    Eigen::ArrayXXf x(1, 3);
    recorded too_few(std::vector<std::vector<float>>(2, std::vector<float>(3, 0.1f)));
    CHECK_THROWS_WITH(sample(x, network, knots(), ddpm{}, too_few),
                      ContainsSubstring("one for each Gaussian of a step"));
    int calls = 0;
    const auto counts = [&](const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& out) {
        ++calls;
        out = in;
    };
    recorded fresh(draws);
    Eigen::ArrayXXf other = Eigen::ArrayXXf::Ones(4, 1);
    CHECK_THROWS_WITH(denoise(other, counts, knots(), ddpm{}, fresh),
                      ContainsSubstring("recorded draw 0 has 3 numbers for a state of 4"));
    CHECK(calls == 0);
    float z = 0;
    CHECK_THROWS_WITH(fresh.fill(&z, 1, {}), ContainsSubstring("before begin_draw"));
    recording silent(philox{});
    CHECK_THROWS_WITH(silent.fill(&z, 1, {}), ContainsSubstring("before begin_draw"));
}
