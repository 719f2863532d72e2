#include <fokker/forward/bound_options.hpp>

#include <limits>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("options of the bound are refused by name and value, out of their range") {
    const auto refused = [](const bound_options& options, const char* why) {
        CHECK_THROWS_WITH(options.check(), ContainsSubstring(why));
    };
    CHECK_NOTHROW(bound_options{}.check());
    CHECK_NOTHROW(bound_options{.decoder_variance = 0.1, .prior_variance = 2, .levels = 2}.check());
    refused({.levels = 1}, "levels is 1");
    refused({.variance = reverse_variance{}}, "the bound's variance is an empty function");
    refused({.decoder_variance = -0.5}, "decoder_variance is -0.5");
    refused({.decoder_variance = std::numeric_limits<double>::infinity()},
            "decoder_variance is inf");
    refused({.prior_variance = -2}, "prior_variance is -2");
    refused({.prior_variance = std::numeric_limits<double>::quiet_NaN()}, "prior_variance is ");
}
