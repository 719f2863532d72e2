// Draws words: the options, the words or the study, and what they are worth.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "../fashion/writable.hpp"
#include "../fashion_samples/progress_bar.hpp"
#include "draw.hpp"
#include "masked_bound.hpp"
#include "masked_losses.hpp"
#include "options.hpp"
#include "word_list.hpp"

namespace words {
namespace {

drawn draw(const network& n, const options& o, const method& how) {
    fashion::progress_bar bar(how.sampler + ", " + std::to_string(how.steps) + " steps",
                              std::int64_t{o.count} * how.steps);
    return draw_words(n, o.pattern, how, o.count, o.threads,
                      [&](Index done) { bar.advance(done); });
}

// How many of the words are in each part of the list.
struct shares {
    std::array<double, 3> of{};

    shares(const std::vector<std::string>& words, const word_list& list) {
        for (const std::string& word : words)
            of[static_cast<std::size_t>(list.part_of(word))] +=
                1.0 / static_cast<double>(words.size());
    }
    double held_out() const { return of[0]; }
    double training() const { return of[1]; }
    double neither() const { return of[2]; }
};

// Held-out words, in an order in which short and long ones and all first letters are mixed, and
// their losses.
struct measured {
    std::vector<std::string> words;
    Eigen::ArrayXXd losses;
};

measured measure_losses(const network& n, const word_list& list, const options& o) {
    measured result{list.held_out(), {}};
    if (result.words.empty())
        throw std::runtime_error(o.list.string() + ": no word of it is held out");
    std::mt19937 order(1);
    std::ranges::shuffle(result.words, order);
    result.words.resize(std::min(result.words.size(), static_cast<std::size_t>(o.bound_words)));
    fashion::progress_bar bar("bound", static_cast<std::int64_t>(result.words.size()));
    result.losses = masked_losses(n, result.words, o.how.seed, o.threads,
                                  [&](Index done) { bar.advance(done); });
    return result;
}

const char* sign(part p) { return p == part::held_out ? "*" : p == part::training ? "+" : ""; }

void print_words(const std::vector<std::string>& words, const word_list& list) {
    constexpr std::size_t columns = 6;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool is_last = i + 1 == words.size() || i % columns == columns - 1;
        std::printf(is_last ? "%s\n" : "%-16s", (words[i] + sign(list.part_of(words[i]))).c_str());
    }
}

// Each word once, the most frequent first.
void print_completions(const std::vector<std::string>& words, const word_list& list) {
    std::map<std::string, int> counts;
    for (const std::string& word : words) ++counts[word];
    std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
    std::ranges::stable_sort(sorted, std::ranges::greater{}, &std::pair<std::string, int>::second);
    for (const auto& [word, count] : sorted)
        std::printf("%5d  %s%s\n", count, word.c_str(), sign(list.part_of(word)));
}

void draw_and_print(const network& n, const word_list& list, const options& o) {
    const drawn made = draw(n, o, o.how);
    o.completes ? print_completions(made.words, list) : print_words(made.words, list);
    const shares share(made.words, list);
    std::printf("%s  %d steps  %d words  %.1f network calls a word  %.2f s\n",
                o.how.sampler.c_str(), o.how.steps, o.count, made.calls, made.seconds);
    std::printf(
        "%.1f %% are words (+) that the network was trained on, %.1f %% words (*) that it has "
        "never "
        "seen, %.1f %% in neither part of the list\n",
        100 * share.training(), 100 * share.held_out(), 100 * share.neither());
    if (o.bound_words == 0) return;
    const measured held_out = measure_losses(n, list, o);
    const bound any = bound_of(held_out.losses, held_out.words);
    std::printf("bound on %zu held-out words: %.3f +- %.3f nats a letter\n", held_out.words.size(),
                any.nats, any.error);
    // The bound at a temperature would be that of another model.
    if (o.how.sampler != "ancestral" || o.how.temperature != 1.0) return;
    const bound some = bound_of(held_out.losses, held_out.words, o.how.steps);
    std::printf("bound for what %d steps draw: %.3f +- %.3f\n", o.how.steps, some.nats, some.error);
}

// A row for each sampler and number of steps.
void make_study(const network& n, const word_list& list, const options& o) {
    fashion::require_writable(o.out);
    std::optional<measured> held_out;
    if (o.bound_words > 0) held_out = measure_losses(n, list, o);
    std::ofstream file(o.out);
    file << "sampler,steps,temperature,words,distinct,letters,training,held_out,neither,calls,"
            "seconds,"
            "bound,bound_error\n";
    std::printf("%-19s %6s %9s %9s %9s %9s %8s %7s  %s\n", "sampler", "steps", "training",
                "held out", "neither", "distinct", "letters", "calls", "bound, nats a letter");
    if (held_out) {
        const bound b = bound_of(held_out->losses, held_out->words);
        file << "any,,,,,,,,,,," << b.nats << ',' << b.error << '\n';
        std::printf("%-19s %72s  %.4f +- %.4f\n", "infinite", "", b.nats, b.error);
    }
    for (const std::string& sampler : samplers)
        for (const int steps : o.steps) {
            if (sampler == "first-hitting" && steps < places) continue;  // opens one letter a step
            method how = o.how;
            how.sampler = sampler;
            how.steps = steps;
            const drawn made = draw(n, o, how);
            const shares share(made.words, list);
            const double distinct =
                static_cast<double>(std::set(made.words.begin(), made.words.end()).size()) /
                o.count;
            double letters = 0.0;
            for (const std::string& word : made.words)
                letters += static_cast<double>(word.size()) / o.count;
            file << sampler << ',' << steps << ',' << how.temperature << ',' << o.count << ','
                 << distinct << ',' << letters << ',' << share.training() << ',' << share.held_out()
                 << ',' << share.neither() << ',' << made.calls << ',' << made.seconds;
            std::printf("%-19s %6d %7.1f %% %7.1f %% %7.1f %% %7.1f %% %8.2f %7.1f",
                        sampler.c_str(), steps, 100 * share.training(), 100 * share.held_out(),
                        100 * share.neither(), 100 * distinct, letters, made.calls);
            if (sampler == "ancestral" && how.temperature == 1.0 && held_out) {
                const bound b = bound_of(held_out->losses, held_out->words, steps);
                file << ',' << b.nats << ',' << b.error << '\n';
                std::printf("  %.4f +- %.4f", b.nats, b.error);
            } else {
                file << ",,\n";
            }
            std::printf("\n");
            std::fflush(stdout);
        }
    file.flush();
    if (!file) throw std::runtime_error(o.out.string() + ": cannot be written");
    std::printf("%s\n", std::filesystem::absolute(o.out).lexically_normal().string().c_str());
}

int fail(const std::exception& problem, int code) {
    std::fprintf(stderr, "words: %s\n", problem.what());
    return code;
}

}  // namespace
}  // namespace words

int main(int count, char** arguments) try {
    const auto asked = words::read_options(count, arguments);
    if (!asked) return 0;
    const words::word_list list(asked->list);
    const words::network network(std::filesystem::path(WORDS_FOLDER) / "words.weights");
    asked->study ? words::make_study(network, list, *asked)
                 : words::draw_and_print(network, list, *asked);
    return 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    return words::fail(problem, 2);
} catch (const std::exception& problem) { return words::fail(problem, 1); }
