/// A walk without arrays, network and noise: what a solver will ask for, known before it starts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <fokker/core/network_call.hpp>
#include <fokker/core/space.hpp>
#include <fokker/core/walk.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/kernel/by_element.hpp>
#include <fokker/kernel/error_norm.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/model/bounds.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::core {

/// What a solver asks for on the way, if that is the same whatever the network says: for one that
/// tries no parts.
struct asked {
    std::size_t draws = 0;  ///< Gaussians
    /// Whether the network is called once in each step: at the state, and at the step's first knot.
    bool only_at_state = true;
    /// The arrays that the network is called with, by their places among the slots.
    struct arrays {
        std::size_t input, output, raw, further;
        bool wants_noise;
        friend bool operator==(const arrays&, const arrays&) = default;
    };
    std::vector<arrays> calls = {};  // each once
};

namespace types {

/// The noise source of a dry walk: it counts the draws that a pass would begin.
struct draw_counter {
    static constexpr bool counted = true;
    std::size_t draws = 0;

    template <class T>
    void begin_draw(const noise_draw&) {
        ++draws;
    }
    template <class T>
    void fill(T*, std::size_t, noise_position) {}
};

/// A space without elements: a pass does nothing but begin its draw, there is no error, and each
/// other norm is 1.
struct empty_space {
    static void run(const kernel::pass& p) {
        if (p.noise.source) p.noise.source->begin_draw({});
    }
    static void run_by_element(const kernel::pass& p, const kernel::by_element&) { run(p); }
    static double error_norm(const void*, const void*, const void*, const array_shape&,
                             const tolerance&) {
        return 0.0;
    }
    static double mean_norm(const void*, const array_shape&) { return 1.0; }
};

}  // namespace types

/// Takes the rest of this walk, a copy of the run's, which has so many `slots`.
template <class Holder, class Solver>
asked dry_walk(Holder walk, const Solver& method, int slots, const detail::fixed_bounds* bounds) {
    struct silent_network {
        const core::walk& walk;
        asked& found;
        const std::vector<char>& nowhere;
        const std::vector<void*>& addresses;
        int calls = 0;

        /// Memories change places on the way.
        std::size_t place(slot s) const {
            return static_cast<std::size_t>(static_cast<const char*>(addresses[place_of(s)]) -
                                            nowhere.data());
        }
    };
    asked found;
    // One more, for a further output that no call has.
    std::vector<char> nowhere(static_cast<std::size_t>(slots) + 1);
    std::vector<void*> addresses;
    for (char& each : nowhere) addresses.push_back(&each);
    silent_network network{walk.base(), found, nowhere, addresses};
    network_reference silent;
    silent.network = &network;
    silent.read = [](void*, network_call& c, const knot&) {
        c.data = c.noise = c.noise_of_data = c.further_data = {0.0, 1.0};
    };
    silent.call = [](void* n, network_call& c, const knot& k, int) {
        silent_network& self = *static_cast<silent_network*>(n);
        c.data = c.noise = c.noise_of_data = c.further_data = {0.0, 1.0};
        const knot& first = self.walk.before(0);
        const bool is_there =
            c.input == slot{} && k.t == first.t && k.alpha == first.alpha && k.sigma == first.sigma;
        if (++self.calls > 1 || !is_there) self.found.only_at_state = false;
        const asked::arrays used{self.place(c.input), self.place(c.output), self.place(c.raw),
                                 self.place(c.further), c.wants_noise};
        auto& all = self.found.calls;
        if (std::find(all.begin(), all.end(), used) == all.end()) all.push_back(used);
    };
    silent.begin_walk = [](void*) {};
    types::draw_counter counter;
    walk.base().attach(addresses.data(), operations_of<types::empty_space>, silent, bounds,
                       kernel::noise_reference::to<double>(counter));
    walk.base().keep_prediction(false);
    while (walk.base().index() < walk.base().steps()) {
        network.calls = 0;
        if (walk.base().at_jump())
            walk.base().jump();
        else
            walk.take_step(method);
    }
    found.draws = counter.draws;
    return found;
}

}  // namespace fokker::core
