#include <fokker/continuous_batch.hpp>

#include <Eigen/Core>
#include <Eigen/LU>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fokker/any_solver.hpp>
#include <fokker/error.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/brownian.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/path/grids/restart.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/cfg_pp.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dormand_prince.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/euler.hpp>
#include <fokker/solver/exponential_multistep.hpp>
#include <fokker/solver/heun.hpp>
#include <fokker/solver/pndm.hpp>
#include <fokker/solver/predictor_corrector.hpp>
#include <fokker/solver/sa_solver.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;
using Eigen::ArrayXXf;
using label_span = std::span<const batch_label>;
using time_span = std::span<const double>;

namespace {

/// A network of any kind: nonlinear in x, and by the time and the condition; sample by sample.
double said(double x, double t, std::int64_t condition, bool has_condition) {
    const double shift = has_condition ? 0.2 * double(condition) : -0.1;
    return std::tanh(x + 0.01 * t + shift) + 0.1 * x;
}

template <class Array>
struct by_labels {
    std::vector<std::size_t>* sizes = nullptr;
    int* fails_in = nullptr;  // calls

    void operator()(const Array& x, label_span of, Array& out) const {
        REQUIRE(std::size_t(x.cols()) == of.size());
        if (sizes) sizes->push_back(of.size());
        if (fails_in && --*fails_in == 0) {
            out.setConstant(7);
            throw std::runtime_error("device");
        }
        for (Eigen::Index n = 0; n < x.cols(); ++n) {
            const batch_label& l = of[std::size_t(n)];
            for (Eigen::Index i = 0; i < x.rows(); ++i)
                out(i, n) = static_cast<typename Array::Scalar>(
                    said(double(x(i, n)), l.time, l.condition, l.has_condition));
        }
    }
};

/// The same network in a walk alone: the second half of a doubled batch has no condition.
template <class Array>
struct alone {
    std::int64_t condition = 0;
    bool is_doubled = false;

    void operator()(const Array& x, double t, Array& out) const {
        const Eigen::Index half = is_doubled ? x.cols() / 2 : x.cols();
        for (Eigen::Index n = 0; n < x.cols(); ++n)
            for (Eigen::Index i = 0; i < x.rows(); ++i)
                out(i, n) = static_cast<typename Array::Scalar>(
                    said(double(x(i, n)), t, condition, n < half));
    }
};

const auto as_they_come = [](auto&& f) -> decltype(auto) { return std::forward<decltype(f)>(f); };
const auto clipped_data = [](auto&& f) {
    return predicts_data(std::forward<decltype(f)>(f)).clipped(-1, 1);
};
const auto scaled_input = [](auto&& f) {
    return edm_preconditioned(std::forward<decltype(f)>(f), 0.5);
};

/// What a walk does by itself in a step: three known elements of five, and a classifier.
const auto known_and_classified = [](auto&& f) {
    ArrayXXd values(5, 1), mask(5, 1);
    values << 0.5, -0.5, 0.1, 0, 0;
    mask << 1, 1, 0.5, 0, 0;
    return predicts_noise(std::forward<decltype(f)>(f))
        .with_known_region(std::move(values), std::move(mask))
        .guided_by([](const ArrayXXd& x, double t, ArrayXXd& out) { out = -x / (1 + t); }, 0.3);
};

struct plan {
    grid knots;
    any_solver method;
};

/// Whatever kind of solver there is: one call a step with and without a history, several calls,
/// parts that are rejected, parts of each sample's own, jumps back to more noise.
std::vector<plan> plans_on(const auto& lay) {
    std::vector<plan> all;
    const std::vector<any_solver> methods{ddim{},
                                          ddim{.eta = 0.7},
                                          ddpm{},
                                          dpm_solver_pp_2m{},
                                          deis<3>{},
                                          unipc<2>{},
                                          sa_solver<2, 1>{},
                                          heun{},
                                          pndm{},
                                          euler{},
                                          dormand_prince{},
                                          predictor_corrector{}};
    int steps = 3;
    for (const any_solver& each : methods) all.push_back({lay(steps++), each});
    all.push_back({restarted(lay(6), {.sigma_min = 0.5, .sigma_max = 2, .times = 2, .steps = 2}),
                   dpm_solver_pp_2m{}});
    return all;
}

/// One of the walks that are mixed.
struct request {
    std::size_t plan;
    std::uint64_t seed, first_sample;
    batched_walk_options options;
};

/// The plan whose samples take parts of their own, which momentum does not go with.
constexpr std::size_t adaptive = 10;

request any_request(std::mt19937_64& random, std::size_t plans) {
    const auto below = [&](std::uint64_t n) { return random() % n; };
    request r{below(plans), below(5), below(3), {}};
    r.options.samples = 1 + below(3);
    r.options.condition = std::int64_t(below(4));
    r.options.start =
        std::array{batched_start::prior, batched_start::data, batched_start::state}[below(3)];
    if (below(3) == 0) r.options.guided = guidance{.scale = 1.5};
    if (below(6) == 0) r.options.guided = guidance{.scale = 3, .from = 0.5, .rescale = 0.5};
    if (below(6) == 0 && r.plan != adaptive)
        r.options.guided = guidance{.scale = 3, .projection = {.eta = 0.5, .momentum = -0.3}};
    return r;
}

template <class Array>
Array begin_of(const request& r) {
    Array x(5, Eigen::Index(r.options.samples));
    for (Eigen::Index i = 0; i < x.size(); ++i)
        x.data()[i] = static_cast<typename Array::Scalar>(std::sin(double(r.seed) + double(i)));
    return x;
}

template <class Array>
Array walked_alone(const request& r, const plan& p, const auto& model) {
    Array x = begin_of<Array>(r);
    const philox noise{.seed = r.seed, .first_sample = r.first_sample};
    const auto go = [&](auto&& f) {
        switch (r.options.start) {
            case batched_start::prior:
                return sample(x, model(f), p.knots, p.method, noise);
            case batched_start::data:
                return edit(x, model(f), p.knots, p.method, noise);
            default:
                return denoise(x, model(f), p.knots, p.method, noise);
        }
    };
    alone<Array> f{r.options.condition, r.options.guided.has_value()};
    if (!r.options.guided) {
        go(f);
    } else {
        auto doubled = guided_batch(f, *r.options.guided, batch_order::conditional_first);
        go(doubled);
    }
    return x;
}

/// Walks join at random rounds; each is compared with itself alone.
template <class Array>
void mix_walks(std::uint64_t seed, const std::vector<plan>& plans, const auto& model, int count) {
    std::mt19937_64 random(seed);
    by_labels<Array> f;
    continuous_batch batch(Array(5, 1), model(f), {.slots = 6 + std::size_t(random() % 8)});
    std::map<std::uint64_t, request> joined;
    int left = count, finished = 0;
    while (left > 0 || !batch.idle()) {
        for (std::uint64_t n = random() % 3; n > 0 && left > 0; --n, --left) {
            const request r = any_request(random, plans.size());
            const plan& p = plans[r.plan];
            auto walk =
                batch.make_walk(p.knots, p.method,
                                philox{.seed = r.seed, .first_sample = r.first_sample}, r.options);
            walk->x() = begin_of<Array>(r);
            joined.emplace(batch.join(std::move(walk)), r);
        }
        if (random() % 8 == 0 && !joined.empty()) {  // some leave early
            const std::uint64_t ticket = joined.rbegin()->first - random() % 3;
            batch.cancel(ticket);
        }
        batch.round();
        CHECK(batch.slots_taken() <= batch.slots());
        while (const auto walk = batch.take_departed()) {
            if (walk->status() == batched_status::cancelled) continue;
            REQUIRE(walk->status() == batched_status::finished);
            const request& r = joined.at(walk->ticket());
            INFO("plan " << r.plan << ", samples " << r.options.samples << ", start "
                         << int(r.options.start) << ", guided " << r.options.guided.has_value());
            CHECK((walk->x() == walked_alone<Array>(r, plans[r.plan], model)).all());
            ++finished;
        }
    }
    CHECK(finished > count / 2);
}

}  // namespace

TEST_CASE("a walk has the bits of itself alone, whatever it was batched with") {
    const auto vp = plans_on([](int n) { return trailing(linear_schedule(), n); });
    const auto edm = plans_on([](int n) { return karras(edm_path{}, n, {.sigma_max = 20}); });
    const auto seed = GENERATE(std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3});
    INFO("seed " << seed);
    mix_walks<ArrayXXd>(seed, vp, as_they_come, 60);
    mix_walks<ArrayXXf>(seed, vp, clipped_data, 60);
    mix_walks<ArrayXXd>(seed, edm, scaled_input, 60);
    mix_walks<ArrayXXd>(seed, vp, known_and_classified, 60);
}

namespace {

const grid& ten_steps() {
    static const grid made = trailing(linear_schedule(), 10);
    return made;
}
philox noise_of(std::uint64_t seed) { return {.seed = seed}; }

/// One sample of the network with condition 0.
ArrayXXd one_alone(std::uint64_t seed, const grid& knots, const any_solver& method) {
    return walked_alone<ArrayXXd>({0, seed, 0, {}}, {knots, method}, as_they_come);
}

}  // namespace

TEST_CASE("walks become active in the order in which they joined, and none is overtaken") {
    by_labels<ArrayXXd> f;
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 4});
    const auto joined = [&](std::size_t samples) {
        return batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(1), {.samples = samples}));
    };
    joined(2);
    const auto large = joined(3), small = joined(1);
    CHECK(batch.waiting() == 3);
    CHECK(batch.round() == 2);  // the small one would have room, and is behind the large one
    CHECK(batch.find(large)->status() == batched_status::waiting);
    CHECK(batch.find(small)->status() == batched_status::waiting);
    for (int i = 1; i < 10; ++i) CHECK(batch.round() == 2);
    CHECK(batch.take_departed()->ticket() == large - 1);
    CHECK(batch.round() == 4);
    CHECK(batch.find(small)->index() == 1);
    CHECK(batch.active() == 2);
    while (!batch.idle()) batch.round();
    CHECK(batch.round() == 0);
    CHECK(batch.take_departed()->ticket() == large);
    CHECK(batch.take_departed()->ticket() == small);
    CHECK(batch.take_departed() == nullptr);
}

TEST_CASE(
    "the network is called with the dense batch, or with the next larger size it is made for") {
    std::vector<std::size_t> sizes;
    by_labels<ArrayXXd> f{&sizes};
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 8, .sizes = {2, 4, 8}});
    for (const int steps : {2, 3, 3, 4, 6})
        batch.join(batch.make_walk(trailing(linear_schedule(), steps), ddim{},
                                   noise_of(std::uint64_t(steps))));
    std::vector<std::size_t> asked;
    while (!batch.idle()) asked.push_back(batch.round());
    CHECK(asked == std::vector<std::size_t>{5, 5, 4, 2, 1, 1});
    CHECK(sizes == std::vector<std::size_t>{8, 8, 4, 2, 2, 2});
    for (const int steps : {2, 3, 3, 4, 6}) {
        const auto walk = batch.take_departed();
        CHECK(walk->steps() == steps);
        CHECK(walk->evaluations() == steps);
        CHECK((walk->x() ==
               one_alone(std::uint64_t(steps), trailing(linear_schedule(), steps), ddim{}))
                  .all());
    }
}

TEST_CASE(
    "the labels say which sample of which walk it is, and what fills the batch up is of none") {
    std::vector<batch_label> seen;
    const auto f = [&](const ArrayXXd& x, label_span of, ArrayXXd& out) {
        seen.assign(of.begin(), of.end());
        out = 0.5 * x;
    };
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 8, .sizes = {8}});
    const auto joined = [&](const batched_walk_options& options) {
        return batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(1), options));
    };
    const auto guided = joined({.samples = 2, .condition = 3, .guided = guidance{.scale = 2}});
    const auto plain = joined({.samples = 2, .condition = -1});
    batch.round();
    REQUIRE(seen.size() == 8);
    const auto is = [&](std::size_t place, std::uint64_t ticket, std::size_t sample,
                        std::int64_t condition, bool has_condition) {
        INFO("place " << place);
        CHECK(seen[place].ticket == ticket);
        CHECK(seen[place].sample == sample);
        CHECK(seen[place].condition == condition);
        CHECK(seen[place].has_condition == has_condition);
        CHECK(seen[place].time == ten_steps().front().t);
    };
    is(0, guided, 0, 3, true);
    is(1, guided, 1, 3, true);
    is(2, guided, 0, 3, false);
    is(3, guided, 1, 3, false);
    is(4, plain, 0, -1, true);
    is(5, plain, 1, -1, true);
    is(6, 0, 0, 3, true);  // copies of the first sample
    is(7, 0, 0, 3, true);
}

TEST_CASE("a walk that waits or is active can be cancelled, and the others go on") {
    by_labels<ArrayXXd> f;
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 2});
    std::vector<std::uint64_t> tickets;
    for (std::uint64_t seed = 1; seed <= 4; ++seed)
        tickets.push_back(batch.join(batch.make_walk(ten_steps(), deis<3>{}, noise_of(seed))));
    for (int i = 0; i < 4; ++i) batch.round();
    CHECK(batch.cancel(tickets[0]));
    CHECK(batch.cancel(tickets[2]));
    CHECK_FALSE(batch.cancel(tickets[2]));
    CHECK_FALSE(batch.cancel(99));
    auto first = batch.take_departed(), third = batch.take_departed();
    CHECK(first->status() == batched_status::cancelled);
    CHECK(first->index() == 4);
    CHECK(third->ticket() == tickets[2]);
    CHECK(third->index() == 0);
    while (!batch.idle()) batch.round();
    CHECK((batch.take_departed()->x() == one_alone(2, ten_steps(), deis<3>{})).all());
    CHECK((batch.take_departed()->x() == one_alone(4, ten_steps(), deis<3>{})).all());
    // The cancelled one joins again, from its beginning; the other with another seed.
    third->reseed(6);
    batch.join(std::move(first));
    batch.join(std::move(third));
    while (!batch.idle()) batch.round();
    CHECK((batch.take_departed()->x() == one_alone(1, ten_steps(), deis<3>{})).all());
    CHECK((batch.take_departed()->x() == one_alone(6, ten_steps(), deis<3>{})).all());
}

TEST_CASE("a walk leaves when its deadline has come, active or not") {
    by_labels<ArrayXXd> f;
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 1});
    const auto joined = [&](std::optional<double> deadline) {
        return batch.join(
            batch.make_walk(ten_steps(), ddim{}, noise_of(3), {.deadline = deadline}));
    };
    joined(10.0);
    joined(3.0);
    joined(12.0);
    joined({});
    CHECK_THROWS_WITH(batch.round(), ContainsSubstring("call round(now)"));
    int rounds = 0;
    for (; !batch.idle(); ++rounds) batch.round(rounds);
    // The first has its ten rounds, 0 to 9; the third begins at 10 and is late at 12.
    CHECK(rounds == 22);
    const auto leaves = [&](std::uint64_t ticket, batched_status status, int index) {
        const auto walk = batch.take_departed();
        CHECK(walk->ticket() == ticket);
        CHECK(walk->status() == status);
        CHECK(walk->index() == index);
    };
    leaves(2, batched_status::late, 0);
    leaves(1, batched_status::finished, 10);
    leaves(3, batched_status::late, 2);
    leaves(4, batched_status::finished, 10);
    batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(3)));
    CHECK(batch.round() == 1);  // no deadline is left
    CHECK_THROWS_WITH(joined(std::nan("")), ContainsSubstring("must be finite"));
}

TEST_CASE("a network that throws fails no walk, and the next round makes the same call") {
    std::vector<std::size_t> sizes;
    for (int fails_in = 1; fails_in <= 14; ++fails_in) {
        INFO("call " << fails_in);
        int left = fails_in;
        by_labels<ArrayXXd> f{&sizes, &left};
        continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 3});
        batch.join(batch.make_walk(ten_steps(), unipc<2>{}, noise_of(1)));
        batch.join(batch.make_walk(karras(vp_path{}, 4), heun{}, noise_of(2)));
        batch.join(batch.make_walk(ten_steps(), ddpm{}, noise_of(3)));
        batch.join(batch.make_walk(karras(vp_path{}, 4), deis<2>{}, noise_of(4)));
        int thrown = 0;
        while (!batch.idle()) try {
                batch.round();
            } catch (const std::runtime_error& problem) {
                CHECK(problem.what() == std::string("device"));
                ++thrown;
            }
        CHECK(thrown == (left <= 0 ? 1 : 0));
        for (int n = 0; n < 4; ++n) {
            const auto walk = batch.take_departed();
            REQUIRE(walk->status() == batched_status::finished);
            const std::vector<ArrayXXd> wanted{
                one_alone(1, ten_steps(), unipc<2>{}), one_alone(2, karras(vp_path{}, 4), heun{}),
                one_alone(3, ten_steps(), ddpm{}), one_alone(4, karras(vp_path{}, 4), deis<2>{})};
            CHECK((walk->x() == wanted[walk->ticket() - 1]).all());
        }
    }
}

TEST_CASE("an output of another shape is refused, and the walks go on") {
    int calls = 0;
    const auto f = [&](const ArrayXXd& x, time_span, ArrayXXd& out) {
        if (++calls == 2)
            out = x.leftCols(1);
        else
            out = 0.5 * x;
    };
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 2});
    for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{2}})
        batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(seed)));
    batch.round();
    CHECK_THROWS_AS(batch.round(), network_error);
    CHECK(batch.find(1)->index() == 1);
    while (!batch.idle()) batch.round();
    ArrayXXd both(5, 1);
    sample(
        both, [](const ArrayXXd& x, double, ArrayXXd& out) { out = 0.5 * x; }, ten_steps(), ddim{},
        noise_of(1));
    CHECK((batch.take_departed()->x() == both).all());
}

namespace {
/// A solver that cannot make its third step.
struct breaking {
    static constexpr int history = 0, evaluations = 1;
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const auto D = run.data(run.x(), s);
        if (run.index() == 2) throw std::runtime_error("third");
        run.x() = 0.5 * run.x() + 0.5 * D;
    }
};
}  // namespace

TEST_CASE("a walk whose own step throws leaves alone") {
    by_labels<ArrayXXd> f;
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 3});
    batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(1)));
    // It throws as its steps are tried out, too, before it is made.
    CHECK_THROWS_WITH(batch.make_walk(ten_steps(), breaking{}, noise_of(2)),
                      ContainsSubstring("third"));
    batch.join(batch.make_walk(ten_steps(), dormand_prince{}, noise_of(2)));
    batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(3)));
    // Not a number, which an adaptive solver refuses.
    std::unique_ptr<batched_walk<ArrayXXd>> broken = batch.make_walk(
        ten_steps(), dormand_prince{}, noise_of(2), {.start = batched_start::state});
    broken->x() = ArrayXXd::Constant(5, 1, 1e308);
    const auto ticket = batch.join(std::move(broken));
    while (!batch.idle()) batch.round();
    int finished = 0;
    while (const auto walk = batch.take_departed()) {
        if (walk->ticket() != ticket) {
            CHECK(walk->status() == batched_status::finished);
            ++finished;
            continue;
        }
        CHECK(walk->status() == batched_status::failed);
        CHECK_THROWS_AS(std::rethrow_exception(walk->error()), network_error);
    }
    CHECK(finished == 3);
}

TEST_CASE("a batch takes no memory once it and its walks are made") {
    by_labels<ArrayXXf> f;
    continuous_batch batch(ArrayXXf(5, 1), f, {.slots = 6});
    std::vector<std::unique_ptr<batched_walk<ArrayXXf>>> walks;
    for (int i = 0; i < 30; ++i) {
        const std::vector<any_solver> methods{dpm_solver_pp_2m{}, unipc<3>{}, ddim{.eta = 1},
                                              deis<3>{}};
        batched_walk_options options{.samples = 1 + std::size_t(i % 3)};
        if (i % 4 == 1) options.guided = guidance{.scale = 2};
        if (i % 5 == 1) options.deadline = 1000.0;
        walks.push_back(batch.make_walk(trailing(linear_schedule(), 3 + i % 7),
                                        methods[std::size_t(i % 4)], noise_of(1), options));
    }
    const std::size_t before = fokker_test::allocations();
    std::size_t left = walks.size(), calls = 0;
    for (; left > 0 || !batch.idle(); ++calls) {
        if (left > 0) batch.join(std::move(walks[--left]));
        if (calls == 7) batch.cancel(3);
        batch.round(double(calls));
        if (calls % 5 == 4)
            while (auto walk = batch.take_departed()) batch.find(walk->ticket());
    }
    CHECK(fokker_test::allocations() == before);
    CHECK(calls > 30);
}

TEST_CASE("networks of times, networks that return their output, and arrays of other kinds") {
    using row_major = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto of_time = [](double x, double t) { return std::tanh(x + 0.01 * t); };
    const auto rows = [&](const row_major& x, time_span of, row_major& out) {
        for (Eigen::Index n = 0; n < x.rows(); ++n)
            for (Eigen::Index i = 0; i < x.cols(); ++i)
                out(n, i) = float(of_time(x(n, i), of[std::size_t(n)]));
    };
    const auto one_row = [&](const row_major& x, double t, row_major& out) {
        const std::vector<double> all(std::size_t(x.rows()), t);
        rows(x, all, out);
    };
    continuous_batch of_rows(row_major(1, 5), rows, {.slots = 4});
    of_rows.join(of_rows.make_walk(ten_steps(), ddpm{}, noise_of(1), {.samples = 3}));
    of_rows.join(of_rows.make_walk(karras(vp_path{}, 4), ddim{}, noise_of(2)));
    while (!of_rows.idle()) of_rows.round();
    row_major first(3, 5), second(1, 5);
    sample(first, one_row, ten_steps(), ddpm{}, noise_of(1));
    sample(second, one_row, karras(vp_path{}, 4), ddim{}, noise_of(2));
    CHECK((of_rows.take_departed()->x() == second).all());
    CHECK((of_rows.take_departed()->x() == first).all());

    // A vector is one sample, and so is each walk; the network gets them one behind the other.
    const auto flat = [&](const std::vector<double>& x, label_span of) {
        std::vector<double> out(x.size());
        REQUIRE(x.size() == 5 * of.size());
        for (std::size_t i = 0; i < x.size(); ++i) out[i] = of_time(x[i], of[i / 5].time);
        return out;
    };
    const auto one_flat = [&](const std::vector<double>& x, double t, std::vector<double>& out) {
        for (std::size_t i = 0; i < x.size(); ++i) out[i] = of_time(x[i], t);
    };
    continuous_batch vectors(std::vector<double>(5), flat, {.slots = 4});
    vectors.join(vectors.make_walk(ten_steps(), ddpm{}, noise_of(1)));
    vectors.join(vectors.make_walk(karras(vp_path{}, 4), ddim{}, noise_of(2)));
    while (!vectors.idle()) vectors.round();
    std::vector<double> vector(5);
    sample(vector, one_flat, karras(vp_path{}, 4), ddim{}, noise_of(2));
    CHECK(vectors.take_departed()->x() == vector);
    sample(vector, one_flat, ten_steps(), ddpm{}, noise_of(1));
    CHECK(vectors.take_departed()->x() == vector);
    CHECK_THROWS_WITH(vectors.make_walk(ten_steps(), ddim{}, noise_of(1), {.samples = 2}),
                      ContainsSubstring("is one sample"));
}

TEST_CASE("what a batch cannot do is refused by a sentence") {
    by_labels<ArrayXXd> f;
    const ArrayXXd one(5, 1);
    CHECK_THROWS_WITH(continuous_batch(ArrayXXd(5, 2), f), ContainsSubstring("one sample"));
    CHECK_THROWS_WITH(continuous_batch(one, f, {.slots = 0}), ContainsSubstring("slots = 0"));
    CHECK_THROWS_WITH(continuous_batch(one, f, {.slots = 4, .sizes = {2, 2, 4}}),
                      ContainsSubstring("must rise"));
    CHECK_THROWS_WITH(continuous_batch(one, f, {.slots = 4, .sizes = {1, 2}}),
                      ContainsSubstring("largest batch size is 2"));
    continuous_batch batch(one, f, {.slots = 4}), other(one, f, {.slots = 4});
    const auto made = [&](const batched_walk_options& options) {
        return batch.make_walk(ten_steps(), ddim{}, noise_of(1), options);
    };
    CHECK_THROWS_WITH(made({.samples = 0}), ContainsSubstring("samples = 0"));
    CHECK_THROWS_WITH(made({.samples = 3, .guided = guidance{}}),
                      ContainsSubstring("3 samples with 2 slots for each, and the batch has 4"));
    // Twice as many are none, in the numbers of std::size_t.
    CHECK_THROWS_WITH(made({.samples = std::size_t{1} << 63, .guided = guidance{}}),
                      ContainsSubstring("9223372036854775808 samples"));
    CHECK_THROWS_WITH(batch.make_walk(ten_steps(), euler_cfg_pp{}, noise_of(1)),
                      ContainsSubstring("a batch hands on the first alone"));
    CHECK_THROWS_WITH(batch.make_walk(ten_steps(), any_solver(euler_cfg_pp{}), noise_of(1)),
                      ContainsSubstring("a batch hands on the first alone"));
    CHECK_THROWS_WITH(made({.rounds_before = -1}), ContainsSubstring("rounds_before is -1"));
    CHECK_THROWS_WITH(made({.guided = guidance{.scale = std::nan("")}}),
                      ContainsSubstring("guidance scale"));
    CHECK_THROWS_WITH(batch.make_walk(ten_steps(), ddim{}, {.samples = 1}),
                      ContainsSubstring("no noise source"));
    CHECK_THROWS_WITH(batch.make_walk(ten_steps(), ddim{.eta = -1}, noise_of(1)),
                      ContainsSubstring("eta"));
    CHECK_THROWS_WITH(other.join(made({})), ContainsSubstring("another batch"));
    CHECK_THROWS_WITH(batch.join(nullptr), ContainsSubstring("without a walk"));
    CHECK_THROWS_WITH(batch.round(std::nan("")), ContainsSubstring("time must be finite"));
    CHECK_THROWS_WITH(made({})->prediction(), ContainsSubstring("no prediction"));
    const auto of_times = [](const ArrayXXd& x, time_span, ArrayXXd& out) { out = x; };
    continuous_batch blind(one, of_times, {.slots = 4});
    CHECK_THROWS_WITH(blind.make_walk(ten_steps(), ddim{}, noise_of(1), {.condition = 2}),
                      ContainsSubstring("cannot know of a condition"));
    CHECK_THROWS_WITH(blind.make_walk(ten_steps(), ddim{}, noise_of(1), {.guided = guidance{}}),
                      ContainsSubstring("cannot know of a condition"));
}

TEST_CASE("a round is refused inside of a round, and so is cancel; join is not") {
    by_labels<ArrayXXd> f;
    std::function<void()> in_call;
    const auto network = [&](const ArrayXXd& x, label_span of, ArrayXXd& out) {
        if (in_call) in_call();
        f(x, of, out);
    };
    continuous_batch batch(ArrayXXd(5, 1), network, {.slots = 4});
    for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{2}})
        batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(seed)));
    in_call = [&] { batch.cancel(1); };
    CHECK_THROWS_WITH(batch.round(), ContainsSubstring("cancel(..) was called in a round"));
    in_call = [&] { batch.round(); };
    CHECK_THROWS_WITH(batch.round(), ContainsSubstring("round() was called in a round"));
    in_call = [&] { batch.round(1); };
    CHECK_THROWS_WITH(batch.round(), ContainsSubstring("round(..) was called in a round"));
    in_call = [&] {
        in_call = {};
        batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(3)));
    };
    while (!batch.idle()) batch.round();
    for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}})
        CHECK((batch.take_departed()->x() == one_alone(seed, ten_steps(), ddim{})).all());
    CHECK_FALSE(batch.cancel(1));  // allowed again
}

TEST_CASE("a walk whose x has another shape is refused, and stays the caller's") {
    by_labels<ArrayXXd> f;
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 3});
    for (const auto start : {batched_start::prior, batched_start::data, batched_start::state}) {
        auto walk = batch.make_walk(ten_steps(), ddim{}, noise_of(1), {.start = start});
        for (const auto& [rows, samples] : {std::pair{5, 400}, {5, 0}, {4, 1}, {1, 5}}) {
            walk->x() = ArrayXXd::Ones(rows, samples);
            CHECK_THROWS_WITH(batch.join(std::move(walk)), ContainsSubstring("x() of the walk"));
            REQUIRE(walk != nullptr);
            CHECK(walk->status() == batched_status::made);
        }
        walk->x() = ArrayXXd::Ones(5, 1);
        batch.join(std::move(walk));
    }
    while (!batch.idle()) batch.round();
    while (const auto walk = batch.take_departed())
        CHECK(walk->status() == batched_status::finished);
}

TEST_CASE("a walk of a batch that is gone does not join one at the same address") {
    by_labels<ArrayXXd> f;
    using made = continuous_batch<ArrayXXd, by_labels<ArrayXXd>&>;
    std::optional<made> batch;
    batch.emplace(ArrayXXd(50, 1), f, batch_options{.slots = 8});
    auto walk = batch->make_walk(ten_steps(), ddim{}, noise_of(1), {.samples = 8});
    batch.reset();
    batch.emplace(ArrayXXd(50, 1), f, batch_options{.slots = 8});
    CHECK_THROWS_WITH(batch->join(std::move(walk)), ContainsSubstring("another batch"));
    CHECK(walk != nullptr);
}

TEST_CASE("what the batch reads of a walk cannot be changed while it is there") {
    by_labels<ArrayXXd> f;
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 1});
    auto walk = batch.make_walk(ten_steps(), ddim{}, noise_of(1));
    auto* const held = walk.get();
    batch.join(std::move(walk));
    const auto is_refused = [&] {
        CHECK_THROWS_WITH(held->x(), ContainsSubstring("x() was called"));
        CHECK(std::as_const(*held).x().cols() == 1);
        CHECK_THROWS_WITH(held->set_deadline(1e9),
                          ContainsSubstring("set_deadline(..) was called"));
        CHECK_THROWS_WITH(held->set_condition(1),
                          ContainsSubstring("set_condition(..) was called"));
        CHECK_THROWS_WITH(held->reseed(1), ContainsSubstring("reseed(..) was called"));
    };
    is_refused();  // it waits
    batch.round();
    is_refused();  // it is active
    batch.cancel(held->ticket());
    held->x().setZero();  // it has left
    held->set_condition(1);
    held->set_deadline(1e9);
    held->reseed(2);
    batch.join(batch.take_departed());
    CHECK_THROWS_WITH(batch.round(), ContainsSubstring("call round(now)"));
    while (!batch.idle()) batch.round(0);
    batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(1)));
    CHECK(batch.round() == 1);
    const auto of_times = [](const ArrayXXd& x, time_span, ArrayXXd& out) { out = x; };
    continuous_batch blind(ArrayXXd(5, 1), of_times, {.slots = 1});
    auto other = blind.make_walk(ten_steps(), ddim{}, noise_of(1));
    other->set_condition(5);
    CHECK_THROWS_WITH(blind.join(std::move(other)),
                      ContainsSubstring("cannot know of a condition"));
}

TEST_CASE("a walk that joins again is at its first knot, whether it becomes active or not") {
    by_labels<ArrayXXd> f;
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 1});
    batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(1)));
    while (!batch.idle()) batch.round();
    const auto ticket = batch.join(batch.take_departed());
    CHECK(batch.find(ticket)->status() == batched_status::waiting);
    CHECK(batch.find(ticket)->index() == 0);
    CHECK(batch.find(ticket)->knot() == ten_steps().front());
    CHECK(batch.find(ticket)->evaluations() == 0);
    batch.cancel(ticket);
    const auto walk = batch.take_departed();
    CHECK(walk->index() == 0);
    CHECK(walk->evaluations() == 0);
}

namespace {
/// An engine that fails at its first number.
struct failing_engine {
    using result_type = std::uint64_t;
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return ~result_type{0}; }
    result_type operator()() { throw std::runtime_error("no more numbers"); }
};
}  // namespace

TEST_CASE("a walk that cannot start leaves as failed, and the next one takes its slots") {
    by_labels<ArrayXXd> f;
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 1});
    const auto ticket = batch.join(batch.make_walk(ten_steps(), ddim{}, failing_engine{}));
    batch.join(batch.make_walk(ten_steps(), ddim{}, noise_of(1)));
    CHECK(batch.round() == 1);
    const auto failed = batch.take_departed();
    CHECK(failed->ticket() == ticket);
    REQUIRE(failed->status() == batched_status::failed);
    CHECK_THROWS_WITH(std::rethrow_exception(failed->error()), ContainsSubstring("no more"));
    while (!batch.idle()) batch.round();
    CHECK((batch.take_departed()->x() == one_alone(1, ten_steps(), ddim{})).all());
}

TEST_CASE("a walk with a source that is not counted goes on where it was, unless it is reseeded") {
    by_labels<ArrayXXd> f;
    continuous_batch batch(ArrayXXd(5, 1), f, {.slots = 1});
    auto walk = batch.make_walk(ten_steps(), ddpm{}, std::mt19937_64(5));
    const auto walked = [&] {
        batch.join(std::move(walk));
        while (!batch.idle()) batch.round();
        walk = batch.take_departed();
        return walk->x();
    };
    const ArrayXXd first = walked();
    CHECK((walked() != first).any());
    walk->reseed(5);
    CHECK((walked() == first).all());
}

TEST_CASE("a step of too many calls ends its walk by a sentence, and no other one") {
    by_labels<ArrayXXd> f;
    std::size_t rounds = 0;
    const auto wild = [&](const ArrayXXd& x, label_span of, ArrayXXd& out) {
        f(x, of, out);
        out = (100 * out).sin();
    };
    continuous_batch batch(ArrayXXd(5, 1), predicts_data(wild), {.slots = 2});
    const grid one_step = karras(edm_path{}, 1, {.end = grid_end::least_noise});
    dormand_prince fine;
    fine.control.tolerated = {.absolute = 1e-10, .relative = 1e-10};
    const auto ticket = batch.join(batch.make_walk(one_step, fine, noise_of(1)));
    batch.join(batch.make_walk(trailing(linear_schedule(), 300), ddim{}, noise_of(2)));
    for (; !batch.idle(); ++rounds) batch.round();
    CHECK(rounds == 300);
    const auto failed = batch.take_departed();
    CHECK(failed->ticket() == ticket);
    REQUIRE(failed->status() == batched_status::failed);
    CHECK(failed->evaluations() == 256);
    CHECK_THROWS_WITH(
        std::rethrow_exception(failed->error()),
        ContainsSubstring("more than 256 calls") && ContainsSubstring("a grid of more steps"));
    CHECK(batch.take_departed()->status() == batched_status::finished);
}

TEST_CASE("a deterministic walk from a state needs no noise, and shows its prediction") {
    by_labels<ArrayXXd> f;
    continuous_batch batch(ArrayXXd(5, 1), predicts_data(f), {.slots = 2});
    auto walk = batch.make_walk(ten_steps(), dpm_solver_pp_2m{},
                                {.start = batched_start::state, .keep_prediction = true});
    CHECK_THROWS_WITH(walk->reseed(1), ContainsSubstring("takes no such seed"));
    const request r{0, 3, 0, {.start = batched_start::state}};
    walk->x() = begin_of<ArrayXXd>(r);
    const auto ticket = batch.join(std::move(walk));
    ArrayXXd expected(5, 1);
    for (int i = 0; i < 9; ++i) {
        const auto* before = batch.find(ticket);
        ArrayXXd x = before->x();
        alone<ArrayXXd>{}(x, before->knot().t, expected);
        batch.round();
        CHECK((batch.find(ticket)->prediction() == expected).all());
    }
    batch.round();
    CHECK((batch.take_departed()->x() ==
           walked_alone<ArrayXXd>(r, {ten_steps(), dpm_solver_pp_2m{}}, [](auto&& g) {
               return predicts_data(std::forward<decltype(g)>(g));
           })).all());
}

namespace {

/// Frames of one sequence: each is a walk of one element, in the order of their tickets. Exact
/// where the sequence is normal with this covariance: the network sees all frames and their noise
/// levels.
struct frames_network {
    Eigen::MatrixXd covariance;

    void operator()(const ArrayXXd& x, label_span of, ArrayXXd& D) const {
        const Eigen::Index n = x.cols();
        Eigen::MatrixXd noisy = covariance.topLeftCorner(n, n);
        for (Eigen::Index i = 0; i < n; ++i)
            noisy(i, i) += of[std::size_t(i)].time * of[std::size_t(i)].time;
        D = (covariance.topLeftCorner(n, n) * noisy.lu().solve(x.matrix().transpose()))
                .transpose()
                .array();
    }
};

/// The covariance of the frames that come out, if frame i begins i * lag rounds later; from what
/// each frame's noise alone becomes, as the walk is linear.
Eigen::MatrixXd walked_frames(const Eigen::MatrixXd& covariance, int steps, int lag) {
    const auto n = covariance.rows();
    const grid knots = karras(edm_path{}, steps,
                              {.sigma_min = 1e-3, .sigma_max = 300, .end = grid_end::least_noise});
    const frames_network f{covariance};
    Eigen::MatrixXd out(n, n);
    for (Eigen::Index noisy = 0; noisy < n; ++noisy) {
        continuous_batch batch(ArrayXXd(1, 1), predicts_data(f), {.slots = std::size_t(n)});
        for (Eigen::Index i = 0; i < n; ++i) {
            auto frame = batch.make_walk(knots, dpm_solver_pp_2m{},
                                         {.start = batched_start::state,
                                          .rounds_before = lag * int(i),
                                          .rounds_after = lag * int(n - 1 - i)});
            frame->x() = i == noisy ? knots.front().sigma : 0.0;
            batch.join(std::move(frame));
        }
        int rounds = 0;
        for (; !batch.idle(); ++rounds) CHECK(batch.round() == std::size_t(n));
        CHECK(rounds == steps + lag * int(n - 1));
        for (Eigen::Index i = 0; i < n; ++i) out(i, noisy) = batch.take_departed()->x()(0, 0);
    }
    return out * out.transpose();
}

}  // namespace

TEST_CASE("frames at noise levels of their own, as in diffusion forcing, have the right law") {
    Eigen::MatrixXd covariance(4, 4);
    for (Eigen::Index i = 0; i < 4; ++i)
        for (Eigen::Index k = 0; k < 4; ++k) covariance(i, k) = std::pow(0.8, std::abs(i - k));
    const auto error = [&](int steps, int lag) {
        return (walked_frames(covariance, steps, lag) - covariance).cwiseAbs().maxCoeff();
    };
    // All frames at once, a pyramid of noise levels, and one frame after the other.
    for (const int lag : {0, 10, 40, 200}) {
        INFO("lag " << lag);
        const double coarse = error(200, lag), fine = error(400, lag);
        INFO("errors " << coarse << ", " << fine);
        CHECK(fine < 0.003);
        CHECK((fine < 0.7 * coarse || coarse < 1e-4));
    }
}
