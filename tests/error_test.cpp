#include <fokker/error.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "catch.hpp"

TEST_CASE("misuse is an invalid_argument, a failing network a runtime_error") {
    static_assert(std::is_base_of_v<std::invalid_argument, fokker::error>);
    static_assert(std::is_base_of_v<std::runtime_error, fokker::network_error>);
    CHECK_NOTHROW(fokker::detail::require(true, "unused"));
    CHECK_THROWS_WITH(fokker::detail::require(false, "eta is ", 1.5, "; too large"),
                      "fokker: eta is 1.5; too large");
}

TEST_CASE("a sentence holds texts, and numbers in the fewest digits that name them") {
    using fokker::detail::sentence;
    CHECK(sentence({}) == "");
    CHECK(sentence({"a", std::string("b"), "", "c"}) == "abc");
    CHECK(sentence({0.1, " ", 0.1f, " ", 1e300, " ", -2.0}) == "0.1 0.1 1e+300 -2");
    CHECK(sentence({0, " ", -7, " ", std::size_t{10}, " ", short{3}}) == "0 -7 10 3");
    CHECK(sentence({std::numeric_limits<std::int64_t>::min()}) == "-9223372036854775808");
    CHECK(sentence({std::numeric_limits<std::uint64_t>::max()}) == "18446744073709551615");
    CHECK(sentence({-std::numeric_limits<double>::infinity()}) == "-inf");
}
