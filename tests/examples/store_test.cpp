#include "../../examples/fashion_quality/store.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <Eigen/Core>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "../catch.hpp"
#include "../support/full_disk.hpp"

using Eigen::MatrixXf;
using fashion::store;
using fokker_test::full_disk;
namespace fs = std::filesystem;

namespace {

// A folder of this test's own, with a file that everything is made with.
struct scratch {
    fs::path folder = fs::temp_directory_path() / ("fokker_store_" + std::to_string(getpid()));
    fs::path made_with[1] = {folder / "weights"};

    scratch() {
        fs::remove_all(folder);
        fs::create_directories(folder);
        std::ofstream(made_with[0]) << "w";
    }
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() { fs::remove_all(folder); }
    fs::path cells() const { return folder / "cells"; }
    store open() const { return store(cells(), made_with); }
};

// What another process says when it appends to the folder: 0 nothing, 1 that it cannot.
int append_elsewhere(const scratch& place) {
    const pid_t child = fork();
    if (child == 0) {
        try {
            place.open().append("other", 0, MatrixXf::Ones(3, 2));
            _exit(0);
        } catch (const std::runtime_error&) { _exit(1); }
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("a store gives back what was put in, after an interruption, too") {
    const scratch place;
    const MatrixXf values = MatrixXf::Random(5, 7);
    place.open().append("a", 0, values.leftCols(4));
    std::ofstream(place.cells() / "a.f32", std::ios::app) << "half";  // of a column
    CHECK(place.open().columns("a", 5) == 4);
    place.open().append("a", 4, values.rightCols(3));
    CHECK(place.open().read("a", 5) == values);
}

TEST_CASE("a full disk leaves a folder that a later study goes on with") {
    const scratch place;
    const MatrixXf values = MatrixXf::Random(8, 6);
    {
        const full_disk nothing(0);
        CHECK_THROWS_AS(place.open(), std::runtime_error);
    }
    place.open().append("a", 0, values.leftCols(2));
    {
        const full_disk some(130);  // two more columns fit, and half of another
        CHECK_THROWS_AS(place.open().append("a", 2, values.rightCols(4)), std::runtime_error);
        CHECK(place.open().read("a", 8) == values.leftCols(2));
        CHECK_THROWS_AS(place.open().append("a", 2, values.rightCols(4)), std::runtime_error);
    }
    place.open().append("a", 2, values.rightCols(4));
    CHECK(place.open().read("a", 8) == values);
    CHECK(place.open().names() == std::vector<std::string>{"a"});
}

TEST_CASE("a mark that a full disk left empty is written anew, and another one is refused") {
    const scratch place;
    fs::create_directories(place.cells());
    std::ofstream(place.cells() / "made-with").flush();
    CHECK_NOTHROW(place.open());
    std::ofstream(place.made_with[0]) << "other weights";
    CHECK_THROWS_AS(place.open(), std::runtime_error);
}

TEST_CASE("of two writers the second is told, and a reader is not kept out") {
    const scratch place;
    {
        const store first = place.open();
        first.append("a", 0, MatrixXf::Ones(3, 2));
        CHECK(append_elsewhere(place) == 1);
        CHECK(place.open().columns("a", 3) == 2);
    }
    {
        const store at_work = place.open();
        at_work.lock();
        CHECK(append_elsewhere(place) == 1);
    }
    CHECK(append_elsewhere(place) == 0);
}

TEST_CASE("what is no file of numbers is not among the names") {
    const scratch place;
    const store kept = place.open();
    fs::create_directories(place.cells() / "folder.f32");
    std::ofstream(place.cells() / "notes.txt") << "hello";
    kept.append("a", 0, MatrixXf::Ones(3, 2));
    CHECK(kept.names() == std::vector<std::string>{"a"});
}
