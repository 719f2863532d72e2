#include "draw.hpp"

#include <algorithm>
#include <chrono>
#include <fokker/fokker.hpp>
#include <future>

namespace words {

namespace {

namespace discrete = fokker::discrete;

// What every word begins with, and at which places it must have letters.
struct beginning {
    explicit beginning(std::string pattern) {
        const bool is_open = pattern.ends_with('*');
        if (is_open) pattern.pop_back();
        for (std::size_t i = 0; i < pattern.size(); ++i)
            if (pattern[i] == '_') letters.push_back(static_cast<Index>(i));
        if (is_open) pattern.resize(places, '_');
        state = encode(pattern);
    }

    Eigen::Array<int, places, 1> state;
    std::vector<Index> letters;
};

template <class Sampler>
std::int64_t walk(states& x, const beginning& first, remembering_network& network,
                  const method& how, Sampler sampler, std::uint64_t first_word,
                  const std::function<void(Index)>& advance) {
    const auto model =
        discrete::predicts_classes(network, classes).drawn_by({.temperature = how.temperature});
    const fokker::grid knots = fokker::linspace(fokker::flow_path{}, how.steps);
    discrete::run run(x, model, discrete::absorbing{.mask = mask}, knots, sampler,
                      fokker::philox{.seed = how.seed, .first_sample = first_word});
    while (!run.done()) {
        run.step();
        // Remasking closes letters that are known, too: here they open again.
        for (Index p = 0; p < places; ++p)
            if (first.state(p) != mask) x.row(p) = first.state(p);
        advance(x.cols());
    }
    return network.evaluations();
}

std::int64_t walk(states& x, const beginning& first, remembering_network& network,
                  const method& how, std::uint64_t first_word,
                  const std::function<void(Index)>& advance) {
    if (how.sampler == "remasking")
        return walk(x, first, network, how, discrete::remasking{.eta = how.eta}, first_word,
                    advance);
    if (how.sampler == "surest-first")
        return walk(x, first, network, how, discrete::surest_first{}, first_word, advance);
    return walk(x, first, network, how, discrete::ancestral{}, first_word, advance);
}

}  // namespace

drawn draw_words(const network& n, const std::string& pattern, const method& how, int count,
                 int threads, const std::function<void(Index)>& advance) {
    const auto begin = std::chrono::steady_clock::now();
    const beginning first(pattern);
    threads = std::min(threads, count);

    // Every thread draws a slice of the words. The noise knows the slice.
    struct slice {
        states x;
        std::int64_t evaluations;
    };
    std::vector<std::future<slice>> slices;
    for (int i = 0; i < threads; ++i)
        slices.push_back(std::async(std::launch::async, [&, i] {
            const std::int64_t all = count, from = i * all / threads, to = (i + 1) * all / threads;
            remembering_network network(n);
            network.only_letters(first.letters);
            slice made{first.state.replicate(1, to - from), 0};
            made.evaluations =
                walk(made.x, first, network, how, static_cast<std::uint64_t>(from), advance);
            return made;
        }));
    drawn result;
    for (auto& each : slices) {
        const slice made = each.get();
        for (Index i = 0; i < made.x.cols(); ++i) result.words.push_back(decode(made.x, i));
        result.calls += static_cast<double>(made.evaluations) / count;
    }
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return result;
}

}  // namespace words
