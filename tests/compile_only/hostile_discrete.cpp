// As hostile_names.cpp, of discrete data and of any forward process: the program has functions of
// the names that the library's own have, and the library never takes them for its own.
#include <fokker/discrete.hpp>
#include <fokker/fokker.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

// Names of functions of fokker::discrete, its detail, and what any_process.hpp calls.
// clang-format off
#define HOSTILE_NAMES(X) \
    X(refuse) X(require) X(sentence) X(shape_of) X(data_of) X(const_data_of) X(sweep) X(term) \
    X(observe) X(visit_memory) X(walk_to_end) X(walk_blocks) X(value_at) X(keep_or_noise) \
    X(prior_of) X(drawn_noise) X(noised) X(log_of) X(normalise) X(require_row) \
    X(require_classes) X(marginal_at) X(sum_of) X(read_mask) X(logits_for) X(with_logits) \
    X(require_walkable) X(needs_now) X(needs_of_type) X(check_sampler) X(calls_in_step) \
    X(type_name_of) X(type_name) X(fingerprint_of) X(path_fingerprint_of) X(lacks_masks) \
    X(lacks_open_noise) X(lacks_one_noise) X(require_ratios_from_the_start) X(step_by_tweedie) \
    X(refuse_sampler_name) X(nearest_name) X(is_finite) X(is_nan) X(uniforms_at) \
    X(is_between_levels) X(classes_from_left_out) X(left_out_from_classes) \
    X(ratios_from_left_out) X(left_out_from_ratios) X(posterior_divergence) \
    X(rates_from_ratios) X(ratios_from_rates) X(velocities_from_classes) \
    X(classes_from_velocities) X(discretised_gaussian) X(predicts_classes) X(predicts_ratios) \
    X(predicts_rates) X(predicts_classes_leaving_one_out) X(forward) X(forward_between) \
    X(guided) X(with_sampler) X(sampler_names) X(sampler_called) X(for_each_named_sampler) \
    X(sample_in_blocks) X(denoise_in_blocks) X(variational_bound) X(restore) X(sum_exponentials) \
    X(begin_step) X(undo_step) X(require_shape) X(check) X(larger) X(smaller) X(rounded) \
    X(between) X(with_product) X(without_product) X(add_exponentials) X(sum_exponentials_once) \
    X(power_of_two) X(exponential) X(polynomial) X(weight_of) X(factor_of) X(largest_of) \
    X(largest_number) X(exponential_moments_of) X(make_exponentials) X(fold)
// clang-format on

namespace hostile {

/// What every function of the program returns.
struct own {};

#define HOSTILE_DEFINE(name)          \
    template <class... A>             \
    constexpr own name(const A&...) { \
        return {};                    \
    }                                 \
    template <class... A>             \
    constexpr own name(A&&...) {      \
        return {};                    \
    }
HOSTILE_NAMES(HOSTILE_DEFINE)

template <class T>
concept is_own = std::same_as<T, own>;

#define HOSTILE_CALL(name)                                                     \
    static_assert(is_own<decltype(name(a))>, "the library took " #name);       \
    static_assert(is_own<decltype(name(true, a))>, "the library took " #name); \
    static_assert(is_own<decltype(name(1.0, std::as_const(a), a))>, "the library took " #name);
template <class A>
void call_own(A& a) {
    HOSTILE_NAMES(HOSTILE_CALL)
}

// Types of the program.

struct text {
    std::size_t count = 0, letters = 0;
    std::vector<int> values;
};
struct rows {
    std::vector<float> values;
    rows() = default;
    explicit rows(std::size_t size) : values(size) {}
};
struct network {
    void operator()(const text& x, double, rows& out) const {
        (void)shape_of(x);
        out.values.assign(out.values.size(), 0.0f);
    }
};
struct returning_network {
    rows operator()(const text& x, const fokker::knot&) const { return rows(3 * x.values.size()); }
};
struct observer {
    void operator()(const fokker::progress&) const {}
};

/// Noise of the program's own: any of the first two values.
struct two_values {
    void check(int) const {}
    int states(int classes) const { return classes; }
    int excluded() const { return -1; }
    double noise(int token, int) const { return token < 2 ? 0.5 : 0.0; }
    int draw(double u, int) const { return u < 0.5 ? 0 : 1; }
    double transition(int from, int to, const fokker::knot& clean, const fokker::knot& noisy,
                      int classes) const {
        const double kept = noisy.alpha / clean.alpha;
        return (from == to ? kept : 0.0) + (1.0 - kept) * noise(to, classes);
    }
    bool is_settled(int) const { return false; }
    void back(auto& at, const fokker::knot&, const fokker::knot&) const { at.set(at.draw()); }
};

/// A sampler of the program's own.
struct sampler {
    void check(const fokker::grid&) const {}
    void step(auto& run) const {
        call_own(run);
        run.each([](auto& at) {
            call_own(at);
            at.set(at.draw());
        });
    }
};

}  // namespace hostile

template <>
struct fokker::array_traits<hostile::text> {
    using scalar = int;
    using owner = hostile::text;
    using space = fokker::core::host_space<int>;
    static constexpr bool is_view = false, is_fixed = false;

    static auto data(auto& a) { return a.values.data(); }
    static std::size_t size(const owner& a) { return a.values.size(); }
    static std::size_t samples(const owner& a) { return a.count; }
    static owner like(const owner& a) { return a; }
    static bool same_shape(const owner& a, const owner& b) {
        return a.count == b.count && a.letters == b.letters;
    }
};
template <>
struct fokker::array_traits<hostile::rows> {
    using scalar = float;
    using owner = hostile::rows;
    using space = fokker::core::host_space<float>;
    static constexpr bool is_view = false, is_fixed = false;

    static auto data(auto& a) { return a.values.data(); }
    static std::size_t size(const owner& a) { return a.values.size(); }
    static std::size_t samples(const owner&) { return 1; }
    static owner like(const owner& a) { return a; }
    static bool same_shape(const owner& a, const owner& b) {
        return a.values.size() == b.values.size();
    }
};

namespace hostile {

void discrete_walks(text& x, const fokker::grid& walk) {
    namespace discrete = fokker::discrete;
    const fokker::philox noise;
    network f;
    const auto model = discrete::predicts_classes<rows>(f, 3);
    const auto each = [&](const auto& process, const auto& method) {
        discrete::sample(x, model, process, walk, method, noise, observer{});
        discrete::edit(x, model, process, walk, method, noise);
        discrete::denoise(x, discrete::predicts_ratios<rows>(f, 3), process, walk, method, noise);
        discrete::sample_in_blocks(x, model, process, walk, method, noise, 2);
        discrete::denoise_in_blocks(x, model, process, walk, method, noise, 2, observer{});
        discrete::forward(x, process, 3, walk[0], noise, x);
        (void)discrete::variational_bound(model, process, walk, x, noise, observer{});
    };
    const discrete::absorbing masks{.mask = 3};
    each(two_values{}, sampler{});
    each(two_values{}, discrete::gibbs_corrected{sampler{}});
    each(discrete::uniform{}, sampler{});
    each(two_values{}, discrete::tweedie{});
    each(two_values{}, discrete::flow_euler{});
    each(two_values{}, discrete::tau_leaping{});
    each(masks, discrete::any_sampler(discrete::remasking{}));
    discrete::sample(x, discrete::predicts_classes<rows>(returning_network{}, 3), masks, walk,
                     discrete::confident_remasking{}, noise);
    discrete::sample(x,
                     discrete::predicts_classes<rows>(discrete::guided<rows>(f, network{}, {}), 3),
                     masks, walk, discrete::entropy_bound{}, noise);
    discrete::run r(x, model, two_values{}, walk, sampler{}, noise);
    call_own(r);
    r.start_from_prior();
    r.step();
    r.resume(r.checkpoint());
    const discrete::named_sampler<sampler> mine{"mine", "sampler"};
    call_own(mine);
    (void)discrete::sampler_names(two_values{}, mine);
    discrete::with_sampler(
        "mine", two_values{}, [](const auto& entry) { call_own(entry); }, mine);
    (void)discrete::sampler_called("ancestral", two_values{});
}

// Any forward process.

struct degradation {
    void operator()(const text& x0, const fokker::knot&, const fokker::step_numbers& numbers,
                    text& out) const {
        call_own(numbers);
        out = x0;
    }
};
struct move {
    void operator()(const text&, const text& x0, const fokker::knot&, const fokker::knot&,
                    const fokker::step_numbers&, text& out) const {
        out = x0;
    }
};
struct restorer {
    void operator()(const text& x, double, text& x0) const { x0 = x; }
};

void restorations(text& x, const fokker::grid& walk) {
    (void)fokker::restore(x, restorer{}, walk, fokker::renoised{degradation{}}, fokker::philox{},
                          observer{});
    (void)fokker::restore(x, restorer{}, walk, fokker::moved_by{move{}}, fokker::philox{});
}

}  // namespace hostile

int main() {
    hostile::text x{1, 2, {0, 1}};
    (void)x;
    (void)hostile::discrete_walks;
    (void)hostile::restorations;
}
