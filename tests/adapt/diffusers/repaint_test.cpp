// RePaintScheduler beside its numbers, which golden_test has.
#include <cstdint>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers/sample.hpp>
#include <fokker/adapt/diffusers/scheduler.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/noise/torch_cpu.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using diffusers::scheduler;
using nlohmann::json;

namespace {

scheduler repainter() { return scheduler(json{{"_class_name", "RePaintScheduler"}}); }

const auto network = [](const Eigen::ArrayXXf& x, double, Eigen::ArrayXXf& out) { out = 0.9f * x; };

}  // namespace

TEST_CASE("repaint ends in the known picture where it is known") {
    Eigen::ArrayXXf x(8, 2), known = Eigen::ArrayXXf::Constant(8, 2, 0.25f);
    Eigen::ArrayXXf mask = Eigen::ArrayXXf::Zero(8, 2);
    mask.topRows(4) = 1.0f;
    const report done =
        diffusers::repaint(x, network, known, mask, repainter(),
                           {.steps = 10, .jump_length = 2, .jump_n_sample = 2}, torch_cpu(3));
    CHECK((x.topRows(4) - 0.25f).abs().maxCoeff() < 1e-6f);
    CHECK(x.bottomRows(4).abs().maxCoeff() <= 1.0f);
    CHECK(done.network_calls == 18);  // four jumps of two steps
}

TEST_CASE("one sample's picture and mask serve the whole batch") {
    Eigen::ArrayXXf x(8, 2), y(8, 2);
    const Eigen::ArrayXXf known = Eigen::ArrayXXf::Random(8, 1);
    const Eigen::ArrayXXf mask = Eigen::ArrayXXf::Random(8, 1).abs();
    diffusers::repaint(x, network, known, mask, repainter(), {.steps = 5}, torch_cpu(3));
    diffusers::repaint(y, network, known.replicate(1, 2).eval(), mask.replicate(1, 2).eval(),
                       repainter(), {.steps = 5}, torch_cpu(3));
    CHECK((x == y).all());
}

TEST_CASE("a network that returns its output, or takes integers, can be repainted with") {
    Eigen::ArrayXXf x(8, 2), y(8, 2);
    const Eigen::ArrayXXf known = Eigen::ArrayXXf::Random(8, 2);
    const Eigen::ArrayXXf mask = Eigen::ArrayXXf::Random(8, 2).abs();
    const auto whole = [](const Eigen::ArrayXXf& in, std::int64_t) -> Eigen::ArrayXXf {
        return 0.9f * in;
    };
    diffusers::repaint(x, network, known, mask, repainter(), {.steps = 5}, torch_cpu(3));
    diffusers::repaint(y, whole, known, mask, repainter(), {.steps = 5}, torch_cpu(3));
    CHECK((x == y).all());
}

TEST_CASE("a guided network and one that takes the knot can be repainted with") {
    Eigen::ArrayXXf x(8, 2), y(8, 2), z(8, 2);
    const Eigen::ArrayXXf known = Eigen::ArrayXXf::Random(8, 2);
    const Eigen::ArrayXXf mask = Eigen::ArrayXXf::Random(8, 2).abs();
    const auto of_knot = [](const Eigen::ArrayXXf& in, const knot&, Eigen::ArrayXXf& out) {
        out = 0.9f * in;
    };
    const diffusers::timesteps asked{.steps = 5};
    diffusers::repaint(x, network, known, mask, repainter(), asked, torch_cpu(3));
    diffusers::repaint(y, of_knot, known, mask, repainter(), asked, torch_cpu(3));
    CHECK((x == y).all());
    const report done = diffusers::repaint(z, guided(network, network, 3.0), known, mask,
                                           repainter(), asked, torch_cpu(3));
    CHECK((x - z).abs().maxCoeff() < 1e-5f);
    CHECK(done.network_calls == 10);
    auto with_momentum =
        guided(network, of_knot, {.scale = 3, .projection = {.eta = 0, .momentum = -0.5}});
    diffusers::repaint(y, with_momentum, known, mask, repainter(), asked, torch_cpu(3));
    diffusers::repaint(z, with_momentum, known, mask, repainter(), asked, torch_cpu(3));
    CHECK((y == z).all());
}

TEST_CASE("a network whose output has another shape cannot be repainted with") {
    Eigen::ArrayXXf x(8, 2);
    const Eigen::ArrayXXf known = Eigen::ArrayXXf::Zero(8, 2), mask = known;
    const auto narrow = [](const Eigen::ArrayXXf& in, double) -> Eigen::ArrayXXf {
        return in.topRows(2);
    };
    CHECK_THROWS_AS(
        diffusers::repaint(x, narrow, known, mask, repainter(), {.steps = 5}, torch_cpu(3)),
        network_error);
}

TEST_CASE("repaint refuses other classes, and RePaint's other verbs") {
    Eigen::ArrayXXf x(8, 2), known = Eigen::ArrayXXf::Zero(8, 2), mask = known;
    CHECK_THROWS_WITH(diffusers::sample(x, network, repainter(), {.steps = 5}, torch_cpu(3)),
                      ContainsSubstring("use repaint"));
    const scheduler ddpm(json{{"_class_name", "DDPMScheduler"}});
    CHECK_THROWS_WITH(diffusers::repaint(x, network, known, mask, ddpm, {.steps = 5}, torch_cpu(3)),
                      ContainsSubstring("repaint is for RePaintScheduler"));
    CHECK_THROWS_WITH(ddpm.plan({.steps = 5, .jump_length = 3}),
                      ContainsSubstring("jump_length cannot be given"));
}

TEST_CASE("repaint refuses regions that do not fit") {
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Zero(8, 2), known = x, mask = x;
    const auto repainted = [&](const auto& picture, const auto& part) {
        diffusers::repaint(x, network, picture, part, repainter(), {.steps = 5}, torch_cpu(3));
    };
    const Eigen::ArrayXXf small = Eigen::ArrayXXf::Zero(4, 1);
    CHECK_THROWS_WITH(repainted(small, mask), ContainsSubstring("known region's x0"));
    CHECK_THROWS_WITH(repainted(known, small), ContainsSubstring("known region's mask"));
    CHECK_THROWS_WITH(repainted(x, mask), ContainsSubstring("shares its elements"));
    mask(3) = 1.5f;
    CHECK_THROWS_WITH(repainted(known, mask), ContainsSubstring("mask[3] is 1.5"));
}

TEST_CASE("RePaint refuses jumps that make no sense") {
    const auto planned = [](const diffusers::timesteps& asked) { return repainter().plan(asked); };
    CHECK_THROWS_WITH(planned({.steps = 5, .jump_length = 0}),
                      ContainsSubstring("jump_length is 0"));
    CHECK_THROWS_WITH(planned({.steps = 5, .jump_n_sample = 0}),
                      ContainsSubstring("jump_n_sample is 0"));
    CHECK_THROWS_WITH(planned({.steps = 5, .strength = 0.5}), ContainsSubstring("strength is 0.5"));
    CHECK_THROWS_WITH(planned({.steps = 5, .step = {.eta = 1.5}}), ContainsSubstring("eta is 1.5"));
    CHECK_THROWS_WITH(planned({.steps = 1001}), ContainsSubstring("trained on 1000"));
}
