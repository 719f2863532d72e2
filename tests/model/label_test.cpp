// The label that a network is handed, through all that may stand around it.
#include <Eigen/Core>
#include <cmath>
#include <vector>

#include <fokker/model/data_network.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/probed_network.hpp>
#include <fokker/path/knot.hpp>

#include "catch.hpp"

using namespace fokker;
using Eigen::ArrayXXd;

namespace {

/// No two of its numbers can be taken for each other.
const knot somewhere{7, 0.6, 0.8};

/// The labels of a network that stands in what `wrap` makes of it, as a number and in a knot.
template <class Wrap>
std::vector<double> labels(const Wrap& wrap) {
    std::vector<double> seen;
    const auto sees = [&](const ArrayXXd& in, double label, ArrayXXd& out) {
        seen.push_back(label);
        out = 0.5 * in;
    };
    const auto sees_in_knot = [&](const ArrayXXd& in, const knot& k, ArrayXXd& out) {
        CHECK(k.alpha == somewhere.alpha);
        CHECK(k.sigma == somewhere.sigma);
        sees(in, k.t, out);
    };
    const ArrayXXd x = ArrayXXd::Ones(4, 3);
    ArrayXXd out = x, second = x;
    const auto call = [&](auto network) {
        if constexpr (requires { network(x, somewhere, out); })
            network(x, somewhere, out);
        else
            network(x, somewhere, out, second);
    };
    call(wrap(sees));
    const std::vector<double> as_number = seen;
    seen.clear();
    call(wrap(sees_in_knot));
    CHECK(seen == as_number);
    return seen;
}

using numbers = std::vector<double>;

}  // namespace

TEST_CASE("guidance hands both networks the label that it is handed") {
    CHECK(labels([](auto& f) { return guided(f, f, 2.0); }) == numbers{7, 7});
    CHECK(labels([](auto& f) {
              return guided_batch(f, {.scale = 2}, batch_order::conditional_first);
          }) == numbers{7});
}

TEST_CASE("probes hand on the label that they are handed") {
    CHECK(labels([](auto& f) {
              return with_probes(edm_preconditioned(f), {.probes = 2}).network;
          }) == numbers(5, 7.0));
}

TEST_CASE("the data prediction of a network is made with the network's own label") {
    CHECK(labels([](auto& f) { return as_data_network(predicts_velocity(f)); }) == numbers{7});
    const double of_edm = std::log(0.8 / 0.6) / 4;
    const auto edm = labels([](auto& f) { return as_data_network(edm_preconditioned(f)); });
    REQUIRE(edm.size() == 1);
    CHECK(edm[0] == Catch::Approx(of_edm).epsilon(1e-14));
    // Around guidance the label of each part is that of the whole.
    CHECK(labels([](auto& f) { return as_data_network(edm_preconditioned(guided(f, f, 2.0))); }) ==
          numbers{edm[0], edm[0]});
}
