#include "../../examples/words/masked_bound.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <fokker/discrete.hpp>
#include <fokker/fokker.hpp>

#include "../../examples/words/letters.hpp"
#include "../catch.hpp"

using Catch::Approx;
using words::bound_of;
using words::loss_weights;
using words::places;

namespace {

// Losses of a network that says the same of all classes, whatever it sees.
Eigen::ArrayXXd of_no_knowledge(Eigen::Index count) {
    return (Eigen::ArrayXd::LinSpaced(places, 1, places) * std::log(27.0)).replicate(1, count);
}

}  // namespace

TEST_CASE("each letter is opened once, in any number of steps") {
    const Eigen::ArrayXd masks = Eigen::ArrayXd::LinSpaced(places, 1, places);
    CHECK((loss_weights() * masks).sum() == Approx(places).epsilon(1e-14));
    for (const int steps : {1, 2, 3, 14, 100})
        CHECK((loss_weights(steps) * masks).sum() == Approx(places).epsilon(1e-13));
}

TEST_CASE("one step sees nothing but masks") {
    CHECK(loss_weights(1)(places - 1) == 1.0);
    CHECK(loss_weights(1).head(places - 1).abs().maxCoeff() == 0.0);
}

TEST_CASE("the bound of many steps is the integral, and the difference falls as 1 / steps") {
    const auto away = [](int steps) {
        return (loss_weights(steps) - loss_weights()).abs().maxCoeff();
    };
    CHECK(away(1000) < 0.01);
    CHECK(away(1000) / away(2000) == Approx(2.0).epsilon(0.01));
}

TEST_CASE("a bound is of a letter, and its error that of the choice of words") {
    const std::vector<std::string> words{"cat", "letters"};
    Eigen::ArrayXXd losses = of_no_knowledge(2);
    CHECK(bound_of(losses, words).nats == Approx(2 * places * std::log(27.0) / 10));
    CHECK(bound_of(losses, words, 5).nats == Approx(2 * places * std::log(27.0) / 10));

    // Where every letter costs the same there is no error.
    losses.col(0).setConstant(3.0);
    losses.col(1).setConstant(7.0);
    const words::bound even = bound_of(losses, words);
    CHECK(even.nats == Approx(loss_weights().sum()));
    CHECK(even.error == Approx(0.0).margin(1e-12));

    // A ratio of sums: of nats 1 and 5 for 1 letter each, the mean is 3, and its error
    // sqrt(8 / 2) = 2.
    losses.setZero();
    losses(0, 0) = 1.0;  // the weight of one mask is 1
    losses(0, 1) = 5.0;
    const words::bound uneven = bound_of(losses, {"ab", "cd"});
    CHECK(uneven.nats == Approx(1.5));
    CHECK(uneven.error == Approx(1.0));
}

TEST_CASE("it is the library's bound of the same walk, whose noise it integrates over") {
    // The data are the first class; how sure a network is of it depends on the number of masks.
    const auto network = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& logits) {
        logits.setZero();
        for (Eigen::Index n = 0; n < x.cols(); ++n)
            logits.row(0).segment(n * places, places) =
                0.3f * static_cast<float>(places - (x.col(n) == words::mask).count());
    };
    Eigen::ArrayXXd losses(places, 1);
    for (int k = 1; k <= places; ++k)
        losses(k - 1, 0) =
            k * std::log1p((words::classes - 1) *
                           static_cast<double>(std::exp(-0.3f * static_cast<float>(places - k))));
    const int steps = 5, count = 4000;
    const double library =
        fokker::discrete::variational_bound(
            fokker::discrete::predicts_classes(network, words::classes),
            fokker::discrete::absorbing{.mask = words::mask}, fokker::flow(steps),
            Eigen::ArrayXXi::Zero(places, count).eval(), fokker::philox{.seed = 2})
            .nats_per_position();
    const std::string word(static_cast<std::size_t>(places), 'a');
    CHECK(bound_of(losses, {word}, steps).nats == Approx(library).epsilon(0.01));
    CHECK(bound_of(losses, {word}, steps + 1).nats != Approx(library).epsilon(0.02));
}
