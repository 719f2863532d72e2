// The loops of diffusers' own tests (tests/schedulers of its repository, as of August 2026): the
// sum and the mean of |x| after them, with their tolerances. suite.json has
//   start     what the loop begins with: so much of the ramp, and of the ramp turned round
//   input     "unscaled": the loop calls the network with x as it is; "state": it scales x itself,
//             before each call, and goes on with that
//   in_double sum and mean with the original's table in double in place of float: where 1 -
//   alpha_bar
//             is so small that the roundings of the float one exceed the tolerance
//   left_out  why a loop cannot be had from a plan
#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <type_traits>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/run.hpp>

#include "adapt/diffusers/asked.hpp"
#include "catch.hpp"

using namespace fokker;
using nlohmann::json;

namespace {

constexpr Eigen::Index samples = 4;

/// Their network, x t / (t + 1), for an x that was scaled if `scaled`.
struct ramp_network {
    const diffusers::convention& reads;
    const bool& scaled;

    template <class X>
    void operator()(const X& x, const knot& k, X& out) const {
        using T = typename X::Scalar;
        const detail::reading r = reads.at(k);
        const double factor = r.label / (r.label + 1) / (scaled ? 1.0 : r.input_scale);
        out = static_cast<T>(factor) * x;
    }
};

template <class T>
Eigen::ArrayXX<T> ramp(Eigen::Index elements, double forth, double back) {
    Eigen::ArrayXX<T> x(elements, samples);
    const double all = static_cast<double>(x.size());
    for (Eigen::Index e = 0; e < elements; ++e)
        for (Eigen::Index b = 0; b < samples; ++b) {
            const auto place = static_cast<double>(e * samples + b);
            x(e, b) = static_cast<T>((forth * place + back * (all - 1 - place)) / all);
        }
    return x;
}

template <class T>
Eigen::ArrayXX<T> looped(const json& entry, const diffusers::plan& walk) {
    const auto start = entry.at("start").get<std::vector<double>>();
    auto x = ramp<T>(entry.at("elements").get<Eigen::Index>(), start[0], start[1]);
    const std::string input = entry.value("input", "");
    bool scaled = input.empty();
    const auto network = [&, inner = ramp_network{walk.reads, scaled}](const auto& in,
                                                                       const knot& k, auto& out) {
        inner(in, k, out);
        if (input == "state") scaled = true;  // in the calls that follow in a step
    };
    walk.with_model(network, [&](auto model) {
        run r(x, std::move(model), walk.knots, walk.solver, torch_cpu(0));
        while (!r.done()) {
            if (input == "state") {
                scaled = false;
                const knot& k = walk.knots[static_cast<std::size_t>(r.index())];
                if (r.index() > 0) x *= static_cast<T>(walk.reads.at(k).input_scale);
            }
            r.step();
        }
    });
    return x;
}

template <class T>
void compare(const json& entry, const diffusers::plan& walk) {
    const Eigen::ArrayXd sizes = looped<T>(entry, walk).template cast<double>().abs().reshaped();
    const json& wanted = entry.contains("in_double") ? entry.at("in_double") : entry;
    if (wanted.contains("sum"))
        CHECK(std::abs(sizes.sum() - wanted.at("sum").get<double>()) <
              entry.at("sum_within").get<double>());
    if (wanted.contains("mean"))
        CHECK(std::abs(sizes.mean() - wanted.at("mean").get<double>()) <
              entry.at("mean_within").get<double>());
}

}  // namespace

TEST_CASE("the loops of diffusers' own tests end where they end there") {
    std::ifstream in(FOKKER_TESTS_DIR "/adapt/diffusers/suite.json");
    int cases = 0;
    for (const json& entry : json::parse(in)) {
        const auto name = entry.at("class").get<std::string>();
        if (entry.contains("left_out")) continue;
        INFO(entry.at("test").get<std::string>());
        try {
            const auto walk = diffusers::scheduler(entry.at("config"), name)
                                  .plan(fokker_test::asked_in(entry.at("asked")));
            // Draws are those of float; without them double has no roundings of its own.
            if (walk.solver.stochastic())
                compare<float>(entry, walk);
            else
                compare<double>(entry, walk);
        } catch (const fokker::error& problem) { FAIL_CHECK(problem.what()); }
        ++cases;
    }
    CHECK(cases == 88);
}
