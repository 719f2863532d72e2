#include "draw.hpp"

#include <algorithm>
#include <chrono>
#include <fokker/discrete.hpp>
#include <fokker/fokker.hpp>
#include <future>
#include <numbers>
#include <utility>

#include "process.hpp"

namespace grey {

namespace {

namespace discrete = fokker::discrete;

// The network as a callable that fills logits.
auto conditional(network& n, std::vector<int> classes) {
    return
        [&n, classes = std::move(classes)](const pictures& x, double t, Eigen::ArrayXXf& logits) {
            n.evaluate(x, t, classes, logits);
        };
}

template <class Use>
void with_model(network& n, const std::vector<int>& classes, const method& how, const Use& use) {
    const std::vector<int> none(classes.size(), fashion::no_label);
    const auto drawn_so = [&](auto&& model) {
        use(model.drawn_by({.temperature = how.temperature}));
    };
    if (how.guidance == 1.0)
        drawn_so(discrete::predicts_classes_leaving_one_out(conditional(n, classes), levels));
    else
        drawn_so(discrete::predicts_classes_leaving_one_out(
            discrete::guided(conditional(n, classes), conditional(n, none),
                             {.scale = how.guidance}),
            levels));
}

template <class Use>
void with_sampler(const method& how, const Use& use) {
    if (how.sampler == "ancestral") use(discrete::ancestral{});
    // A tenth of the pixels, which are drawn together: quicker than one by one, and not exact.
    if (how.sampler == "gibbs-corrected")
        use(discrete::gibbs_corrected{discrete::ancestral{}, 1, 78});
}

// f(first, last) for parts of so many things, each on a thread, in their order.
template <class F>
auto in_parts(Index count, int threads, const F& f) {
    const Index parts = std::min<Index>(threads, count);
    std::vector<std::future<decltype(f(Index{0}, Index{0}))>> running;
    for (Index i = 0; i < parts; ++i)
        running.push_back(
            std::async(std::launch::async, f, i * count / parts, (i + 1) * count / parts));
    return running;
}

std::vector<int> part_of(const std::vector<int>& classes, Index first, Index last) {
    return {classes.begin() + first, classes.begin() + last};
}

// The noise knows the part, so that pictures do not depend on it.
fokker::philox noise_of(std::uint64_t seed, Index first) {
    return {.seed = seed, .first_sample = static_cast<std::uint64_t>(first)};
}

}  // namespace

drawn draw_pictures(const network& n, const std::vector<int>& classes, const method& how,
                    int threads, const advance_function& advance) {
    const auto begin = std::chrono::steady_clock::now();
    const auto forward = process();
    const auto count = static_cast<Index>(classes.size());
    drawn result{.x = pictures(network::pixels, count)};
    auto parts = in_parts(count, threads, [&](Index first, Index last) {
        network copy = n;
        pictures x(network::pixels, last - first);
        std::int64_t calls = 0;
        with_model(copy, part_of(classes, first, last), how, [&](auto model) {
            with_sampler(how, [&](auto sampler) {
                calls = discrete::sample(x, model, forward, forward.walk(how.steps), sampler,
                                         noise_of(how.seed, first),
                                         [&](const fokker::progress&) { advance(last - first); })
                            .evaluations;
            });
        });
        result.x.middleCols(first, last - first) = x;
        return calls * (how.guidance == 1.0 || how.guidance == 0.0 ? 1 : 2);
    });
    for (auto& part : parts) result.calls = static_cast<double>(part.get());
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return result;
}

Eigen::ArrayXd bound_of(const network& n, const pictures& x, const std::vector<int>& classes,
                        int steps, std::uint64_t seed, int threads,
                        const advance_function& advance) {
    const auto forward = process();
    Eigen::ArrayXd bits(x.cols());
    auto parts = in_parts(x.cols(), threads, [&](Index first, Index last) {
        network copy = n;
        const auto told = conditional(copy, part_of(classes, first, last));
        const auto counted = [&](const pictures& noisy, double t, Eigen::ArrayXXf& logits) {
            told(noisy, t, logits);
            advance(last - first);
        };
        const pictures part = x.middleCols(first, last - first);
        const auto terms =
            discrete::variational_bound(discrete::predicts_classes_leaving_one_out(counted, levels),
                                        forward, forward.walk(steps), part, noise_of(seed, first));
        bits.segment(first, last - first) = terms.total / std::numbers::ln2;
    });
    for (auto& part : parts) part.get();
    return bits;
}

}  // namespace grey
