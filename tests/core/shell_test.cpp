// The typed side by itself: the user's arrays by their slots, and a call of the network on them.
#include <fokker/core/shell.hpp>

#include <Eigen/Core>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include <fokker/core/memory.hpp>
#include <fokker/core/network_call.hpp>
#include <fokker/core/slots.hpp>
#include <fokker/model/model.hpp>
#include <fokker/path/knot.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using core::slot_at;
using Eigen::ArrayXXd;

namespace {

const knot here{500.0, 0.6, 0.8};

/// A shell around a state and a model, for a solver with stages that reads the second output or
/// not.
template <bool ReadsSecond, class Model>
struct made {
    using facts_type = core::model_facts<ArrayXXd&, Model, ReadsSecond>;
    static constexpr core::run_facts facts{
        .history = 1, .stages = 1, .bounds = facts_type::bounds, .further = facts_type::further};
    static constexpr core::slot_plan plan{facts};

    made(ArrayXXd& x, Model m) : shell(x, std::move(m)) {
        shell.make_arrays(plan);
        addresses = shell.addresses();
    }

    /// One call at a slot, into the first output.
    core::network_call call(core::slot input) {
        core::network_call c{
            .input = input,
            .output = slot_at(plan.outputs),
            .raw = slot_at(facts.bounds == core::bounding::none ? plan.outputs : plan.raw),
            .further = slot_at(plan.further)};
        const core::network_reference network = shell.reference();
        network.call(network.network, c, here, 3);
        return c;
    }
    const ArrayXXd& array(int slot) const { return shell.array_at(slot_at(slot)); }
    double& at(int slot) { return *static_cast<double*>(addresses[slot]); }

    core::shell<ArrayXXd&, Model, ReadsSecond, 0> shell;
    void** addresses = nullptr;
};

template <bool ReadsSecond = false, class Model>
made<ReadsSecond, Model> make(ArrayXXd& x, Model m) {
    return {x, std::move(m)};
}

const auto twice = [](const ArrayXXd& in, double, ArrayXXd& out) { out = 2 * in; };

/// Notes what it is told.
struct noting {
    int walks = 0;
    int calls = 0;
    std::vector<double> labels;
    ArrayXXd seen;
    void begin_walk() { ++walks; }
    void operator()(const ArrayXXd& in, double t, ArrayXXd& out) {
        ++calls;
        labels.push_back(t);
        seen = in;
        out = 3 * in;
    }
    template <class Archive>
    void memory(Archive& archive) {
        archive(calls);
    }
};

}  // namespace

TEST_CASE("a shell makes the arrays of a plan in the state's shape, but for the preview") {
    ArrayXXd x = ArrayXXd::Constant(3, 2, 1.0);
    auto m = make(x, predicts_data(twice));
    CHECK(m.addresses[0] == x.data());
    for (int i = 1; i < m.plan.preview; ++i) {
        CHECK(m.array(i).rows() == 3);
        CHECK(m.array(i).cols() == 2);
        CHECK(m.addresses[i] == m.array(i).data());
        for (int k = 0; k < i; ++k) CHECK(m.addresses[i] != m.addresses[k]);
    }
    CHECK(m.addresses[m.plan.preview] == nullptr);
    const core::network_reference network = m.shell.reference();
    network.make(network.network, slot_at(m.plan.preview));
    CHECK(m.addresses[m.plan.preview] == m.array(m.plan.preview).data());
    CHECK(m.array(m.plan.preview).rows() == 3);
    CHECK(m.shell.shape() == array_shape{2, 3});
    ArrayXXd empty(0, 2);
    CHECK_THROWS_WITH(make(empty, predicts_data(twice)), ContainsSubstring("the state is empty"));
}

TEST_CASE("a call is made on the state or on an array of the run, and says how it is read") {
    ArrayXXd x = ArrayXXd::Constant(3, 2, 5.0);
    auto m = make(x, predicts_noise(twice));
    m.at(1) = 7.0;
    const core::network_call c = m.call(slot_at(1));
    CHECK(m.at(m.plan.outputs) == 14.0);
    CHECK(c.noise.state == 0.0);
    CHECK(c.noise.output == 1.0);
    CHECK(c.data.state == Approx(1 / 0.6));
    CHECK(c.data.output == Approx(-0.8 / 0.6));
    m.call(slot_at(0));
    CHECK(m.at(m.plan.outputs) == 10.0);
}

TEST_CASE("a network is called with the scaled state and the model's label, the state being kept") {
    ArrayXXd x = ArrayXXd::Constant(3, 2, 5.0);
    noting network;
    const auto model = edm_preconditioned(std::ref(network));
    auto m = make(x, model);
    const core::network_call c = m.call(slot_at(0));
    const detail::reading r = model.at(here);
    CHECK(r.input_scale != 1.0);
    CHECK((network.seen - 5.0 * r.input_scale).abs().maxCoeff() < 1e-15);
    CHECK(network.labels == std::vector{r.label});
    CHECK((x == 5.0).all());
    CHECK(c.data.state == r.data.state);
    CHECK(c.data.output == r.data.output);
}

TEST_CASE("bounds are left to the next pass, or made at the call where the model has more to do") {
    ArrayXXd x = ArrayXXd::Constant(3, 2, 5.0);
    auto none = make(x, predicts_data(twice));
    CHECK(none.facts.bounds == core::bounding::none);
    CHECK(none.shell.fixed() == nullptr);
    auto fixed = make(x, predicts_data(twice).clipped(-1, 2));
    CHECK(fixed.facts.bounds == core::bounding::in_sweep);
    CHECK(fixed.shell.fixed()->low == -1.0);
    CHECK(fixed.shell.fixed()->high == 2.0);
    const core::network_call c = fixed.call(slot_at(0));
    CHECK(fixed.at(fixed.plan.raw) == 10.0);
    // eps = (x - alpha D) / sigma
    CHECK(c.noise_of_data.state == Approx(1 / 0.8));
    CHECK(c.noise_of_data.output == Approx(-0.6 / 0.8));
    auto thresholds = make(x, predicts_data(twice).thresholded(0.5, 4.0));
    CHECK(thresholds.facts.bounds == core::bounding::in_call);
    thresholds.call(slot_at(0));
    CHECK(thresholds.at(thresholds.plan.raw) == 10.0);
    CHECK(thresholds.at(thresholds.plan.outputs) == 1.0);
}

TEST_CASE(
    "a network is called for two outputs where they are wanted, and only a prediction is read") {
    ArrayXXd x = ArrayXXd::Constant(3, 2, 5.0);
    const auto both = [](const ArrayXXd& in, double, ArrayXXd& out, ArrayXXd& second) {
        out = 2 * in;
        second = 3 * in;
    };
    CHECK(make<true>(x, predicts_noise(twice)).facts.further == 0);
    auto variance = make<true>(x, predicts_noise(both, second_output::variance));
    CHECK(variance.facts.further == 1);
    core::network_call c = variance.call(slot_at(0));
    CHECK(variance.at(variance.plan.further) == 15.0);
    CHECK(c.further_data.output == 0.0);
    CHECK(c.further_data.state == 0.0);
    auto other = make<true>(x, predicts_noise(both, second_output::unconditional));
    c = other.call(slot_at(0));
    CHECK(c.further_data.state == Approx(1 / 0.6));
    CHECK(c.further_data.output == Approx(-0.8 / 0.6));
    // A known region is known without the condition, too, and leaves the data prediction itself.
    const ArrayXXd known = ArrayXXd::Constant(3, 2, 0.25), mask = ArrayXXd::Ones(3, 2);
    auto imposed = make<true>(
        x, predicts_noise(both, second_output::unconditional).with_known_region(known, mask));
    c = imposed.call(slot_at(0));
    CHECK(imposed.at(imposed.plan.further) == 0.25);
    CHECK(c.further_data.state == 0.0);
    CHECK(c.further_data.output == 1.0);
}

TEST_CASE("arrays that a network left in another shape are made anew") {
    ArrayXXd x = ArrayXXd::Constant(3, 2, 5.0);
    bool fails = true;
    const auto shrinks = [&](const ArrayXXd& in, double, ArrayXXd& out) {
        if (!fails) return void(out = in);
        out.resize(1, 2);
        throw 1;
    };
    auto m = make(x, predicts_data(shrinks));
    CHECK_THROWS_AS(m.call(slot_at(0)), int);
    CHECK(m.array(m.plan.outputs).rows() == 1);
    m.shell.mend_arrays();
    m.addresses = m.shell.addresses();
    CHECK(m.array(m.plan.outputs).rows() == 3);
    fails = false;
    m.call(slot_at(0));
    CHECK(m.at(m.plan.outputs) == 5.0);
}

TEST_CASE("the user may give the state another array") {
    ArrayXXd x = ArrayXXd::Constant(3, 2, 5.0), other = ArrayXXd::Constant(3, 2, 6.0);
    auto m = make(x, predicts_data(twice));
    x.swap(other);
    CHECK(m.addresses[0] == other.data());
    m.shell.refresh_state();
    CHECK(m.addresses[0] == x.data());
    CHECK(m.at(0) == 6.0);
}

TEST_CASE("the elements of a slot go to bytes and back, and bytes of another size are refused") {
    ArrayXXd x = ArrayXXd::Random(3, 2);
    const ArrayXXd before = x;
    auto m = make(x, predicts_data(twice));
    std::vector<std::byte> bytes;
    core::memory_writer to(bytes);
    m.shell.visit_elements(slot_at(0), to);
    core::memory_reader from(bytes);
    m.shell.visit_elements(slot_at(1), from);
    CHECK((m.array(1) == before).all());
    ArrayXXd small = ArrayXXd::Zero(2, 2);
    auto other = make(small, predicts_data(twice));
    core::memory_reader again(bytes);
    CHECK_THROWS_WITH(other.shell.visit_elements(slot_at(0), again),
                      ContainsSubstring("48 bytes where the run has 32"));
    CHECK((small == 0.0).all());
}

TEST_CASE("a network is told of a walk's beginning, and its memory is the shell's") {
    ArrayXXd x = ArrayXXd::Constant(3, 2, 5.0);
    noting network, other;
    network.calls = 4;
    auto m = make(x, predicts_data(std::ref(network)));
    const core::network_reference r = m.shell.reference();
    r.begin_walk(r.network);
    CHECK(network.walks == 1);
    CHECK(m.shell.keeps_memory);
    CHECK_FALSE(make(x, predicts_data(twice)).shell.keeps_memory);
    auto n = make(x, predicts_data(std::ref(other)));
    std::vector<std::byte> bytes;
    core::memory_writer to(bytes);
    m.shell.visit_memory(to);
    core::memory_reader from(bytes);
    n.shell.visit_memory(from);
    CHECK(other.calls == 4);
}
