#include "../../examples/words/word_list.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "../../examples/words/letters.hpp"
#include "../catch.hpp"

namespace {

struct list_file {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("fokker_word_list_" + std::to_string(getpid()));
    explicit list_file(const std::string& text) { std::ofstream(path) << text; }
    ~list_file() { std::filesystem::remove(path); }
};

}  // namespace

TEST_CASE("words are held out as in Python") {
    for (const char* word : {"cuts", "cute", "adventure", "zodiac"})
        CHECK(words::is_held_out(word));
    for (const char* word : {"cats", "cots", "chat", "letters", "zoo"})
        CHECK_FALSE(words::is_held_out(word));
}

TEST_CASE("a list has the words of the alphabet that are not too long") {
    const list_file file(
        "cats\nParis\ncat's\na\ncuts\ncuts\nabcdefghijklmno\nabcdefghijklmn\nvis-a-vis\n");
    const words::word_list list(file.path);
    CHECK(list.size() == 3);
    CHECK(list.held_out() == std::vector<std::string>{"cuts"});
    CHECK(list.part_of("cats") == words::part::training);
    CHECK(list.part_of("cuts") == words::part::held_out);
    CHECK(list.part_of("abcdefghijklmn") != words::part::neither);
    CHECK(list.part_of("cute") == words::part::neither);
    CHECK(list.part_of("a") == words::part::neither);
}

TEST_CASE("a list that is not there or empty is refused") {
    CHECK_THROWS_AS(words::word_list("nowhere"), std::runtime_error);
    const list_file file("Paris\n");
    CHECK_THROWS_AS(words::word_list(file.path), std::runtime_error);
}

TEST_CASE("words go to classes and back") {
    words::states x(words::places, 3);
    x.col(0) = words::encode("cat");
    x.col(1) = words::encode("c_t_");
    x.col(2) = words::encode("abcdefghijklmn");
    CHECK(x(0, 0) == 2);
    CHECK(x(2, 0) == 19);
    CHECK(x(3, 0) == words::end);
    CHECK(x(1, 1) == words::mask);
    CHECK(words::decode(x, 0) == "cat");
    CHECK(words::decode(x, 1) == "c_t_");
    CHECK(words::decode(x, 2) == "abcdefghijklmn");
    x(1, 0) = words::end;
    CHECK(words::decode(x, 0) == "c.t");
}
