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
#include <fokker/solver/ddim.hpp>
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
    run by_hand(x, network, knots(), ddpm{}, too_few);
    by_hand.start_from_prior();
    by_hand.step();
    CHECK_THROWS_WITH(by_hand.step(), ContainsSubstring("one for each Gaussian of a step"));
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
    // The jumps of a grid draw, too, where the solver draws nothing.
    const grid jumps = resampled(knots(), {.jump_length = 1, .jump_samples = 3});
    CHECK_THROWS_WITH(denoise(other, counts, jumps, ddim{}, fresh),
                      ContainsSubstring("recorded draw 0 has 3 numbers for a state of 4"));
    CHECK(calls == 0);
    float z = 0;
    CHECK_THROWS_WITH(fresh.fill(&z, 1, {}), ContainsSubstring("before begin_draw"));
    recording silent(philox{});
    CHECK_THROWS_WITH(silent.fill(&z, 1, {}), ContainsSubstring("before begin_draw"));
}

namespace {

struct counted_calls {
    int* calls;
    void operator()(const auto& x, const knot& k, auto& out) const {
        ++*calls;
        network(x, k, out);
    }
};

/// What a walk on the first so many draws of a record says, and that nothing was touched before.
template <class Verb>
std::string what_is_said(std::vector<Eigen::ArrayXXd> draws, const Verb& verb) {
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Constant(3, 2, 0.5);
    recorded back(draws);
    int calls = 0;
    std::string said;
    try {
        verb(x, counted_calls{&calls}, back);
    } catch (const network_error&) { FAIL("no fault of the network"); } catch (const error& e) {
        said = e.what();
        CHECK(calls == 0);
        CHECK(back.used() == 0);
        CHECK((x == 0.5).all());
    }
    return said;
}

std::vector<Eigen::ArrayXXd> zeros(std::size_t count) {
    return std::vector<Eigen::ArrayXXd>(count, Eigen::ArrayXXd::Zero(3, 2));
}

}  // namespace

TEST_CASE("draws that run out are told before the walk") {
    const auto sampled = [](auto& x, const auto& f, auto& z) { sample(x, f, knots(), ddpm{}, z); };
    CHECK(what_is_said(zeros(4), sampled).empty());
    CHECK_THAT(what_is_said(zeros(3), sampled),
               ContainsSubstring("takes 4 draws, 1 before its first step and 3 in its steps") &&
                   ContainsSubstring("has 3 left of 3"));
    const auto edited = [](auto& x, const auto& f, auto& z) { edit(x, f, knots(), ddpm{}, z); };
    CHECK_THAT(what_is_said(zeros(3), edited), ContainsSubstring("takes 4 draws"));
    const auto denoised = [](auto& x, const auto& f, auto& z) {
        denoise(x, f, knots(), ddpm{}, z);
    };
    CHECK(what_is_said(zeros(3), denoised).empty());
    CHECK_THAT(what_is_said(zeros(2), denoised), ContainsSubstring("takes 3 draws"));
    const auto erased = [](auto& x, const auto& f, auto& z) {
        sample(x, f, knots(), any_solver(ddpm{}), z);
    };
    CHECK_THAT(what_is_said(zeros(3), erased), ContainsSubstring("takes 4 draws"));
    const auto bounded = [](auto& x, const auto& f, auto& z) {
        sample(x, predicts_noise(f).clipped(-1, 1), knots(), ddpm{}, z);
    };
    CHECK_THAT(what_is_said(zeros(3), bounded), ContainsSubstring("takes 4 draws"));
    auto one_too_large = zeros(4);
    one_too_large[2].resize(4, 2);
    CHECK_THAT(what_is_said(one_too_large, sampled),
               ContainsSubstring("recorded draw 2 has 8 numbers"));
}

TEST_CASE("a walk says how many draws it takes: what is used in the end") {
    const auto used = [](const grid& walk, const auto& solver) {
        Eigen::ArrayXXd x = Eigen::ArrayXXd::Zero(3, 2);
        recording tape(philox{.seed = 3});
        run r(x, network, walk, solver, tape);
        const std::size_t told = r.draws_to_come().value();
        for (int k = 0; k < 2; ++k) r.step();
        const std::size_t left = r.draws_to_come().value(), taken = tape.draws().size();
        while (!r.done()) r.step();
        CHECK(told == tape.draws().size());
        CHECK(left == told - taken);
        return told;
    };
    const grid walk = trailing(linear_schedule(), 6);
    CHECK(used(walk, ddim{}) == 0);
    CHECK(used(walk, ddpm{}) == 5);
    CHECK(used(walk, ddim{.eta = 0.5}) == 5);
    CHECK(used(restarted(walk, {.sigma_min = 0.2, .sigma_max = 3, .times = 2, .steps = 3}),
               ddim{}) == 2);
    CHECK(used(walk, sde_dpm_solver_pp<2>{}) == 5);
    used(walk, predictor_corrector{});
    used(walk, heun{.s_churn = 3});
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Zero(3, 2);
    run adaptive(x, network, walk, dpm_solver_adaptive<>{}, philox{.seed = 3});
    CHECK(adaptive.draws_to_come() == 0);
}

TEST_CASE("the parts of a combined source run out as a source alone does") {
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Zero(3, 2);
    const auto walk = [&](auto&& source) { sample(x, network, knots(), ddpm{}, source); };
    const auto one = zeros(1), three = zeros(3), four = zeros(4);
    walk(prior_and_steps(recorded(one), recorded(three)));
    CHECK_THROWS_WITH(walk(prior_and_steps(philox{.seed = 1}, recorded(one))),
                      ContainsSubstring("takes 3 draws, 0 before its first step"));
    CHECK_THROWS_WITH(walk(prior_and_steps(recorded(zeros(0)), philox{.seed = 1})),
                      ContainsSubstring("takes 1 draws"));
    CHECK_THROWS_WITH(walk(varied(recorded(four), recorded(three), 0.5)),
                      ContainsSubstring("takes 4 draws"));
    CHECK_THROWS_WITH(walk(recording(recorded(three))), ContainsSubstring("takes 4 draws"));
    std::vector<recorded<const std::vector<std::vector<double>>&>> sources;
    const std::vector<std::vector<double>> four_of_one(4, std::vector<double>(3)),
        three_of_one(3, std::vector<double>(3));
    sources.emplace_back(four_of_one);
    sources.emplace_back(three_of_one);
    CHECK_THROWS_WITH(walk(per_sample(std::move(sources))), ContainsSubstring("takes 4 draws"));
}

TEST_CASE("an observer that may end the walk takes as many draws as it lets") {
    Eigen::ArrayXXd x(3, 2);
    const auto two = zeros(2);
    recorded back(two);
    sample(x, network, knots(), ddpm{}, back,
           [](const progress& p) { return p.step == 1 ? control::stop : control::go_on; });
    CHECK(back.used() == 2);
    back.rewind();
    CHECK_THROWS_WITH(sample(x, network, knots(), ddpm{}, back, [](const progress&) {}),
                      ContainsSubstring("takes 4 draws"));
}
