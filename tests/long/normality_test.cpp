// Whether the checks refuse what they have to refuse, and nothing else. tests/long/run.sh --defects
// runs the same with a hundred times the draws and a tenth of the defect.
#include "long/normality.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "catch.hpp"
#include "long/defects.hpp"

using namespace fokker_test;

namespace {

#ifdef FOKKER_LONG_DEFECTS
constexpr double draws = 2e8, defect = 1e-3, cut = 5;
constexpr int bits_of_u = 20;
#else
constexpr double draws = 2e6, defect = 1e-2, cut = 4;
constexpr int bits_of_u = 13;
#endif

template <class T, class Source>
verdicts judged(Source source) {
    normality<T> all;
    while (all.draws() < draws) all.draw(source);
    return all.judge_all(9);
}

/// Says whether a check of the group refuses the generator.
bool refused(const verdicts& all, const std::string& group) {
    const verdicts members = of_group(all, group);
    REQUIRE(!members.empty());
    const verdict& worst = least(members);
    UNSCOPED_INFO(group << ", " << worst.name << ": " << worst.p_value);
    return !family{all.size()}.accepts(worst);
}

/// Says whether this is the check of the group that refuses it most.
bool refused(const verdicts& all, const std::string& group, const std::string& name) {
    const verdicts members = of_group(all, group);
    return refused(all, group) && least(members).name == name;
}

}  // namespace

TEST_CASE("normals of the standard library pass") {
    for (const verdicts& all : {judged<float>(sound{}), judged<double>(sound{})}) {
        INFO(least(all).group << ", " << least(all).name << ": " << least(all).p_value);
        CHECK(family{all.size()}.accepts(least(all)));
    }
}

TEST_CASE("a wrong variance fails the second moment") {
    CHECK(refused(judged<float>(wrong_variance{1 + defect}), "moments", "moment 2"));
    CHECK(refused(judged<double>(wrong_variance{1 - defect}), "moments", "moment 2"));
}

TEST_CASE("a truncated tail fails the counts of the tail and the largest number") {
    const verdicts all = judged<float>(truncated{cut});
    CHECK(refused(all, "tails"));
    CHECK(refused(all, "extremes", "largest |z|"));
    CHECK_FALSE(refused(all, "correlation of z"));
}

TEST_CASE("too few bits for the radius fail the largest number") {
    CHECK(refused(judged<float>(coarse{bits_of_u}), "extremes", "largest |z|"));
}

TEST_CASE("a correlation of neighbours fails at its lag") {
    const verdicts all = judged<float>(correlated{defect});
    CHECK(refused(all, "correlation of z", "lag 1"));
    CHECK_FALSE(refused(all, "moments"));
    CHECK_FALSE(refused(all, "correlation of z^2"));
}

TEST_CASE("repeated tiles fail at the lag of a tile") {
    const auto period = static_cast<std::uint64_t>(1 / defect);
    const verdicts all = judged<float>(repeating{period});
    CHECK(refused(all, "correlation of z", "lag 128"));
    CHECK(refused(all, "correlation of z^2", "lag 128"));
}

TEST_CASE("an angle that is not uniform fails the pairs that begin where it does") {
    const verdicts all = judged<double>(uneven_angle{4 * defect});
    CHECK(refused(all, "pairs", "lag 1, even"));
    CHECK_FALSE(refused(all, "correlation of z"));
    CHECK_FALSE(refused(all, "distribution"));
}

TEST_CASE("a single number out of range fails, and spoils no other check") {
    double none = 1e30;
#ifndef __FAST_MATH__
    none = std::numeric_limits<double>::quiet_NaN();
#endif
    const verdicts all = judged<float>(broken{static_cast<std::uint64_t>(draws / 128 - 10), none});
    CHECK(refused(all, "extremes", "no number, or beyond 16 sigma"));
    for (const char* group : {"moments", "distribution", "tails", "correlation of z"})
        CHECK_FALSE(refused(all, group));
}
