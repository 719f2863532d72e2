/// The tables: what was seen, what is accepted, and how probable it was.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "verdict.hpp"

namespace fokker_test {

/// All verdicts of one stream, under a title.
struct judged_stream {
    std::string title;
    verdicts all;
    bool in_full;  // or only the least p-value of them
};

inline void print_row(const std::string& name, const verdict& each, const family& rule) {
    const range accepted = each.accepted(rule.level());
    std::printf("  %-52s %13.7g %13.7g %13.7g %9.2g%s\n", name.c_str(), each.statistic,
                accepted.low, accepted.high, each.p_value, rule.accepts(each) ? "" : "  REFUSED");
}

/// Every verdict has a row, but a group of more than a dozen has one: the least p-value and those
/// that are refused.
inline void print_in_full(const judged_stream& stream, const family& rule) {
    std::string group;
    for (const verdict& each : stream.all) {
        if (each.group == group) continue;
        group = each.group;
        const verdicts members = of_group(stream.all, group);
        const verdict& worst = least(members);
        const bool large = members.size() > 12;
        if (large)
            print_row(group + ", least of " + std::to_string(members.size()) + ": " + worst.name,
                      worst, rule);
        for (const verdict& member : members)
            if (!large || (!rule.accepts(member) && member.name != worst.name))
                print_row(large ? group + ", " + member.name : member.name, member, rule);
    }
}

/// Prints all and says whether every verdict is accepted.
inline bool report(const std::vector<judged_stream>& streams) {
    family rule{0};
    for (const judged_stream& stream : streams) rule.tests += stream.all.size();
    std::printf("%-54s %13s %27s %9s\n", "", "statistic", "accepted: from           to", "p-value");
    std::size_t refused = 0;
    double smallest = 1;
    for (const judged_stream& stream : streams) {
        const verdict& worst = least(stream.all);
        smallest = std::min(smallest, worst.p_value);
        if (stream.in_full) {
            std::printf("%s\n", stream.title.c_str());
            print_in_full(stream, rule);
        } else {
            std::printf("%s, least of %zu\n", stream.title.c_str(), stream.all.size());
            for (const verdict& each : stream.all)
                if (&each == &worst || !rule.accepts(each))
                    print_row(each.group + ": " + each.name, each, rule);
        }
        for (const verdict& each : stream.all) refused += !rule.accepts(each);
    }
    std::printf(
        "%zu tests. The least p-value is %.2g; a test is refused below %.2g, so that true normals\n"
        "would be refused by any of them with a probability of at most %.0e.\n",
        rule.tests, smallest, rule.level(), family_level);
    if (refused == 0)
        std::printf("passed\n");
    else
        std::printf("FAILED: %zu of %zu tests\n", refused, rule.tests);
    return refused == 0;
}

}  // namespace fokker_test
