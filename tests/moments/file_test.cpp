#include <fokker/moments/file.hpp>

#include <array>
#include <clocale>
#include <cstdio>
#include <string>

#include <fokker/error.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A file of this test's own that goes when it ends.
struct scratch_file {
    std::string name;
    explicit scratch_file(const char* of) : name(std::string("fokker_moments_") + of + ".txt") {}
    ~scratch_file() { std::remove(name.c_str()); }
    void write(const std::string& text) const {
        std::FILE* const file = std::fopen(name.c_str(), "wb");
        REQUIRE(file);
        std::fputs(text.c_str(), file);
        std::fclose(file);
    }
};

moments measured(const discrete_schedule& schedule, std::size_t values) {
    moments m;
    for (const double t : {999.0, 500.0, 12.5, 0.0}) {
        m.knots.push_back(schedule.at(t));
        for (std::size_t i = 0; i < values; ++i)
            m.gamma.push_back((t + 1) / 1001 / static_cast<double>(i + 3));
    }
    return m;
}

}  // namespace

TEST_CASE("moments come back to the last bit, whatever the locale") {
    const auto schedule = linear_schedule();
    const scratch_file file("round_trip");
    for (const char* locale : {"C", "de_DE.UTF-8", ""}) {
        std::setlocale(LC_ALL, locale);
        for (const std::size_t values : {std::size_t{1}, std::size_t{5}}) {
            const moments m = measured(schedule, values);
            save_moments(m, file.name, "of a network");
            const moments back = load_moments(file.name, schedule, values);
            CHECK(back.knots == m.knots);
            CHECK(back.gamma == m.gamma);
        }
    }
    std::setlocale(LC_ALL, "C");
}

TEST_CASE("a file of another schedule or size is refused") {
    const auto schedule = linear_schedule();
    const scratch_file file("other");
    save_moments(measured(schedule, 1), file.name);
    CHECK_NOTHROW(load_moments(file.name));
    CHECK_THROWS_WITH(load_moments(file.name, scaled_linear_schedule()),
                      ContainsSubstring("of another schedule"));
    CHECK_THROWS_WITH(load_moments(file.name, linear_schedule(500)),
                      ContainsSubstring("of another schedule"));
    CHECK_THROWS_WITH(load_moments(file.name, schedule, 784),
                      ContainsSubstring("1 values a knot, and 784 are wanted"));
}

TEST_CASE("a path takes its own file back, whatever its labels, and refuses that of other labels") {
    const scratch_file file("labels");
    const auto round_trip = [&](const auto& path, const auto& times) {
        moments m;
        for (const double t : times) m.knots.push_back(path.at(t));
        m.gamma.assign(m.knots.size(), 0.5);
        save_moments(m, file.name);
        CHECK(load_moments(file.name, path).knots == m.knots);
    };
    const std::array parts{0.9, 0.5, 0.1};
    round_trip(shifted_flow_path{.shift = 3}, parts);
    round_trip(shifted_flow_path{.label = flow_label::one_minus_sigma, .label_scale = 1000}, parts);
    CHECK_THROWS_WITH(load_moments(file.name, shifted_flow_path{}),
                      ContainsSubstring("of another schedule"));
    // Next to pure noise, where a rounding of the time is a large part of alpha.
    round_trip(flow_path{}, std::array{1 - 1e-8, 0.5});
    // Halves, at which a rounded label jumps, and fractions.
    const std::array times{999.0, 499.5, 100.3, 0.5, 0.0};
    for (const auto label : {time_label::fraction, time_label::rounded, time_label::truncated})
        round_trip(linear_schedule().labelled(label), times);
}

TEST_CASE("a path that differs in sigma alone is another one") {
    const ve_path path{.sigma_min = 0.01, .sigma_max = 50};
    const scratch_file file("sigma");
    save_moments({{path.at(0.9), path.at(0.2)}, {0.9, 0.1}}, file.name);
    CHECK_NOTHROW(load_moments(file.name, path));
    CHECK_THROWS_WITH(load_moments(file.name, ve_path{.sigma_min = 0.01, .sigma_max = 51}),
                      ContainsSubstring("of another schedule"));
    // At both ends the labels are the same.
    save_moments({{path.at(1), path.at(0)}, {0.9, 0.1}}, file.name);
    CHECK_NOTHROW(load_moments(file.name, path));
    for (const double sigma_max : {49.0, 51.0})
        CHECK_THROWS_WITH(
            load_moments(file.name, ve_path{.sigma_min = 0.01, .sigma_max = sigma_max}),
            ContainsSubstring("of another schedule"));
}

TEST_CASE("what is no file of moments is refused") {
    const scratch_file file("bad");
    const auto refuses = [&](const std::string& text, const char* words) {
        file.write(text);
        CHECK_THROWS_WITH(load_moments(file.name), ContainsSubstring(words));
    };
    const std::string head = "fokker-moments 1\n# c\nknots 2 values 1\n", first = "9 0.1 0.9 0.8\n";
    refuses("", "no file of moments");
    refuses("0 0.4\n1 0.5\n", "'0' stands where 'fokker-moments' should be");
    refuses("fokker-moments 2\n", "'2' stands where '1'");
    refuses(head + first + "1 0.9 0.1", "ends where Gamma should be; it is cut short");
    refuses(head + first + "1 0.9 0,1 0.2", "'0,1' stands where sigma should be");
    refuses(head + first + "1 0.9 0.1 0.2 7", "'7' after its last knot");
    refuses(head + first + "1 0.9 0.1 nan\n", "must be finite");
    refuses(head + first + first, "must rise");
    refuses(head + first + "1 0.9 0.1 0.2", "is cut short");
    for (const char* t : {"nan", "inf", "-inf"})
        refuses(head + t + " 0.1 0.9 0.8\n1 0.9 0.1 0.2\n", "its t, the label");
    file.write(head + "# more\n" + first + "1 0.9 0.1 0.2\n# end");
    CHECK(load_moments(file.name).gamma == std::vector{0.8, 0.2});
    CHECK_THROWS_WITH(load_moments("no/such/file"), ContainsSubstring("cannot be opened"));
    CHECK_THROWS_WITH(save_moments(measured(linear_schedule(), 1), "no/such/file"),
                      ContainsSubstring("cannot be written"));
    CHECK_THROWS_AS(save_moments({}, file.name), error);
    CHECK_THROWS_WITH(save_moments(measured(linear_schedule(), 1), file.name, "a\nb"),
                      ContainsSubstring("one line"));
}
