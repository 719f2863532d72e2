/// Draws random configurations, runs each, and prints how many ended how. See ../README.md.
#include <signal.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "configuration.hpp"
#include "lists.hpp"

namespace {

std::uint64_t seed_now, number_now;

/// Of a configuration that crashes or hangs: how to run it alone.
extern "C" void say_where(int signal) {
    char line[128];
    const int size = std::snprintf(
        line, sizeof line, "\nWRONG: %s in --seed %llu --first %llu --count 1\n",
        signal == SIGALRM ? "it hangs" : "it aborted", static_cast<unsigned long long>(seed_now),
        static_cast<unsigned long long>(number_now));
    [[maybe_unused]] const auto written =
        write(STDOUT_FILENO, line, static_cast<std::size_t>(size));
    _exit(1);
}

}  // namespace

int main(int argc, char** argv) {
    std::uint64_t seed = 1, first = 0, count = 1000;
    bool verbose = false;
    std::string names;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        std::uint64_t* const number = word == "--seed"    ? &seed
                                      : word == "--first" ? &first
                                      : word == "--count" ? &count
                                                          : nullptr;
        char* end = nullptr;
        if (word == "--verbose")
            verbose = true;
        else if (word == "--lists" && i + 1 < argc)
            names = argv[++i];
        else if (number && i + 1 < argc &&
                 (*number = std::strtoull(argv[++i], &end, 10), *end == '\0' && end != argv[i]))
            continue;
        else {
            std::cerr << "usage: " << argv[0]
                      << " [--seed N] [--first K] [--count N] [--verbose]\n"
                         "       --lists public_names.txt\n";
            return 2;
        }
    }
    if (!names.empty()) {
        std::ifstream file(names);
        const std::vector<std::string> all{std::istream_iterator<std::string>(file), {}};
        const std::vector<std::string> gaps = fokker_random::gaps(all);
        for (const std::string& each : gaps) std::cout << each << '\n';
        return all.empty() || !gaps.empty();
    }
    seed_now = seed;
    std::signal(SIGALRM, say_where);
    std::signal(SIGABRT, say_where);
    std::map<std::string, std::uint64_t> ended;
    std::uint64_t failures = 0;
    for (std::uint64_t i = first; i < first + count; ++i) {
        number_now = i;
        alarm(60);  // seconds, for one that takes milliseconds as a rule
        if (verbose)
            std::cout << "--seed " << seed << " --first " << i << " --count 1:" << std::endl;
        const fokker_random::outcome o = fokker_random::examine(seed, i);
        if (verbose) std::cout << "   " << o.configuration << "\n    " << o.word << std::endl;
        if (o.wrong.empty()) {
            ++ended[o.word];
            continue;
        }
        if (++failures <= 50)
            std::cout << "WRONG: " << o.wrong << "\n    --seed " << seed << " --first " << i
                      << " --count 1:" << o.configuration << std::endl;
    }
    alarm(0);
    for (const auto& [word, times] : ended) std::cout << times << '\t' << word << '\n';
    std::cout << count << " configurations, " << failures << " of them wrong\n";
    return failures == 0 ? 0 : 1;
}
