#include <fokker/adapt/evenly_spaced.hpp>

#include <vector>

#include "catch.hpp"

using namespace fokker;

TEST_CASE("evenly spaced numbers have numpy's roundings") {
    CHECK(detail::evenly_spaced(2.0, 7.0, 1) == std::vector{2.0});
    CHECK(detail::evenly_spaced(1.0, 0.0, 2) == std::vector{1.0, 0.0});
    // numpy.linspace(0, 999, 8)
    CHECK(detail::evenly_spaced(0.0, 999.0, 8) ==
          std::vector{0.0, 142.71428571428572, 285.42857142857144, 428.14285714285717,
                      570.8571428571429, 713.5714285714287, 856.2857142857143, 999.0});
}
