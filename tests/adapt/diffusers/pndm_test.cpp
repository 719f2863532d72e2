// PNDMScheduler from the library's parts, where it goes from knot to knot.
#include <fokker/adapt/diffusers.hpp>

#include <utility>
#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <fokker/fokker.hpp>

#include "adapt/diffusers/network.hpp"
#include "catch.hpp"

using namespace fokker;

namespace {

/// The largest difference of the plan's sample from that of these parts over the same 20 steps.
double difference(bool skips, const auto& solver, const auto& model_around, const char* predicts) {
    const nlohmann::json config{
        {"_class_name", "PNDMScheduler"},   {"beta_start", 0.00085}, {"beta_end", 0.012},
        {"beta_schedule", "scaled_linear"}, {"steps_offset", 1},     {"skip_prk_steps", skips},
        {"prediction_type", predicts}};
    const diffusers::scheduler scheduler(config);
    std::vector<double> labels, parts_labels;
    Eigen::ArrayXXd x(6, 2), parts(6, 2);
    diffusers::sample(x, fokker_test::labelled_network{labels}, scheduler, {.steps = 20},
                      torch_cpu(11));
    const discrete_schedule schedule = scaled_linear_schedule();
    std::vector<knot> knots;
    for (int t = 951; t > 0; t -= 50) knots.push_back(schedule.at(t));
    knots.push_back(schedule.at(0));
    const grid walk = grid(std::move(knots), schedule).with_prior(prior::standard);
    sample(parts, model_around(fokker_test::labelled_network{parts_labels}), walk, solver,
           torch_cpu(11));
    CHECK(labels.size() == parts_labels.size());
    return (x - parts).abs().maxCoeff();
}

const auto of_noise = [](auto network) { return predicts_noise(std::move(network)); };
const auto of_velocity = [](auto network) { return predicts_velocity(std::move(network)); };

}  // namespace

TEST_CASE("over a whole leading walk PNDMScheduler is published_pndm") {
    CHECK(difference(true, published_pndm<>{.runge_kutta = false}, of_noise, "epsilon") < 1e-9);
    CHECK(difference(false, published_pndm<>{}, of_noise, "epsilon") < 1e-9);
    CHECK(difference(true, published_pndm<pndm_mixes::velocity>{.runge_kutta = false}, of_velocity,
                     "v_prediction") < 1e-9);
    CHECK(difference(false, published_pndm<pndm_mixes::velocity>{}, of_velocity, "v_prediction") <
          1e-9);
}
