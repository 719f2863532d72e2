// Every parametrisation against the original's own conversion.
#include <Eigen/Core>
#include <cmath>
#include <string>
#include <vector>

#include <fokker/model/consistency.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/prediction.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"
#include "support/golden.hpp"

using namespace fokker;
using fokker_test::golden_case;

namespace {

using numbers = std::vector<double>;

/// All samples of an entry, one after the other.
numbers joined(const nlohmann::json& samples) {
    numbers all;
    for (const auto& sample : samples)
        for (double value : fokker_test::golden_numbers(sample)) all.push_back(value);
    return all;
}

struct golden_inputs {
    numbers x, output;
};

const golden_inputs& inputs() {
    static const golden_inputs read = [] {
        const golden_case entry = fokker_test::golden("predictions", "inputs");
        return golden_inputs{joined(entry.at("x")), joined(entry.at("output"))};
    }();
    return read;
}

/// |a - b| <= 1e-12 relative to the largest of b.
void check_equal(const numbers& a, const numbers& b) {
    REQUIRE(a.size() == b.size());
    double largest = 0, worst = 0;
    for (double value : b) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
    CHECK(worst <= 1e-12 * largest);
}

numbers mixed(const detail::mix& m, const numbers& x) {
    numbers result;
    for (std::size_t i = 0; i < x.size(); ++i)
        result.push_back(m.state * x[i] + m.output * inputs().output[i]);
    return result;
}

detail::reading read(const std::string& prediction, const knot& k) {
    if (prediction == "epsilon") return noise_prediction{}.at(k);
    if (prediction == "sample") return data_prediction{}.at(k);
    if (prediction == "v_prediction") return velocity_prediction{}.at(k);
    if (prediction == "flow_prediction") return flow_prediction{}.at(k);
    throw std::runtime_error("unknown prediction " + prediction);
}

template <class Check>
int for_original(const std::string& original, const Check& check) {
    int seen = 0;
    for (const auto& entry : fokker_test::golden_cases("predictions")) {
        if (entry.at("original") != original) continue;
        INFO(entry.at("name"));
        check(entry);
        ++seen;
    }
    return seen;
}

knot knot_of(const golden_case& entry) {
    return {entry.value("t", 0.0), entry.at("alpha"), entry.at("sigma")};
}

numbers scaled(double factor, numbers x) {
    for (double& value : x) value *= factor;
    return x;
}

}  // namespace

TEST_CASE("conversions are those of diffusers' multistep DPM-Solver") {
    const int seen = for_original("multistep", [](const golden_case& entry) {
        const detail::reading r = read(entry.at("prediction"), knot_of(entry));
        const bool data = entry.at("algorithm") == "dpmsolver++";
        check_equal(mixed(data ? r.data : r.noise, inputs().x),
                    fokker_test::golden_numbers(nlohmann::json(joined(entry.at("converted")))));
    });
    CHECK(seen == 21);
}

namespace {

/// A solver that ends on a prediction: x becomes D, or E.
struct gives {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    bool data;
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        if (data)
            x = 1.0 * run.data(x, s);
        else
            x = 1.0 * run.epsilon(x, s);
    }
};

}  // namespace

TEST_CASE("thresholded conversions are those of diffusers, as data and as noise") {
    const int seen = for_original("thresholded", [](const golden_case& entry) {
        const auto network = [](const Eigen::ArrayXXd&, double, Eigen::ArrayXXd& out) {
            std::copy(inputs().output.begin(), inputs().output.end(), out.data());
        };
        Eigen::ArrayXXd x(15, 2);
        std::copy(inputs().x.begin(), inputs().x.end(), x.data());
        run r(x, predicts_noise(network).thresholded(entry.at("quantile"), entry.at("max")),
              grid{knot_of(entry), {-1, 1, 0}}, gives{entry.at("algorithm") == "dpmsolver++"});
        r.step();
        check_equal(numbers(x.data(), x.data() + x.size()), joined(entry.at("converted")));
    });
    CHECK(seen == 6);
}

TEST_CASE("EDM preconditioning is that of diffusers and of k-diffusion") {
    for (const char* original : {"edm", "denoiser"}) {
        const int seen = for_original(original, [](const golden_case& entry) {
            const detail::reading r =
                edm_prediction{entry.at("sigma_data")}.at(edm_path{}.at(entry.at("sigma")));
            check_equal(scaled(r.input_scale, inputs().x), joined(entry.at("input")));
            check_equal(mixed(r.data, inputs().x), joined(entry.at("data")));
            if (entry.contains("label"))
                CHECK(r.label == Catch::Approx(entry.at("label").get<double>()).epsilon(1e-12));
        });
        CHECK(seen == 3);
    }
}

TEST_CASE("k-diffusion's VDenoiser is velocity prediction on a path that preserves variance") {
    const int seen = for_original("v_denoiser", [](const golden_case& entry) {
        const double sigma = entry.at("sigma"), alpha = 1 / std::hypot(1.0, sigma);
        const numbers x = scaled(alpha, inputs().x);
        check_equal(x, joined(entry.at("input")));
        check_equal(mixed(velocity_prediction{}.at({0.0, alpha, sigma * alpha}).data, x),
                    joined(entry.at("data")));
    });
    CHECK(seen == 3);
}

TEST_CASE("consistency scalings are those of diffusers") {
    const int seen = for_original("consistency", [](const golden_case& entry) {
        const knot k{0.0, 1.0, entry.at("sigma")};
        const detail::reading r = detail::consistency_prediction{}.at(k);
        CHECK(r.data.state == Catch::Approx(entry.at("c_skip").get<double>()).epsilon(1e-12));
        CHECK(r.data.output ==
              Catch::Approx(entry.at("c_out").get<double>()).epsilon(1e-12).margin(1e-300));
        CHECK(r.label == Catch::Approx(entry.at("label").get<double>()).epsilon(1e-12));
        check_equal(scaled(r.input_scale, inputs().x), joined(entry.at("input")));
        check_equal(mixed(r.data, inputs().x), joined(entry.at("data")));
    });
    CHECK(seen == 4);
}

namespace {

template <class Inner>
void check_latent(const golden_case& entry) {
    const detail::latent_consistency_prediction<Inner> prediction{};
    const knot k = knot_of(entry);
    CHECK(prediction.skip(k.t) == Catch::Approx(entry.at("c_skip").get<double>()).epsilon(1e-12));
    CHECK(prediction.out(k.t) == Catch::Approx(entry.at("c_out").get<double>()).epsilon(1e-12));
    check_equal(mixed(prediction.at(k).data, inputs().x), joined(entry.at("data")));
}

}  // namespace

TEST_CASE("latent consistency scalings are those of diffusers") {
    const int seen = for_original("latent_consistency", [](const golden_case& entry) {
        const std::string prediction = entry.at("prediction");
        if (prediction == "epsilon") check_latent<noise_prediction>(entry);
        if (prediction == "sample") check_latent<data_prediction>(entry);
        if (prediction == "v_prediction") check_latent<velocity_prediction>(entry);
    });
    CHECK(seen == 9);
}
