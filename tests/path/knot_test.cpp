#include <fokker/path/knot.hpp>

#include <cmath>

#include "catch.hpp"

using fokker::knot;

TEST_CASE("a knot knows its signal-to-noise ratio") {
    const knot k{3.0, 0.8, 0.6};
    CHECK(k.lambda() == Catch::Approx(std::log(0.8 / 0.6)));
    CHECK(k.noise_to_signal() == Catch::Approx(0.75));
    CHECK(k.signal_to_noise_squared() == Catch::Approx(std::exp(2 * k.lambda())));
}

TEST_CASE("the ends of a path have infinite lambda") {
    CHECK(knot{0.0, 1.0, 0.0}.lambda() > 1e308);
    CHECK(knot{1.0, 0.0, 1.0}.lambda() < -1e308);
}
