#include "draw.hpp"

#include <algorithm>
#include <chrono>
#include <fokker/discrete.hpp>
#include <fokker/fokker.hpp>
#include <future>

namespace words {

namespace {

namespace discrete = fokker::discrete;

constexpr discrete::absorbing masks{.mask = mask};

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

}  // namespace

std::vector<std::string> sampler_names() {
    std::vector<std::string> names;
    discrete::for_each_named_sampler(
        [&]<class Sampler>(const discrete::named_sampler<Sampler>& entry) {
            if constexpr (discrete::sampler_for<Sampler, discrete::absorbing>)
                if (!entry.begins_above_zero(masks)) names.emplace_back(entry.name);
        });
    return names;
}

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
            const auto model = discrete::predicts_classes(network, classes)
                                   .timeless()
                                   .drawn_by({.temperature = how.temperature})
                                   .with_known(first.state != mask);
            discrete::with_sampler(how.sampler, masks, [&](auto entry) {
                if constexpr (requires { entry.sampler.eta; })
                    if (entry.name == "remasking") entry.sampler.eta = how.eta;
                discrete::denoise(made.x, model, masks, fokker::flow(how.steps), entry.sampler,
                                  fokker::philox{.seed = how.seed,
                                                 .first_sample = static_cast<std::uint64_t>(from)},
                                  [&](const fokker::progress&) { advance(to - from); });
            });
            made.evaluations = network.evaluations();
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
