/// What each step of a solver makes of the state, of the prediction and of noise, known before the
/// walk begins: for corrections whose rule is that of one kind of step.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fokker/core/dry_walk.hpp>
#include <fokker/core/network_call.hpp>
#include <fokker/core/space.hpp>
#include <fokker/core/walk.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/by_element.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::core {

/// A step as x = state x + data D + noise eps_hat + std z. eps_hat counts by itself only where the
/// model says that it stays as the network made it; elsewhere it is taken from x and D.
struct step_weights {
    double state = 0.0, data = 0.0, noise = 0.0, std = 0.0;
    /// Whether that is all of it: no earlier prediction and no other call enters, and z has one
    /// deviation.
    bool is_all = false;
};

namespace types {

/// What stands in the place of an array: how often it holds the step's first state, the prediction,
/// the noise prediction and noise.
struct linear_form {
    std::array<double, 4> counts{};
    bool varies = false;  // by element, beside that

    void add(double factor, const void* other) {
        const auto& form = *static_cast<const linear_form*>(other);
        for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += factor * form.counts[i];
        varies = varies || form.varies;
    }
};

/// The space of such forms, for solvers that measure nothing.
struct form_space {
    static void run(const kernel::pass& p) {
        linear_form sum, kept;
        for (std::size_t i = 0; i < p.count; ++i) sum.add(p.coefficients[i], p.operands[i]);
        if (p.also.kept.out) {
            kept.add(p.also.kept.first, p.operands[0]);
            kept.add(p.also.kept.second, p.operands[1]);
            *static_cast<linear_form*>(p.also.kept.out) = kept;
        }
        if (p.noise.source) {
            sum.counts[3] = std::hypot(sum.counts[3], p.noise.gaussian.scale);
            sum.varies = sum.varies || p.noise.std;
        }
        *static_cast<linear_form*>(p.out) = sum;
    }
    static void run_by_element(const kernel::pass& p, const kernel::by_element&) { run(p); }
    static double error_norm(const void*, const void*, const void*, const array_shape&,
                             const tolerance&) {
        return 0.0;
    }
    static double mean_norm(const void*, const array_shape&) { return 1.0; }
};

}  // namespace types

/// look(s, t, weights) for each step of the walk, from s to t; `walk` is a copy of the run's, which
/// has these facts.
template <class Holder, class Solver, class Look>
void look_at_steps(Holder walk, const Solver& method, const run_facts& facts, bool keeps_noise,
                   const Look& look) {
    using types::linear_form;
    if (facts.history > 0 || facts.memories > 0 || facts.tries_parts)
        return look(walk.base().before(0), walk.base().before(0), step_weights{});
    std::vector<linear_form> forms(static_cast<std::size_t>(slot_plan(facts).count));
    std::vector<void*> addresses;
    for (linear_form& each : forms) addresses.push_back(&each);
    struct silent_network {
        const core::walk& walk;
        std::vector<linear_form>& forms;
        int calls = 0;
        bool is_at_state = true;
    } network{walk.base(), forms};
    network_reference silent;
    silent.network = &network;
    silent.keeps_noise = keeps_noise;
    silent.call = [](void* n, network_call& c, const knot& k, int) {
        silent_network& self = *static_cast<silent_network*>(n);
        const knot& first = self.walk.before(0);
        self.is_at_state =
            c.input == slot{} && k.t == first.t && k.alpha == first.alpha && k.sigma == first.sigma;
        ++self.calls;
        self.forms[place_of(c.raw)].counts = {0.0, 0.0, 1.0, 0.0};
        self.forms[place_of(c.output)].counts = {0.0, 1.0, 0.0, 0.0};
        c.is_bounded = true;  // as corrected data are
        c.noise = {0.0, 1.0};
        c.noise_of_data = {1.0 / k.sigma, -k.alpha / k.sigma};
    };
    silent.begin_walk = [](void*) {};
    types::draw_counter unused;
    walk.base().attach(addresses.data(), operations_of<types::form_space>, silent, nullptr,
                       kernel::noise_reference::to<double>(unused));
    walk.base().keep_prediction(false);
    while (walk.base().index() < walk.base().steps()) {
        if (walk.base().at_jump()) {
            walk.base().jump();
            continue;
        }
        const auto [s, t] = walk.base().interval();
        const knot from = s, to = t;
        forms[0] = {{1.0, 0.0, 0.0, 0.0}};
        network.calls = 0;
        walk.take_step(method);
        const auto& [state, data, noise, std] = forms[0].counts;
        look(from, to,
             step_weights{state, data, noise, std,
                          network.calls == 1 && network.is_at_state && !forms[0].varies});
    }
}

}  // namespace fokker::core
