#include <fokker/version.hpp>

#include <string>

#include "catch.hpp"

TEST_CASE("the version's text and its numbers agree") {
    CHECK(fokker::version == std::to_string(fokker::version_major) + "." +
                                 std::to_string(fokker::version_minor) + "." +
                                 std::to_string(fokker::version_patch));
}

TEST_CASE("the build reads the same version") {
    CHECK(FOKKER_PROJECT_VERSION == std::string(fokker::version));
}
