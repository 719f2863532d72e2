#include <fokker/path/continuous/ve.hpp>

#include <cmath>
#include <fokker/error.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("wrong parameters of VE and EDM are named") {
    CHECK_THROWS_WITH(ve_path{}.at(std::nan("")), ContainsSubstring("is not finite"));
    CHECK_THROWS_WITH((ve_path{.sigma_min = 0}).at(0.5),
                      ContainsSubstring("sigma goes from 50 to 0"));
    CHECK_THROWS_WITH((ve_path{.sigma_max = 0.001}).at(0.5), ContainsSubstring("0.001"));
    CHECK_THROWS_WITH(edm_path{}.at(-0.1), ContainsSubstring("time -0.1"));
}
