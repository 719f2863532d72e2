#include <fokker/error.hpp>

#include <stdexcept>
#include <type_traits>

#include "catch.hpp"

TEST_CASE("misuse is an invalid_argument, a failing network a runtime_error") {
    static_assert(std::is_base_of_v<std::invalid_argument, fokker::error>);
    static_assert(std::is_base_of_v<std::runtime_error, fokker::network_error>);
    CHECK_NOTHROW(fokker::detail::require(true, "unused"));
    CHECK_THROWS_WITH(fokker::detail::require(false, "eta is ", 1.5, "; too large"),
                      "fokker: eta is 1.5; too large");
}
