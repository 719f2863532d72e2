// Walks over ranges of one batch, each with a grid, a place and coefficients of its own.
#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include <fokker/core/network_call.hpp>
#include <fokker/core/solver_walk.hpp>
#include <fokker/core/space.hpp>
#include <fokker/noise/noise_reference.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/exponential_multistep.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"

using namespace fokker;
using Eigen::ArrayXXd;

namespace {

constexpr Eigen::Index elements = 6;
constexpr std::size_t per_sample = 6;

/// The data prediction of an element.
double said(double x, const knot& k) { return 0.25 + x * k.alpha / (k.alpha + 3 * k.sigma); }

/// A part of a batch on its own walk. What the network says is read from the walk's own arrays.
template <class Solver>
class part {
public:
    part(ArrayXXd& batch, std::size_t first, std::size_t samples, grid knots, const Solver& method)
        : walk_(std::move(knots), facts, {samples, per_sample}, 0),
          solver_(method),
          arrays_(static_cast<std::size_t>(plan.count), std::vector<double>(samples * per_sample)) {
        for (auto& each : arrays_) addresses_.push_back(each.data());
        addresses_[0] = batch.data() + first * per_sample;
        core::network_reference network{this, &call, [](void*) {}, [](void*, core::slot) {}};
        walk_.attach(addresses_.data(), core::operations_of<core::host_space<double>>, network,
                     nullptr, kernel::noise_reference::to<double>(noise_), first);
        walk_.fill_prior(walk_.knots().prior());
    }

    bool done() const { return walk_.index() == walk_.steps(); }
    void step() { core::take_step(solver_, walk_); }

private:
    static constexpr core::run_facts facts = core::facts_of<Solver>(core::bounding::none, 0);
    static constexpr core::slot_plan plan{facts};

    static void call(void* self, core::network_call& c, const knot& k, int) {
        auto& p = *static_cast<part*>(self);
        const auto* x = static_cast<const double*>(p.addresses_[core::place_of(c.input)]);
        auto* out = static_cast<double*>(p.addresses_[core::place_of(c.raw)]);
        for (std::size_t i = 0; i < p.walk_.shape().size(); ++i) out[i] = said(x[i], k);
        c.data = {0.0, 1.0};
        c.noise = {1.0 / k.sigma, -k.alpha / k.sigma};
    }

    core::solver_walk<Solver> walk_;
    Solver solver_;
    philox noise_{.seed = 7};
    std::vector<std::vector<double>> arrays_;
    std::vector<void*> addresses_;
};

/// The whole batch on this walk.
ArrayXXd sampled(const grid& knots, const auto& solver) {
    ArrayXXd x(elements, 9);
    const auto network = [](const ArrayXXd& in, const knot& k, ArrayXXd& out) {
        out = in.unaryExpr([&](double each) { return said(each, k); });
    };
    run r(x, predicts_data(network), knots, solver, philox{.seed = 7});
    r.start_from_prior();
    while (!r.done()) r.step();
    return x;
}

}  // namespace

TEST_CASE(
    "ranges of a batch walk by themselves, each to the bits of its samples in a whole batch") {
    const grid few = karras(vp_path{}, 4), many = uniform_lambda(vp_path{}, 9);
    ArrayXXd batch = ArrayXXd::Constant(elements, 9, -7.0);
    part first(batch, 0, 3, few, ddpm{});
    part second(batch, 3, 1, many, unipc<2>{});
    part third(batch, 4, 4, many, deis<2>{});
    // At different steps, one after the other.
    second.step();
    second.step();
    while (!first.done() || !second.done() || !third.done()) {
        if (!third.done()) third.step();
        if (!first.done()) first.step();
        if (!second.done()) second.step();
    }
    CHECK((batch.leftCols(3) == sampled(few, ddpm{}).leftCols(3)).all());
    CHECK((batch.col(3) == sampled(many, unipc<2>{}).col(3)).all());
    CHECK((batch.middleCols(4, 4) == sampled(many, deis<2>{}).middleCols(4, 4)).all());
    CHECK((batch.col(8) == -7.0).all());  // nobody's
}
