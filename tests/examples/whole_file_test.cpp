#include "../../examples/fashion/whole_file.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "../catch.hpp"
#include "../support/full_disk.hpp"

using fokker_test::full_disk;
namespace fs = std::filesystem;

namespace {

struct scratch {
    fs::path folder = fs::temp_directory_path() / ("fokker_whole_file_" + std::to_string(getpid()));
    fs::path file = folder / "table";

    scratch() {
        fs::remove_all(folder);
        fs::create_directories(folder);
    }
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() { fs::remove_all(folder); }
    bool holds(const std::string& words) const {
        std::ifstream in(file);
        return std::string{std::istreambuf_iterator<char>(in), {}} == words;
    }
};

}  // namespace

TEST_CASE("a file is written whole or not at all") {
    const scratch place;
    const auto write = [&](const std::string& words) {
        fashion::write_whole(place.file, [&](std::ostream& out) { out << words; });
    };
    write("first");
    CHECK(place.holds("first"));
    {
        const full_disk some(3);
        CHECK_THROWS_AS(write("second"), std::runtime_error);
    }
    CHECK(place.holds("first"));
    CHECK(fashion::unfinished_in(place.folder).empty());
    write("third");
    CHECK(place.holds("third"));
    CHECK(fashion::read_whole(place.file) == "third");
}

TEST_CASE("a file that is not there is nothing, or refused by its name") {
    const scratch place;
    CHECK_FALSE(fashion::read_if_there(place.file).has_value());
    CHECK_THROWS_WITH(fashion::read_whole(place.file),
                      Catch::Matchers::ContainsSubstring("table: cannot be opened"));
    const std::string bytes("a\0\r\n", 4);
    fashion::write_whole(place.file, [&](std::ostream& out) { out << bytes; });
    CHECK(fashion::read_if_there(place.file) == bytes);
}

TEST_CASE("of several writers of a file one is the first") {
    const scratch place;
    const auto write = [&](const std::string& words) {
        return fashion::write_first(place.file, [&](std::ostream& out) { out << words; });
    };
    CHECK(write("mine"));
    CHECK_FALSE(write("yours"));
    CHECK(place.holds("mine"));
    CHECK(fashion::unfinished_in(place.folder).empty());
}
