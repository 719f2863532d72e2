// A controller with a receding horizon: in each tick a plan, of which one action is carried out.
// This file is what a controller's author takes home.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fokker/fokker.hpp>
#include <optional>
#include <stop_token>
#include <utility>

#include "network.hpp"

namespace policy {

struct settings {
    fokker::any_solver solver = fokker::dpm_solver_pp_2m{};
    int steps = 10;  // from noise; a plan goes on from the last one by strength of them
    std::optional<fokker::grid> grid = {};  // of these steps, if not `trailing`
    double strength = 0.4;  // of the noise that the last plan gets; 0: each plan from noise alone
    int committed = 2;      // first actions of the last plan, on their way to the motors
};

// The network as a model, of whose plan the first actions are known where the mask is 1.
inline auto model_of(network& net, const plan& known, const plan& mask) {
    return fokker::predicts_velocity(net).clipped(-1, 1).with_known_region(known, mask);
}

class controller {
public:
    using clock = std::chrono::steady_clock;

    controller(network& net, const settings& with)
        : network_(net),
          grid_(with.grid.value_or(fokker::trailing(fokker::cosine_schedule(100), with.steps))),
          committed_(with.committed),
          cold_(x_, model_of(net, known_, mask_), grid_, with.solver, fokker::philox{}),
          warm_(x_, model_of(net, known_, mask_),
                with.strength > 0 ? grid_.from_strength(with.strength, true) : grid_, with.solver,
                fokker::philox{}),
          goes_on_(with.strength > 0) {}
    // The runs refer to the arrays.
    controller(const controller&) = delete;
    controller& operator=(const controller&) = delete;

    // Forgets the last plan: for another episode.
    void begin(std::uint64_t seed) {
        seed_ = seed << 32;
        has_plan_ = false;
    }

    // The plan of this tick, over `fastest`. It is that of the last step before the deadline, or
    // before a stop was asked for: no step is begun that would end too late if it took as long as
    // the longest of this tick. At least one is done.
    const plan& next(const observation& seen, clock::time_point deadline = clock::time_point::max(),
                     const std::stop_token& stop = {}) {
        network_.observe(seen);
        mask_.setZero();
        if (has_plan_) {
            // The last plan, one action on.
            x_ = plan_;
            table rows(x_.data());
            for (int i = 0; i + 1 < actions; ++i) rows.row(i) = rows.row(i + 1);
            known_ = x_;
            table(mask_.data()).topRows(committed_) = 1.0F;
        }
        const bool from_plan = has_plan_ && goes_on_;
        run_type& walk = from_plan ? warm_ : cold_;
        walk.reseed(seed_++);
        if (from_plan)
            walk.start_from_data();
        else
            walk.start_from_prior();
        auto now = clock::now();
        clock::duration longest{};
        while (!walk.done() &&
               (walk.index() == 0 || (now + longest <= deadline && !stop.stop_requested()))) {
            const auto before = now;
            walk.step();
            now = clock::now();
            longest = std::max(longest, now - before);
        }
        plan_ = walk.done() ? walk.state() : walk.prediction();
        steps_ = walk.index();
        was_cut_ = !walk.done();
        has_plan_ = true;
        return plan_;
    }

    // Of the last plan: its steps, and whether it wanted more of them than there was time for.
    int steps() const { return steps_; }
    bool was_cut() const { return was_cut_; }

private:
    using model_type = decltype(model_of(std::declval<network&>(), std::declval<const plan&>(),
                                         std::declval<const plan&>()));
    using run_type = fokker::run<plan&, model_type, fokker::any_solver, fokker::philox>;

    network& network_;
    fokker::grid grid_;
    int committed_;
    plan x_ = plan::Zero(), known_ = plan::Zero(), mask_ = plan::Zero(), plan_ = plan::Zero();
    run_type cold_, warm_;
    bool goes_on_, has_plan_ = false, was_cut_ = false;
    std::uint64_t seed_ = 0;
    int steps_ = 0;
};

}  // namespace policy
