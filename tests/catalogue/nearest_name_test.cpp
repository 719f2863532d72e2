#include <fokker/catalogue/nearest_name.hpp>

#include <array>
#include <string_view>

#include "catch.hpp"

using fokker::detail::edit_distance;
using fokker::detail::nearest_name;

TEST_CASE("the edit distance counts insertions, deletions and replacements") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("", "heun") == 4);
    CHECK(edit_distance("heun", "") == 4);
    CHECK(edit_distance("heun", "heun") == 0);
    CHECK(edit_distance("hein", "heun") == 1);
    CHECK(edit_distance("hun", "heun") == 1);
    CHECK(edit_distance("heunn", "heun") == 1);
    CHECK(edit_distance("dpmpp_2m", "dpm++2m") == 3);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest name is one that is not far away") {
    constexpr std::array<std::string_view, 3> names{"ddim", "ddpm", "euler-a"};
    CHECK(nearest_name("dddim", names) == "ddim");
    CHECK(nearest_name("ddxm", names) == "ddim");  // the first of two
    CHECK(nearest_name("eulera", names) == "euler-a");
    CHECK(nearest_name("Euler_A", names) == "euler-a");
    CHECK(nearest_name("DDIM", names) == "ddim");
    constexpr std::array<std::string_view, 2> more{"dpm++2m", "dpm-fast"};
    CHECK(nearest_name("dpmpp_2m", more) == "dpm++2m");
    CHECK(nearest_name("DPM++ 2M", more) == "dpm++2m");
    CHECK(nearest_name("magic", names).empty());
    // Of seven letters two may be wrong, and one of a short text.
    CHECK(nearest_name("euxxr-a", names) == "euler-a");
    CHECK(nearest_name("euxxx-a", names).empty());
    CHECK(nearest_name("xdim", names) == "ddim");
    CHECK(nearest_name("xxim", names).empty());
    constexpr std::array<std::string_view, 1> shortest{"lcm"};
    CHECK(nearest_name("lm", shortest) == "lcm");
    CHECK(nearest_name("", names).empty());
}
