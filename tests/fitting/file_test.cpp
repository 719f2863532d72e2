#include <fokker/fitting/file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fokker/error.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

namespace {

struct temporary_file {
    std::string name =
        (std::filesystem::temp_directory_path() / "fokker_fitted_solver_test.txt").string();
    ~temporary_file() { std::remove(name.c_str()); }

    void write(const std::string& text) const { std::ofstream(name) << text; }
};

fitted_solver made() {
    const grid walk = trailing(linear_schedule(1000), 2);
    fitted_solver method;
    method.knots.assign(walk.begin(), walk.end());
    method.steps = {{1.0 / 3, {0.1, 0, 0, 0}, 1}, {-2e-17, {1.25, -0.3, 0, 0}, 2}};
    method.prediction = "EDM preconditioning";
    method.elements = 784;
    return method;
}

}  // namespace

TEST_CASE("A fitted solver comes back from its file to the last bit") {
    const temporary_file file;
    fitted_solver method = made();
    save_fitted_solver(method, file.name, "two steps");
    fitted_solver back = load_fitted_solver(file.name);
    CHECK(back.steps == method.steps);
    CHECK(back.knots == method.knots);
    CHECK(back.prediction == method.prediction);
    CHECK(back.elements == 784);
    method.prediction.clear();
    save_fitted_solver(method, file.name);
    back = load_fitted_solver(file.name);
    CHECK(back.prediction.empty());
}

TEST_CASE("A file that holds no fitted solver is refused, and said why") {
    const temporary_file file;
    const auto refuses = [&](const std::string& text, const char* why) {
        file.write(text);
        CHECK_THROWS_WITH(load_fitted_solver(file.name), ContainsSubstring(why));
    };
    refuses("", "is no file of a fitted solver of version 1");
    refuses("fokker-moments 1\n", "'fokker-moments' stands where 'fokker-fitted-solver'");
    refuses("fokker-fitted-solver 2\n", "'2' stands where '1'");
    const std::string head = "fokker-fitted-solver 1\nsteps 1 elements 4 network any\n";
    refuses(head + "999 0.1 0.9 0 1 1\n0 1 0\n", "step 0 reads 0 predictions");
    refuses(head + "999 0.1 0.9 9 1 1\n0 1 0\n", "step 0 reads 9 predictions");
    refuses(head + "999 0.1 0.9 1 1 x\n0 1 0\n", "'x' stands where a weight should be");
    refuses(head + "999 0.1 0.9 1 1 1\n0 1\n", "ends where sigma should be; it is cut short");
    refuses(head + "999 0.1 0.9 1 1 1\n0 1 0 7\n", "has '7' after its last knot");
    refuses(head + "999 0.1 0.9 2 1 1 1\n0 1 0\n", "step 0 of a fitted solver reads 2 predictions");
    refuses(head + "999 nan 0.9 1 1 1\n0 1 0\n", "knot 0 of the grid is {t = 999, alpha = nan");
    refuses(head + "inf 0.1 0.9 1 1 1\n0 1 0\n", "knot 0 of the grid is {t = inf");
    refuses(head + "999 0.1 0.9 1 1 1\n0 0.05 1\n", "is not closer to the data");
    CHECK_THROWS_WITH(load_fitted_solver("no/such/file"), ContainsSubstring("cannot be opened"));
    CHECK_THROWS_WITH(save_fitted_solver(made(), "no/such/file"),
                      ContainsSubstring("cannot be written"));
    CHECK_THROWS_WITH(save_fitted_solver(made(), file.name, "two\nlines"),
                      ContainsSubstring("one line"));
    CHECK_THROWS_WITH(save_fitted_solver({}, file.name), ContainsSubstring("holds 0 steps"));
}

TEST_CASE("A file of a fitted solver that was cut short anywhere is refused") {
    const temporary_file file;
    fitted_solver method = made();
    method.knots.back().sigma = 0.0123;  // of which a part is a number, too
    save_fitted_solver(method, file.name, "two steps");
    std::ifstream in(file.name);
    const std::string whole((std::istreambuf_iterator<char>(in)), {});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        file.write(whole.substr(0, size));
        CHECK_THROWS_AS(load_fitted_solver(file.name), error);
    }
    CHECK_THROWS_WITH(load_fitted_solver(file.name), ContainsSubstring("is cut short"));
    file.write(whole);
    CHECK(load_fitted_solver(file.name).knots == method.knots);
}

TEST_CASE("A file of anything is refused in a short line of text") {
    const temporary_file file;
    file.write("\x1b[2J\x01" + std::string(1000000, 'x'));
    try {
        load_fitted_solver(file.name);
        FAIL("accepted");
    } catch (const error& problem) {
        const std::string what = problem.what();
        CHECK(what.size() < file.name.size() + 200);
        CHECK(std::all_of(what.begin(), what.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    }
}

TEST_CASE("What a network predicts is written only if it comes back") {
    const temporary_file file;
    fitted_solver method = made();
    for (const char* name : {"v-prediction", "two\nlines", "a\ttab", "#1", "any"}) {
        method.prediction = name;
        CHECK_THROWS_WITH(save_fitted_solver(method, file.name),
                          ContainsSubstring("would not come back"));
    }
}
