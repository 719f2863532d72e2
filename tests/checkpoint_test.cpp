// Stopping, going on elsewhere, and repeating a step that failed: what the network and the noise
// keep from call to call comes along. That the solvers' own does is a property of each of them.
#include <fokker/checkpoint.hpp>

#include <Eigen/Core>
#include <cstddef>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/data_network.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/model/probed_network.hpp>
#include <fokker/noise/per_sample.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/prior_and_steps.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/noise/torch_cuda.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/exponential_multistep.hpp>
#include <fokker/solver/heun.hpp>
#include <fokker/solver/sa_solver.hpp>
#include <fokker/solver/unipc.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

const grid six = karras(vp_path{}, 6);
const auto half = [](const ArrayXXd& x, double, ArrayXXd& out) { out = 0.5 * x; };
const auto third = [](const ArrayXXd& x, double, ArrayXXd& out) { out = x / 3; };

/// The call, counted over all networks, at which `failing` throws; and calls so far.
struct failure {
    int at = -1, calls = 0;
};

auto failing(failure& f) {
    return [&f](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        if (f.calls++ == f.at) throw f.at;
        out = x * (k.alpha + 0.25);
    };
}

/// To the end, whatever fails on the way.
void finish(auto& r) {
    while (!r.done()) try {
            r.step();
        } catch (int) {}
}

/// A walk that is stopped at every knot and goes on in another run, with another model and another
/// source; and one whose network fails in each call. `make_model(network)` puts a model around one.
template <class Solver = heun>
void check(const auto& make_model, const auto& make_source, const Solver& solver = {.s_churn = 4},
           const ArrayXXd& state = ArrayXXd::Zero(30, 2)) {
    const auto walked = [&](failure& f) {
        auto model = make_model(failing(f));
        auto source = make_source();
        ArrayXXd x = state;
        run r(x, model, six, solver, source);
        r.start_from_prior();
        finish(r);
        return x;
    };
    failure none;
    const ArrayXXd wanted = walked(none);
    for (int at = 0; at < none.calls; ++at) {
        failure f{at};
        CHECK((walked(f) == wanted).all());
        CHECK(f.calls > none.calls);
    }

    for (int at = 0; at < six.steps(); ++at) {
        std::stringstream file;
        {
            auto model = make_model(failing(none));
            auto source = make_source();
            ArrayXXd x = state;
            run r(x, model, six, solver, source);
            r.start_from_prior();
            while (r.index() < at) r.step();
            r.checkpoint().write(file);
        }
        // Stopped again before it does anything, or failing in one of its first calls.
        const checkpoint here = checkpoint::read(file);
        for (const int fails : {-1, 0, 1}) {
            failure f{fails};
            auto model = make_model(failing(f));
            auto source = make_source();
            ArrayXXd x = state;
            run r(x, model, six, solver, source);
            r.resume(here);
            r.resume(r.checkpoint());
            CHECK(r.index() == at);
            finish(r);
            CHECK((x == wanted).all());
        }
    }
}

const auto plain = [](auto network) { return predicts_data(std::move(network)); };
const auto counted = [] { return philox{.seed = 3}; };

}  // namespace

TEST_CASE("every source of noise goes on where it was") {
    check(plain, counted);
    check(plain, [] { return std::mt19937(3); });
    check(plain, [] { return torch_cpu(3); });
    check(plain, [] { return torch_cuda(3, {.multiprocessors = 4, .threads = 1024}); });
    check(plain, [] { return per_sample<torch_cpu>({torch_cpu(3), torch_cpu(4)}); });
    check(plain, [] { return prior_and_steps(philox{.seed = 3}, torch_cpu(4)); });
    check(plain, [] {
        std::vector<ArrayXXd> draws;
        for (int i = 0; i < 7; ++i) draws.push_back(ArrayXXd::Constant(30, 2, 0.25 * i - 0.5));
        return recorded(std::move(draws));
    });
    check(plain, [] { return recording(torch_cpu(3)); });
}

TEST_CASE("what a solver looks back on comes along, memories among it") {
    check(plain, counted, deis<3>{});
    check(plain, counted, sa_solver<2, 2>{});
}

TEST_CASE("where normals are made by twos, the second one waits for the next draw all the same") {
    const ArrayXXd odd = ArrayXXd::Zero(5, 1);
    const auto engine = [] { return std::mt19937(3); };
    const auto generator = [] { return torch_cpu(3); };
    check(plain, engine, heun{.s_churn = 4}, odd);
    check(plain, generator, heun{.s_churn = 4}, odd);
}

TEST_CASE("a recording forgets what a failed step drew") {
    failure f{7};
    const auto failing = [&f](const ArrayXXd& x, double, ArrayXXd& out) {
        if (f.calls++ == f.at) throw f.at;
        out = 0.5 * x;
    };
    ArrayXXd x(30, 2);
    recording source(philox{.seed = 3});
    run r(x, predicts_data(failing), six, heun{.s_churn = 4}, source);
    r.start_from_prior();
    while (!r.done()) try {
            r.step();
        } catch (int) {}
    CHECK(f.calls == 11 + 2);  // the step anew from its first call
    CHECK(source.draws().size() == 1 + 6);
}

TEST_CASE("guidance's momentum goes on where it was, through wrappers, too") {
    const guidance options{.scale = 3.0, .projection = {.momentum = -0.5}};
    const auto guided_by_half = [=](auto network) {
        return guided(std::move(network), half, options);
    };
    check([=](auto network) { return predicts_data(guided_by_half(std::move(network))); }, counted);
    check(
        [=](auto network) {
            return predicts_data(
                guided(guided_by_half(std::move(network)), third, guidance{.scale = 2.0}));
        },
        counted);
    check(
        [=](auto network) {
            return predicts_data(
                guided_batch([network](const ArrayXXd& x, const knot& k,
                                       ArrayXXd& out) mutable { network(x, k, out); },
                             options, batch_order::conditional_first));
        },
        counted);
}

namespace {

/// Its output depends on how often it was called. It may fail once.
struct counting {
    int calls = 0;
    int fails_at = -1;
    void operator()(const ArrayXXd& x, double, ArrayXXd& out) {
        out = x / ++calls;
        if (calls != fails_at) return;
        fails_at = -1;
        throw calls;
    }
    template <class Archive>
    void memory(Archive& archive) {
        archive(calls);
    }
};

}  // namespace

TEST_CASE("a network of one's own says what it keeps, behind std::ref, too") {
    counting network, other;
    ArrayXXd x(3, 1), y(3, 1);
    run r(x, predicts_data(std::ref(network)), six, ddpm{}, philox{.seed = 3});
    r.start_from_prior();
    while (r.index() < 4) r.step();
    const checkpoint here = r.checkpoint();
    run s(y, predicts_data(other), six, ddpm{}, philox{.seed = 3});
    s.resume(here);
    CHECK(other.calls == 4);
    while (!r.done()) r.step();
    while (!s.done()) s.step();
    CHECK((x == y).all());
}

TEST_CASE("what a network keeps comes along wherever it stands in a model") {
    const auto check_one = [](const auto& make_model) {
        counting network, other, failing{.fails_at = 5};
        ArrayXXd x(3, 1), y(3, 1), z(3, 1);
        run r(x, make_model(std::ref(network)), six, ddpm{}, philox{.seed = 3});
        run s(y, make_model(std::ref(other)), six, ddpm{}, philox{.seed = 3});
        r.start_from_prior();
        while (r.index() < 4) r.step();
        s.resume(r.checkpoint());
        CHECK(network.calls >= 4);
        CHECK(other.calls == network.calls);
        CHECK(s.evaluations() == r.evaluations());
        while (!r.done()) r.step();
        while (!s.done()) s.step();
        CHECK((x == y).all());

        run t(z, make_model(std::ref(failing)), six, ddpm{}, philox{.seed = 3});
        t.start_from_prior();
        while (!t.done()) try {
                t.step();
            } catch (int) {}
        CHECK(failing.fails_at == -1);
        CHECK(failing.calls == network.calls);
        CHECK((x == z).all());
    };
    const guidance options{.scale = 2.0};
    check_one([&](auto f) { return predicts_data(guided(std::move(f), half, options)); });
    check_one([&](auto f) { return predicts_data(guided(half, std::move(f), options)); });
    check_one([&](auto f) {
        return predicts_data(guided_batch(std::move(f), options, batch_order::conditional_first));
    });
    check_one([](auto f) { return predicts_data(as_data_network(predicts_noise(std::move(f)))); });
    check_one([](auto f) { return with_probes(predicts_data(std::move(f))); });
    check_one([](auto f) { return predicts_data(half).guided_by(std::move(f)); });
}

TEST_CASE("a run is resumed after a network that failed has taken or shrunk its array") {
    ArrayXXd taken;
    double leaves = 0;  // of the array, in place of all
    bool fails = false;
    const auto network = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        if (fails) {
            taken.swap(out);
            out.resize(Eigen::Index(leaves * double(x.rows())), x.cols());
            throw 1;
        }
        out = x * (k.alpha + 0.25);
    };
    ArrayXXd x(5, 2), y(5, 2);
    run r(x, network, six, unipc<3>{}, philox{.seed = 3});
    r.start_from_prior();
    while (r.index() < 4) r.step();
    const checkpoint here = r.checkpoint();
    finish(r);
    for (const double part : {1.0, 0.5, 0.0}) {
        leaves = part;
        run s(y, network, six, unipc<3>{}, philox{.seed = 3});
        s.start_from_prior();
        while (s.index() < 3) s.step();
        fails = true;
        CHECK_THROWS_AS(s.step(), int);
        fails = false;
        s.resume(here);
        taken.setConstant(1e9);
        finish(s);
        CHECK((x == y).all());
    }
}

TEST_CASE("a checkpoint is refused by another run, by what differs") {
    ArrayXXd x(5, 2);
    run r(x, half, six, unipc<3>{}, philox{});
    r.start_from_prior();
    const checkpoint here = r.checkpoint();
    const auto refused = [&](auto&& y, const auto& network, const grid& walk, auto solver,
                             const char* why) {
        run other(y, network, walk, solver, philox{});
        CHECK_THROWS_WITH(other.resume(here), ContainsSubstring(why));
    };
    ArrayXXd wide(5, 3), tall(6, 2);
    Eigen::ArrayXXf narrow(5, 2);
    refused(x, half, six, unipc<2>{}, "from a run with the solver fokker::unipc<3>");
    refused(x, half, six, heun{}, "this one has fokker::heun");
    refused(wide, half, six, unipc<3>{}, "samples: 2, and this one has 3");
    refused(tall, half, six, unipc<3>{}, "elements in a sample: 5, and this one has 6");
    refused(
        narrow, [](const auto& in, double, auto& out) { out = in; }, six, unipc<3>{},
        "the element type double, and this one has float");
    refused(x, half, karras(vp_path{}, 7), unipc<3>{}, "steps: 6, and this one has 7");
    refused(x, half, karras(vp_path{}, 6, {.rho = 5.0}), unipc<3>{}, "another grid");
    std::vector<knot> moved(six.begin(), six.end());
    moved[2].sigma *= 1.001;
    refused(x, half, grid(moved), unipc<3>{}, "another grid");
    // The same knots, with the same labels, and other times, or none.
    const std::vector<knot> same(six.begin(), six.end());
    refused(x, half, grid(same), unipc<3>{},
            "from a run on a grid with a path, and this grid of the same knots has none");
    refused(x, half, grid(same, vp_path{.beta_min = 0.2}), unipc<3>{},
            "from a run on another path");
    CHECK_NOTHROW(run(x, half, grid(same, vp_path{}), unipc<3>{}, philox{}).resume(here));
    CHECK_NOTHROW(r.resume(here));
}

TEST_CASE("a checkpoint is for programs that are compiled for another machine, too") {
    ArrayXXd x(5, 2);
    run r(x, half, six, unipc<3>{}, philox{});
    CHECK(r.checkpoint().belongs_to().solver.rfind("fokker::unipc<3", 0) == 0);
}

TEST_CASE("a checkpoint of another network or source is not taken for this one's") {
    ArrayXXd x(5, 2);
    run r(x, half, six, ddpm{}, torch_cpu(3));
    r.start_from_prior();
    run other(x, half, six, ddpm{}, philox{});
    CHECK_THROWS_WITH(other.resume(r.checkpoint()), ContainsSubstring("more than this run keeps"));
    other.start_from_prior();
    CHECK_THROWS_WITH(r.resume(other.checkpoint()), ContainsSubstring("ends too early"));
}

TEST_CASE("a file that is cut or damaged, or none of ours, is refused") {
    ArrayXXd x(5, 2);
    run r(x, half, six, unipc<2>{}, philox{});
    r.start_from_prior();
    r.step();
    std::stringstream file;
    r.checkpoint().write(file);
    const std::string whole = file.str();
    const auto read = [](const std::string& bytes) {
        std::stringstream in(bytes);
        return checkpoint::read(in);
    };
    CHECK(read(whole).index() == 1);
    for (std::size_t size = 0; size < whole.size(); size += 7)
        CHECK_THROWS_AS(read(whole.substr(0, size)), error);
    for (std::size_t i = 0; i < whole.size(); i += 5) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ 4);
        CHECK_THROWS_AS(read(damaged), error);
    }
    CHECK_THROWS_AS(read(std::string(1000, 'x')), error);
    std::stringstream closed;
    closed.setstate(std::ios::badbit);
    CHECK_THROWS_WITH(r.checkpoint().write(closed), ContainsSubstring("could not be written"));
}
