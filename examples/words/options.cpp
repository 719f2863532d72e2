#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>
#include <thread>

#include "../fashion/command_line.hpp"
#include "letters.hpp"

namespace words {

namespace {

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

void check_pattern(const std::string& pattern) {
    const std::string word = pattern.substr(0, pattern.size() - (pattern.ends_with('*') ? 1 : 0));
    if (!std::ranges::all_of(word, [](char c) { return c == '_' || is_letter(c); }))
        refuse("--complete: '" + pattern +
               "' has something else than letters a to z, _ for any letter, and one * at the end");
    if (word.size() > places)
        refuse("--complete: '" + pattern + "' is longer than " + std::to_string(places) +
               " letters, which is the most that the network knows");
    if (!pattern.ends_with('*') && word.find('_') == std::string::npos)
        refuse("--complete: '" + pattern + "' leaves nothing to draw: put _ for any letter");
}

// Options that would have no effect, or that do not go together.
void check_together(const options& o, const CLI::App& app) {
    if (o.completes) check_pattern(o.pattern);
    const auto given = [&](const char* name) { return app.count(name) > 0; };
    if (o.study) {
        for (const char* name : {"--complete", "--sampler"})
            if (given(name)) refuse(std::string(name) + ": the study is of all samplers and words");
    } else {
        if (o.steps.size() > 1) refuse("--steps: one number; several are for --study");
        if (given("--out")) refuse("--out: only --study writes a file");
        if (given("--eta") && o.how.sampler != "remasking")
            refuse("--eta: the sampler " + o.how.sampler + " has none; remasking has");
    }
    if (o.completes && given("--bound-words"))
        refuse("--bound-words: the bound is not one of words with known letters");
}

}  // namespace

std::optional<options> read_options(int count, char** words) {
    options o;
    o.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    std::optional<int> how_many, bound_words;
    CLI::App app(
        "Draws English words, or what was never one, from a masked diffusion model of letters.");
    app.name("examples/run.sh words");
    app.option_defaults()->always_capture_default();
    app.add_option("--sampler", o.how.sampler, "How to sample")
        ->check(CLI::IsMember(sampler_names()));
    app.add_option("--steps", o.steps,
                   "Steps of the sampler (64; with --study 1,2,4,8,16,32,64,256)")
        ->delimiter(',')
        ->default_str("")
        ->check(CLI::Range(1, 100000));
    app.add_option("--count", how_many, "Words (100, with --study 2000)")
        ->check(CLI::Range(1, 1000000));
    app.add_option("--complete", o.pattern,
                   "Letters that are given: c_t_ with _ for any letter; un* for any further ones")
        ->default_str("");
    app.add_option("--temperature", o.how.temperature,
                   "Of the letters: below 1 likelier ones, 0 always the likeliest")
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("--eta", o.how.eta, "Of remasking: the share of letters that it closes again")
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--seed", o.how.seed, "Of the noise; the same seed gives the same words")
        ->check(fashion::whole_number);
    app.add_option("--bound-words", bound_words,
                   "Held-out words to measure the bound on (500; all with --study; 0: none)")
        ->check(CLI::Range(0, 1000000));
    app.add_flag("--study", o.study, "A table of six samplers, by the number of steps");
    app.add_option("--out", o.out, "The file of the table");
    app.add_option("--list", o.list, "The list of words, one a line")->take_last();
    app.add_option("--threads", o.threads, "The words do not depend on it")
        ->check(CLI::Range(1, 256))
        ->default_str("all");
    if (!fashion::parse(app, count, words)) return std::nullopt;
    o.completes = app.count("--complete") > 0;
    check_together(o, app);
    if (o.steps.empty())
        o.steps = o.study ? std::vector{1, 2, 4, 8, 16, 32, 64, 256} : std::vector{64};
    o.how.steps = o.steps.front();
    o.count = how_many.value_or(o.study ? 2000 : 100);
    o.bound_words = o.completes ? 0 : bound_words.value_or(o.study ? 1000000 : 500);
    return o;
}

}  // namespace words
