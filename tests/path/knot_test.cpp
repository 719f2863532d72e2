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

TEST_CASE("the clock of Brownian noise goes from 0 at the data to 1 at pure noise") {
    CHECK(fokker::brownian_clock({0, 1, 0}) == 0.0);
    CHECK(fokker::brownian_clock({0, 0, 2}) == 1.0);
    CHECK(fokker::brownian_clock({0, 3, 3}) == 0.5);
    CHECK(fokker::brownian_clock({0, 0.6, 0.8}) == Catch::Approx(0.64));
    CHECK(fokker::brownian_clock({0, 0.8, 0.6}) == Catch::Approx(0.36));
    // It does not overflow, nor underflow where it need not.
    CHECK(fokker::brownian_clock({0, 1, 1e200}) == 1.0);
    CHECK(fokker::brownian_clock({0, 1e200, 1e100}) == Catch::Approx(1e-200));
    // The same on paths that differ in scale.
    CHECK(fokker::brownian_clock({0, 1, 0.25}) ==
          Catch::Approx(fokker::brownian_clock({5, 0.01, 0.0025})));
}
