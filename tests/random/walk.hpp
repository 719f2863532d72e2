/// A run of any type: what the test does with it is compiled once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fokker/fokker.hpp>

namespace fokker_random {

class any_walk {
public:
    virtual ~any_walk() = default;
    virtual void start_from_prior() = 0;
    virtual void start_from_data() = 0;
    virtual void step() = 0;
    virtual bool done() const = 0;
    virtual int index() const = 0;
    virtual std::int64_t evaluations() const = 0;
    virtual std::int64_t network_calls() const = 0;
    virtual std::vector<double> state() const = 0;
    virtual std::vector<double> prediction() const = 0;
    /// Bytes of the state.
    virtual std::string bits() const = 0;
    virtual fokker::checkpoint checkpoint() = 0;
    virtual void resume(const fokker::checkpoint&) = 0;
};

/// Looks on as a user's observer does; the run asks it after every step.
struct observer {
    bool checks_finite = false;
    std::function<fokker::control(const fokker::progress&)> then;

    template <class Run>
    fokker::control operator()(const Run& run) const {
        if (checks_finite) fokker::check_finite{}(run);
        return then ? then(run.progress()) : fokker::control::go_on;
    }
};

template <class Array>
std::vector<double> numbers_of(const Array& a) {
    const auto* const p = fokker::detail::data_of(a);
    std::vector<double> all(fokker::detail::shape_of(a).size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<double>(p[i]);
    return all;
}

/// `Held` owns the array that `Run` refers to, or is a view of.
template <class Array, class Model, class Solver, class Source>
class held_walk final : public any_walk {
    using run_type = fokker::run<Array&, Model, Solver, Source, observer>;

public:
    held_walk(std::shared_ptr<void> owner, Array x, Model model, fokker::grid walk, Solver solver,
              Source source, observer look)
        : owner_(std::move(owner)),
          x_(std::move(x)),
          run_(x_, std::move(model), std::move(walk), std::move(solver), std::move(source),
               std::move(look)) {}

    void start_from_prior() override {
        if constexpr (!is_silent) run_.start_from_prior();
    }
    void start_from_data() override {
        if constexpr (!is_silent) run_.start_from_data();
    }
    void step() override { run_.step(); }
    bool done() const override { return run_.done(); }
    int index() const override { return run_.index(); }
    std::int64_t evaluations() const override { return run_.evaluations(); }
    std::int64_t network_calls() const override { return run_.network_calls(); }
    std::vector<double> state() const override { return numbers_of(run_.state()); }
    std::vector<double> prediction() const override { return numbers_of(run_.prediction()); }
    std::string bits() const override {
        const auto& x = run_.state();
        std::string bytes(fokker::detail::shape_of(x).size() * sizeof(*fokker::detail::data_of(x)),
                          '\0');
        std::memcpy(bytes.data(), fokker::detail::data_of(x), bytes.size());
        return bytes;
    }
    fokker::checkpoint checkpoint() override { return run_.checkpoint(); }
    void resume(const fokker::checkpoint& from) override { run_.resume(from); }

private:
    static constexpr bool is_silent = std::is_same_v<Source, fokker::detail::no_noise>;

    std::shared_ptr<void> owner_;
    Array x_;
    run_type run_;
};

}  // namespace fokker_random
