// A program may have functions of the names that the library's own have, however generic. It calls
// them without saying whose they are, with the library's objects too; and the library, which calls
// its own ones on the program's types, never takes those of the program.
#include <fokker/fokker.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

// Names of functions of fokker::detail, core and kernel, and of this program.
// clang-format off
#define HOSTILE_NAMES(X) \
    X(refuse) X(require) X(sentence) X(described) X(shape_of) X(data_of) X(const_data_of) \
    X(share_elements) X(begin_walk) X(check_state) X(begin_draw) X(begin_step) X(as_model) X(as_source) \
    X(as_seed) X(as_number) X(step) X(check) X(prior) X(combine) X(sweep) X(reduce) X(copy) \
    X(write) X(run_pass) X(take_step) X(walk_to_end) X(check_code) X(rescale_state) X(weight_of) X(number_at) X(put) X(mean_at) \
    X(combine_two) X(combine_all) X(flow_scale) X(flow_time) X(flow_velocity) X(explain_call) X(observe) X(call_network) \
    X(call_network_twice) X(call_with) X(call_twice_with) X(require_output) X(require_apart) \
    X(require_shape) X(require_readable) X(require_readable_on) X(refuse_output) \
    X(refuse_shared) X(require_known_region) X(require_region_apart) X(require_region_fits) \
    X(require_signal) X(add_gradient) X(for_each_number) X(write_sample) X(guide) \
    X(guide_projected) X(project) X(set_difference) X(add_difference) X(visit_memory) \
    X(check_run) X(check_jumps) X(check_reversed) X(check_source) X(check_start) X(check_types) \
    X(check_bounds_of) X(check_second_output) X(kinds_read) X(is_stochastic) X(is_inversion) \
    X(tries_parts) X(stages_of) X(memories_of) X(evaluations_in_step) X(walks_once) X(prior_of) \
    X(prior_std) X(second_output_of) X(name_of) X(is_prediction) X(term) X(gaussian) X(with_std) \
    X(times) X(joined) X(sum) X(sums) X(dot) X(norm) X(mean_norm) X(products) X(error_norm) \
    X(standard_deviation) X(squared) X(slot_at) X(place_of) X(facts_of) X(next_number) \
    X(unrolled) X(apart) X(load) X(store) X(pad) X(bounded) X(multiply_by) X(for_each_item) \
    X(constant_data_step) X(at_order) X(with_past) X(nodes_between) X(usable_past) \
    X(usable_exact_past) X(past_with_signal) X(lagrange_weights) X(exponential_moments) \
    X(exponential_weights) X(power_moments) X(singlestep) X(singlestep_2) X(singlestep_3) \
    X(starts) X(assign_with_noise) X(assign_by_both) X(optimal_step) X(largest_std) \
    X(noise_adams_step) X(exponential_adams_step) X(sde_multistep) X(published_multistep) \
    X(renoised_without_condition) X(ancestral_noise) X(dpm2_mean) X(learned_second_variance) \
    X(optimal_second_variance) X(at_gauss_legendre) X(er_sde_moments) X(transition_between) \
    X(posterior_between) X(brownian_clock) X(grid_at) X(grid_of_range) X(grid_of_table) \
    X(range_of) X(evenly) X(require_reached) X(spaced_evenly) X(alpha_bar_betas) X(end_at) X(times_from) \
    X(least_cost) X(root_mean_square) X(require_same_shape) X(require_pair) X(noise_each) \
    X(noise_part) X(require_knot) X(require_knots) X(require_levels) X(plan_bound) \
    X(checked_source) X(later_draw) X(type_name) X(unbounded_outside) X(lacks_member) \
    X(target_at) X(moment_knots) X(for_each_named_solver) X(for_each_named_singlestep_solver) \
    X(for_each_named_multistep_solver) X(for_each_named_ancestral_solver) \
    X(for_each_named_sde_solver) X(for_each_named_few_step_solver) X(map_elements_of) \
    X(is_finite) X(is_nan) X(draw_probe) X(directions_of) X(check_directions) \
    X(difference_step) X(level_spacing) X(check_likelihood_types) X(as_grid) X(by_progress) \
    X(read_samples) X(write_samples) X(log_prior) X(follow_flow) X(require_density) \
    X(with_source) X(integral_of_rest) X(with_prior_law) X(law_of) X(check_normals) \
    X(multiply) X(words_at) \
    X(is_between_levels) X(require_known_values) X(require_mask) X(checked_region) \
    X(level_draw) X(check_edit) X(check_edit_model) X(region_of_edit) \
    X(edit_between) \
    X(difference_of) X(edit_network) \
    X(around) X(check_batch_types) X(copy_elements) X(check_parallel_types) X(walk_in_parallel) X(dry_walk) X(require_draws) \
    X(require_nothing_is_lost) X(check_network) X(is_on_path) X(is_held_out) X(write_text) X(begin_text) \
    X(second_label_of) X(check_flow_map) X(check_map) X(target_of) X(jump_and_return) \
    X(call_correction) X(check_correction) X(checker_of_steps) X(look_at_steps) X(check_correction_types) X(ddnm) X(ddnm_plus) X(dps) \
    X(hard_data_consistency) X(moment_matching) X(pigdm) X(transposed_jacobian) X(knot_after) \
    X(add_multiple) X(log_gamma) X(squared_norm) X(require_walk) X(require_alpha) \
    X(select) X(converted) X(multiply_add) X(larger_of) X(in_register) X(prefetch) X(everywhere) \
    X(append_number) X(read_number) X(shortest_by_trying) X(read_by_trying) X(bit_cast) X(rounded) \
    X(set_weighted) X(add_weighted) X(mix_weighted) X(write_each) \
    X(looks_back) X(remember) X(classical_step) X(assign_with_noise_of) X(down_within_walk) \
    X(singlestep_to) X(grid_of_fractions) X(rounding_deviation)
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

/// The program's calls, with objects of the library or of types made of it.
#define HOSTILE_CALL(name)                                                     \
    static_assert(is_own<decltype(name(a))>, "the library took " #name);       \
    static_assert(is_own<decltype(name(true, a))>, "the library took " #name); \
    static_assert(is_own<decltype(name(1.0, std::as_const(a), a))>, "the library took " #name);
template <class A>
void call_own(A& a) {
    HOSTILE_NAMES(HOSTILE_CALL)
}

// Types of the program.

struct pictures {
    std::size_t count = 0, pixels = 0;
    std::vector<double> values;
};

/// Where they live.
struct memory : fokker::core::host_space<double> {
    static void run(const fokker::kernel::pass& p) {
        call_own(p);
        call_own(p.noise);
        fokker::core::host_space<double>::run(p);
    }
};

/// A network, in four forms, which looks at what it is given.
struct network {
    void operator()(const pictures& x, double, pictures& out) const {
        (void)shape_of(x);
        out = x;
    }
};
struct jacobian {
    void operator()(const pictures& x, double, const pictures& v, pictures& out) const {
        (void)shape_of(x);
        out = v;
    }
};
struct map_network {
    void operator()(const pictures& x, double, double, pictures& out) const {
        (void)shape_of(x);
        out = x;
    }
};
struct returning_network {
    pictures operator()(const pictures& x, const fokker::knot&) const { return x; }
};
struct two_headed_network {
    void operator()(const pictures& x, double, pictures& out, pictures& second) const {
        out = second = x;
    }
};
struct remembering_network {
    void operator()(const pictures& x, double, pictures& out) {
        out = x;
        ++calls;
    }
    void begin_walk() { calls = 0; }
    template <class Archive>
    void memory(Archive& archive) {
        call_own(archive);
        archive(calls);
    }
    int calls = 0;
};

/// Corrections, and the callables of a measurement.
struct correction {
    void operator()(const pictures& x, const fokker::knot&, pictures& D) {
        (void)shape_of(x);
        D = x;
        ++calls;
    }
    template <class Archive>
    void memory(Archive& archive) {
        archive(calls);
    }
    int calls = 0;
};
struct calling_correction {
    void operator()(const pictures& x, const fokker::knot&, pictures& D, const auto& inner) const {
        call_own(inner);
        inner(x, D);
    }
};
struct operation {
    void operator()(const pictures& x, pictures& out) const { out = x; }
};
struct product {
    void operator()(const pictures&, const fokker::knot&, const pictures& w, pictures& out) const {
        out = w;
    }
};

/// The words of a step.
struct solver {
    static constexpr int history = 1, evaluations = 2, stages = 1, memories = 1;
    static constexpr bool tries_parts = true;

    bool stochastic() const { return true; }
    bool reads(fokker::second_output) const { return true; }
    void check(const fokker::grid&) const {}

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        call_own(run);
        call_own(s);
        auto x = run.x(), stage = run.stage(0), memory = run.memory(0);
        call_own(x);
        const auto D = run.data(x, s);
        call_own(D);
        run.try_part();
        stage = 0.5 * x + 0.5 * D;
        const auto e = run.epsilon(stage, t);
        const auto z = run.gaussian(s, t);
        call_own(z);
        memory = x - e;
        if (!run.first()) {
            const auto past = run.past(1);
            call_own(past);
            stage = x + 0.5 * past - D / 2.0;
        }
        if (run.second_kind() != fokker::second_output::none) {
            const auto noise = run.gaussian_with_variance(
                0.0, 0.5 * (run.second() - fokker::squared(run.unbounded_epsilon())));
            call_own(noise);
            x = t.alpha * D + noise;
        } else {
            x = t.alpha * D + t.sigma * z;
        }
    }
};

/// The library's own solvers under the program's name.
template <class Inner>
struct renamed : Inner {
    void step(auto& run) const { Inner::step(run); }
};

struct radius {
    double operator()(double u) const { return u; }
};

/// A field as Poisson flow has it.
struct field {
    void operator()(const pictures& x, double, pictures& v_x, std::span<double> v_z) const {
        v_x = x;
        for (double& each : v_z) each = -1.0;
    }
};

struct source {
    static constexpr bool counted = true;
    template <class T>
    void fill(T* out, std::size_t count, fokker::noise_position at) const {
        call_own(at);
        for (std::size_t i = 0; i < count; ++i) out[i] = T(0);
    }
    template <class T>
    void fill_samples(T* out, std::size_t samples, std::size_t elements,
                      fokker::noise_position at) const {
        fill(out, samples * elements, at);
    }
    template <class T>
    void begin_draw(const fokker::noise_draw&) {}
    template <class T>
    void require_shape(const fokker::array_shape&) const {}
    void check(const auto&, fokker::array_shape) const {}
    void reseed(std::uint64_t) {}
};
struct uncounted_source {
    static constexpr bool counted = false;
    template <class T>
    void fill(T* out, std::size_t count, fokker::noise_position) {
        for (std::size_t i = 0; i < count; ++i) out[i] = T(0);
    }
    template <class Archive>
    void memory(Archive& archive) {
        archive(state);
    }
    int state = 0;
};
struct engine : std::mt19937 {
    using std::mt19937::mt19937;
};

struct path {
    fokker::knot at(double t) const { return {t, 1.0 - t, t}; }
    double time(double lambda) const { return 1.0 / (1.0 + fokker::edm_path{}.time(-lambda)); }
    double first_time() const { return 0.01; }
    double last_time() const { return 0.99; }
    fokker::prior starts_from() const { return fokker::prior::standard; }
};
struct schedule : path {
    int steps() const { return 1; }
};

struct prediction {
    static constexpr bool scales_input = true;
    static constexpr const char* name = "own prediction";
    auto at(const fokker::knot& k) const {
        auto r = fokker::data_prediction{}.at(k);
        call_own(r);
        return r;
    }
    auto target(const fokker::knot& k) const { return fokker::data_prediction{}.target(k); }
};

struct observer {
    void operator()(const auto& run) const {
        call_own(run);
        if constexpr (requires { run.state(); }) {
            call_own(run.state());
            call_own(run.prediction());
            call_own(run.noise());
        }
    }
};

}  // namespace hostile

template <>
struct fokker::array_traits<hostile::pictures> {
    using scalar = double;
    using owner = hostile::pictures;
    using space = hostile::memory;
    static constexpr bool is_view = false, is_fixed = false;

    static auto data(auto& a) { return a.values.data(); }
    static std::size_t size(const owner& a) { return a.values.size(); }
    static std::size_t samples(const owner& a) { return a.count; }
    static owner like(const owner& a) { return a; }
    static owner repeated(const owner& a, std::size_t times) {
        return {times * a.count, a.pixels, std::vector<double>(times * a.values.size())};
    }
    static bool same_shape(const owner& a, const owner& b) {
        return a.count == b.count && a.pixels == b.pixels;
    }
};

namespace hostile {

/// Corrections of the program's own, and those by a measurement through its callables.
void measured(pictures& x, const fokker::grid& walk) {
    using namespace fokker;
    const auto draw = [&](auto&& correction) {
        fokker::sample(x, predicts_data(network{}).with_correction(correction), walk, ddpm{},
                       source{});
    };
    const pictures y = x;
    draw(correction{});
    draw(calling_correction{});
    draw(fokker::ddnm(operation{}, operation{}, y));
    draw(fokker::ddnm_plus(operation{}, operation{}, y,
                           std::vector<double>(fokker::array_traits<pictures>::size(y)), walk));
    draw(fokker::hard_data_consistency(operation{}, operation{}, y));
    draw(fokker::pigdm(operation{}, operation{}, y));
    draw(fokker::pigdm(operation{}, operation{}, y, {}, product{}));
    draw(fokker::moment_matching(operation{}, operation{}, y));
    draw(fokker::dps(operation{}, operation{}, y, walk));
}

/// The library's models of the program's networks.
void walks(pictures& x, const fokker::grid& walk) {
    using namespace fokker;
    const auto draw = [&](auto&& model) {
        call_own(model);
        fokker::sample(x, model, walk, solver{}, source{}, observer{}, check_finite{});
        fokker::edit(x, model, walk, solver{}, uncounted_source{});
        fokker::denoise(x, model, walk, ddim{});
        fokker::denoise(x, model, walk, ddpm{}, engine(1), observer{});
    };
    network f;
    remembering_network g;
    pictures known = x, mask = x;
    draw(f);
    draw(returning_network{});
    draw(g);
    draw(predicts_noise(two_headed_network{}, second_output::noise_squared));
    draw(predicts_data(f).clipped(-1, 1));
    draw(predicts_velocity(g).thresholded(0.9));
    draw(predicts_score(f).guided_by(f, 2.0));
    draw(predicts_flow(f).with_known_region(known, mask).clipped(-1, 1));
    draw(edm_preconditioned(f));
    draw(consistency_preconditioned(f));
    draw(latent_consistency(predicts_noise(f)));
    draw(model<network, prediction>{f, {}});
    draw(predicts_noise(guided(f, g, {.scale = 2.0, .projection = {.momentum = -0.5}})));
    draw(predicts_noise(guided(two_headed_network{}, f, 2.0)));
    draw(predicts_noise(guided_batch(g, guidance{.scale = 2.0}, batch_order::conditional_first)));
    draw(with_probes(predicts_noise(g)));
    draw(predicts_data(
        guided(as_data_network(predicts_noise(f)), as_data_network(edm_preconditioned(g)), 2.0)));
    draw(predicts_flow(f).with_known_region(known, {.strength = 0.5}));
    map_network both;
    fokker::denoise(x, predicts_flow(guided(flow_map(both), flow_map(both), 2.0)), walk, ddim{});
    fokker::denoise(x, at_unit_scale(predicts_flow(flow_map(both))), walk, gamma_sampler{},
                    engine(1));
    fokker::denoise(x, predicts_data(as_data_network(predicts_flow(flow_map(both)))), walk,
                    any_solver(consistency_sampler{}), engine(1));
    draw(predicts_flow(f).with_known_noise(known, mask, {.to = 1.0}));
    measured(x, walk);
    auto target = edm_preconditioned(g).with_known_region(known, mask);
    fokker::edit_between(x, f, target, walk, ddim{}, philox{}, {.draws = 2}, observer{});
    fokker::edit_between(x, predicts_data(g), f, walk, ddim{}, engine(1));
    fokker::denoise(x, predicts_flow(fokker::edit_network(known, f, predicts_data(g), philox{})),
                    walk, ddim{});
}

/// A network of samples with times of their own.
struct network_of_times {
    void operator()(const pictures& x, std::span<const double>, pictures& out) const { out = x; }
};

/// And with labels.
struct network_of_labels {
    void operator()(const pictures& x, std::span<const fokker::batch_label>, pictures& out) const {
        out = x;
    }
};

void in_one_batch(const pictures& one, const fokker::grid& walk) {
    network_of_labels f;
    fokker::continuous_batch batch(one, fokker::predicts_data(f), {.slots = 4});
    batch.join(batch.make_walk(walk, fokker::ddpm{}, fokker::philox{},
                               {.guided = fokker::guidance{.scale = 2}}));
    while (!batch.idle()) batch.round(1.0);
    batch.take_left();
}

void in_parallel(pictures& x, const fokker::grid& walk) {
    network_of_times f;
    fokker::sample_in_parallel(x, f, walk, fokker::ddpm{}, fokker::philox{}, {.window = 2},
                               observer{});
    fokker::denoise_in_parallel(x, fokker::predicts_data(f), walk, fokker::ddim{}, {.window = 2});
    fokker::sample(x, network{}, walk, fokker::ddpm{},
                   fokker::recorded(std::vector<std::vector<double>>{}));
}

/// The library's solvers in the program's, on each kind of noise.
void solvers(pictures& x, const fokker::grid& walk) {
    network f;
    auto probed = fokker::with_probes(fokker::predicts_noise(f));
    const auto draw = [&]<class S>(const fokker::named_solver<S>& entry) {
        fokker::sample(x, f, walk, renamed<S>{entry.solver}, source{});
        call_own(entry);
    };
    fokker::for_each_named_solver(draw, fokker::named_solver<solver>{"own"});
    fokker::with_solver(
        "own", [](auto) {}, fokker::named_solver<solver>{"own"});
    fokker::sample(x, probed, walk, renamed<fokker::extended_analytic_ddpm>{}, source{});

    engine e(1);
    fokker::sample(x, f, walk, solver{}, e);
    fokker::sample(x, f, walk, fokker::ddpm{}, fokker::per_sample(std::vector<source>(2)));
    fokker::sample(x, f, walk, fokker::ddpm{}, fokker::prior_and_steps(source{}, e));
    fokker::sample(x, f, walk, fokker::ddpm{}, fokker::varied(source{}, e, 0.5));
    fokker::sample(x, f, walk, fokker::ddpm{}, fokker::recording(source{}));
    fokker::sample(x, f, walk, solver{}, fokker::student_t(source{}, 3, fokker::philox{}));
    fokker::sample(x, f, walk, solver{}, fokker::radial(source{}, radius{}, fokker::philox{}));
    fokker::sample(x, fokker::predicts_field(field{}), walk, solver{}, source{});
    const fokker::bridge_path bridge{fokker::edm_path{}};
    fokker::sample(x, fokker::bridged(f, pictures(x), bridge), fokker::linspace(bridge, 3),
                   solver{}, source{});
    fokker::sample(x, f, walk, fokker::ddpm{}, fokker::brownian{});
}

void latents(pictures& x, const fokker::grid& walk) {
    network f;
    auto code = fokker::encode(x, f, walk, fokker::reversible_heun{}, observer{});
    fokker::decode(x, f, walk, fokker::reversible_heun{}, code, observer{});
    fokker::decode(x, f, walk, fokker::ddim{});
    call_own(code);
    pictures a = x, b = x;
    fokker::spherical(a, b, 0.5, x);
    fokker::variance_preserving(a, b, 0.5, x);
    fokker::combined({0.5, 0.5}, {a, b}, x, a);
}

void runs(pictures& x, const fokker::grid& walk) {
    remembering_network f;
    fokker::run steps(x, f, walk, solver{}, source{}, observer{});
    call_own(steps);
    steps.start_from_prior();
    while (!steps.done()) steps.step();
    steps.reseed(7);
    steps.resume(steps.checkpoint());
    steps.seek(0);
    fokker::sample(x, f, walk, fokker::any_solver(solver{}), source{}, observer{});
    fokker::run deterministic(x, f, walk, fokker::unipc<2>{});
    call_own(deterministic);
}

void grids() {
    using namespace fokker;
    const auto walk = [](const auto& p) {
        call_own(p);
        (void)fokker::linspace(p, 4, grid_end::clean);
        (void)fokker::time_uniform(p, 4);
        (void)fokker::time_quadratic(p, 4);
        (void)fokker::quadratic(p, 4);
        (void)fokker::sgm_uniform(p, 4);
        (void)fokker::from_times(p, {0.9, 0.5});
        (void)fokker::karras(p, 4);
        (void)fokker::exponential(p, 4);
        (void)fokker::polyexponential(p, 4);
        (void)fokker::kl_optimal(p, 4);
        (void)fokker::uniform_lambda(p, 4);
        (void)fokker::from_sigmas(p, {2.0, 1.0});
        (void)fokker::align_your_steps(p, 10, align_your_steps_for::sd15);
        (void)fokker::gits(p, 10);
        (void)fokker::beta(p, 4);
    };
    walk(path{});
    walk(schedule{});
    walk(fokker::retimed(path{}, schedule{}));
    (void)fokker::trailing(schedule{}, 1);
    (void)fokker::leading(schedule{}, 1);
    (void)fokker::simple(schedule{}, 1);
    (void)fokker::latent_consistency(schedule{}, 1);
    (void)grid({{0.9, 0.1, 0.9}, {0.1, 0.9, 0.1}}, path{});
}

void forward_process(pictures& x, const fokker::grid& walk) {
    using namespace fokker;
    pictures noisy = x, target = x;
    network f;
    const std::vector<knot> knots(2, walk[0]);
    fokker::forward(x, walk[0], source{}, noisy);
    fokker::forward(x, knots, engine(1), noisy);
    fokker::forward_between(x, walk[1], walk[0], source{}, noisy);
    fokker::sample_posterior(x, noisy, walk[0], walk[1], source{}, target);
    fokker::training_pair(x, walk[0], prediction{}, source{}, noisy, target);
    fokker::training_pair(x, knots, prediction{}, source{}, noisy, target);
    (void)fokker::target_at(prediction{}, walk[0]);
    (void)fokker::variational_bound(f, walk, x, source{}, {}, observer{});
    (void)fokker::variational_bound(two_headed_network{}, walk, x, engine(1));

    (void)fokker::log_likelihood(x, f, walk, solver{});
    (void)fokker::log_likelihood(x, f, walk, solver{}, exact_divergence{});
    (void)fokker::log_likelihood(x, two_headed_network{}, walk, solver{}, divergence_head{});
    (void)fokker::log_likelihood(x, f, walk, solver{}, fokker::divergence_by(jacobian{}));
    (void)fokker::sample_with_likelihood(noisy, f, walk, solver{}, source{});
    fokker::dequantise(noisy, 256, -1.0, 1.0, source{});

    const moments gamma = fokker::estimate_moments(f, walk, x, source{});
    (void)fokker::estimate_moments(returning_network{}, schedule{}, x, engine(1));
    moment_estimator estimator(f, knots, source{});
    estimator.add(x);
    call_own(estimator);
    (void)fokker::optimal(path{}, gamma, 4);
    (void)fokker::fitted(x, f, path{}, 4, source{});
}

/// Functions of the program for its own types, by the names of the verbs. The second half of them
/// looks like no call of a verb.
own sample(pictures&, network&, const fokker::grid&, solver&) { return {}; }
own edit(pictures&, network&, const fokker::grid&, int) { return {}; }
own denoise(pictures&, network&, const fokker::grid&, solver&, const source&) { return {}; }
own sample(const network&, const fokker::knot&, const pictures&, int) { return {}; }
own edit(const pictures&, const network&, const char*, int) { return {}; }
own denoise(const network&, const network&, double, const solver&) { return {}; }

void verbs(pictures& x, const fokker::grid& walk) {
    network f;
    solver s;
    const source z;
    fokker::knot k;
    static_assert(is_own<decltype(sample(x, f, walk, s))>);
    static_assert(is_own<decltype(edit(x, f, walk, 1))>);
    static_assert(is_own<decltype(denoise(x, f, walk, s, z))>);
    static_assert(is_own<decltype(sample(f, k, x, 1))>);
    static_assert(is_own<decltype(edit(x, f, "slowly", 1))>);
    static_assert(is_own<decltype(denoise(f, f, 1.0, s))>);
}

}  // namespace hostile

int main() {}
