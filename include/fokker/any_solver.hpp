/// A solver whose type is known at run time alone.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fokker/core/network_call.hpp>
#include <fokker/core/slots.hpp>
#include <fokker/core/solver_walk.hpp>
#include <fokker/core/type_name.hpp>
#include <fokker/core/walk.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/model/second_output.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/solver.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// A walk together with the solver that steps along it.
class erased_walk {
public:
    virtual ~erased_walk() = default;
    virtual std::unique_ptr<erased_walk> copy() const = 0;
    virtual core::walk& base() = 0;
    virtual const core::walk& base() const = 0;
    virtual void take_step() = 0;
};

/// What a run asks of a solver, whatever its type.
class erased_solver {
public:
    virtual ~erased_solver() = default;
    virtual core::run_facts facts(core::bounding bounds, int further) const = 0;
    virtual int evaluations_in_step() const = 0;
    virtual bool stochastic() const = 0;
    virtual bool inverts() const = 0;
    virtual bool takes_sample_parts() const = 0;
    virtual bool reads(second_output kind) const = 0;
    virtual std::size_t map_elements() const = 0;
    virtual void check(const grid& walk) const = 0;
    virtual void check_network(std::string_view prediction, std::size_t elements) const = 0;
    virtual knot target(const grid& walk, const grid_knot& s, const grid_knot& t) const = 0;
    virtual std::string type() const = 0;
    virtual std::unique_ptr<erased_walk> make_walk(grid&& knots, const core::run_facts& facts,
                                                   array_shape shape, second_output kind) const = 0;
};

template <solver Solver>
class held_walk final : public erased_walk {
public:
    held_walk(const Solver& method, grid&& knots, const core::run_facts& facts, array_shape shape,
              std::size_t map_elements, second_output kind)
        : method_(method), walk_(std::move(knots), facts, shape, map_elements, kind) {}

    std::unique_ptr<erased_walk> copy() const override {
        return std::make_unique<held_walk>(*this);
    }
    core::walk& base() override { return walk_; }
    const core::walk& base() const override { return walk_; }
    void take_step() override { core::take_step(method_, walk_); }

private:
    Solver method_;
    core::solver_walk<Solver> walk_;
};

template <solver Solver>
class held_solver final : public erased_solver {
public:
    explicit held_solver(Solver method) : method_(std::move(method)) {}

    core::run_facts facts(core::bounding bounds, int further) const override {
        return core::facts_of<Solver>(bounds, further);
    }
    int evaluations_in_step() const override { return detail::evaluations_in_step(method_); }
    bool stochastic() const override { return detail::is_stochastic(method_); }
    bool inverts() const override { return detail::is_inversion(method_); }
    bool takes_sample_parts() const override { return detail::takes_sample_parts(method_); }
    bool reads(second_output kind) const override {
        if constexpr (reads_second_output<Solver>)
            return method_.reads(kind);
        else
            return true;  // it does not care
    }
    std::size_t map_elements() const override { return detail::map_elements_of(method_); }
    void check(const grid& walk) const override {
        if constexpr (requires { method_.check(walk); }) method_.check(walk);
    }
    void check_network(std::string_view prediction, std::size_t elements) const override {
        detail::check_network(method_, prediction, elements);
    }
    knot target(const grid& walk, const grid_knot& s, const grid_knot& t) const override {
        if constexpr (takes_flow_maps<Solver>)
            return method_.target(walk, s, t);
        else
            refuse(
                "the network is a flow map, which goes from a knot to another in one call, and ",
                std::string_view(type()),
                " looks back, calls it several times a step or does not say where its call goes; "
                "take fokker::ddim{}, euler, tcd, gamma_sampler or consistency_sampler");
    }
    std::string type() const override { return type_name<Solver>(); }
    std::unique_ptr<erased_walk> make_walk(grid&& knots, const core::run_facts& facts,
                                           array_shape shape, second_output kind) const override {
        return std::make_unique<held_walk<Solver>>(method_, std::move(knots), facts, shape,
                                                   map_elements(), kind);
    }

private:
    Solver method_;
};

}  // namespace detail

/// Holds a solver of any type, with its options, so that one function, one member or one compiled
/// run serves all of them: `any_solver method = heun{};`. Its steps have the bits of the solver's
/// own. It costs a run one allocation and a step one indirect call; states that live without the
/// heap get arrays on the heap. A network that can be called for two outputs is called for two,
/// whether the solver reads the second or not. Copies share the solver, which no one can change.
class any_solver {
public:
    // What `run` asks for in place of members that a solver's type says.
    static constexpr int history = 0;
    static constexpr int evaluations = 1;

    template <solver Solver>
        requires(!std::same_as<Solver, any_solver>)
    any_solver(Solver method)
        : held_(std::make_shared<const detail::held_solver<Solver>>(std::move(method))) {}

    int evaluations_in_step() const { return held_->evaluations_in_step(); }
    bool stochastic() const { return held_->stochastic(); }
    bool inverts() const { return held_->inverts(); }
    bool reads(second_output kind) const { return held_->reads(kind); }
    std::size_t map_elements() const { return held_->map_elements(); }
    void check(const grid& walk) const { held_->check(walk); }
    void check_network(std::string_view prediction, std::size_t elements) const {
        held_->check_network(prediction, elements);
    }
    knot target(const grid& walk, const detail::grid_knot& s, const detail::grid_knot& t) const {
        return held_->target(walk, s, t);
    }

    const detail::erased_solver& held() const { return *held_; }

private:
    std::shared_ptr<const detail::erased_solver> held_;
};

namespace core {

/// The walk of a solver whose type is known at run time.
template <>
class walk_holder<any_solver> {
public:
    static constexpr bool may_try_parts = true;

    static run_facts facts(const any_solver& method, bounding bounds, int further) {
        return method.held().facts(bounds, further);
    }
    static constexpr int fixed_slots(bounding, int) { return 0; }
    static bool tries_parts(const any_solver& method) {
        return method.held().facts(bounding::none, 0).tries_parts;
    }
    static bool takes_sample_parts(const any_solver& method) {
        return method.held().takes_sample_parts();
    }
    static std::string type_of(const any_solver& method) { return method.held().type(); }

    walk_holder(const any_solver& method, grid&& knots, const run_facts& facts, array_shape shape,
                std::size_t, second_output kind)
        : walk_(method.held().make_walk(std::move(knots), facts, shape, kind)) {}
    walk_holder(const walk_holder& other) : walk_(other.walk_->copy()) {}
    walk_holder(walk_holder&&) noexcept = default;
    walk_holder& operator=(const walk_holder& other) {
        walk_ = other.walk_->copy();
        return *this;
    }
    walk_holder& operator=(walk_holder&&) noexcept = default;

    walk& base() { return walk_->base(); }
    const walk& base() const { return std::as_const(*walk_).base(); }
    void take_step(const any_solver&) { walk_->take_step(); }

private:
    std::unique_ptr<detail::erased_walk> walk_;
};

}  // namespace core

}  // namespace fokker

FOKKER_END_MAY_SHADOW
