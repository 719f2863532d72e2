/// Random configurations of discrete walks, and now and then one of `restore`: what they are, and
/// how they end. See ../README.md.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete.hpp>
#include <fokker/fokker.hpp>

#include "configuration.hpp"
#include "dice.hpp"
#include "lists.hpp"

namespace fokker_random {
namespace {

namespace discrete = fokker::discrete;

struct wrong : std::logic_error {
    using std::logic_error::logic_error;
};
template <class... Parts>
void expect(bool good, const Parts&... parts) {
    if (good) return;
    std::ostringstream text;
    (text << ... << parts);
    throw wrong(text.str());
}
/// The network of this test throws it.
struct network_failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class fault { none, throws, nan, infinity, nothing, shape, mask };

/// What a network says: numbers that depend on the state, the position and the time.
struct brain {
    int classes = 1, excluded = -1;
    double size = 1.0;  // of its logits
    bool takes_no_time = false;
    fault fails = fault::none;
    int fails_at = 0, calls = 0;

    template <class X, class Logits>
    void operator()(const X& x, double t, Logits& logits) {
        auto* const to = logits.data();
        const auto* const states = x.data();
        using number = std::remove_cvref_t<decltype(*to)>;
        const auto count = static_cast<std::size_t>(x.size());
        for (std::size_t i = 0; i < count; ++i)
            for (int k = 0; k < classes; ++k) {
                const auto left = static_cast<double>(states[i == 0 ? count - 1 : i - 1]);
                to[i * static_cast<std::size_t>(classes) + static_cast<std::size_t>(k)] =
                    static_cast<number>(size * std::sin(1.0 + 1.3 * k + 0.7 * left +
                                                        0.11 * static_cast<double>(i) +
                                                        (takes_no_time ? 0.0 : 2.0 * t)));
            }
        if (calls++ != fails_at || fails == fault::none) return;
        const std::size_t row = count / 2 * static_cast<std::size_t>(classes);
        const auto fill = [&](double value) {
            for (int k = 0; k < classes; ++k)
                to[row + static_cast<std::size_t>(k)] = static_cast<number>(value);
        };
        constexpr double infinity = std::numeric_limits<double>::infinity();
        if (fails == fault::throws) throw network_failure("the network failed");
        if (fails == fault::nan) fill(std::numeric_limits<double>::quiet_NaN());
        if (fails == fault::infinity) to[row] = static_cast<number>(infinity);
        if (fails == fault::nothing) fill(-infinity);
        if (fails == fault::shape) logits.resize(logits.rows() + 1, logits.cols());
        if (fails == fault::mask) {
            fill(-infinity);
            if (excluded >= 0 && excluded < classes)
                to[row + static_cast<std::size_t>(excluded)] = static_cast<number>(0.0);
        }
    }
};

/// The first words of a message, without numbers, for the table.
std::string first_words(const std::string& message) {
    std::string words;
    int count = 0;
    for (const char c : message.substr(message.rfind("fokker: ", 0) == 0 ? 8 : 0)) {
        if ((c == ' ' && ++count == 5) || c == ';' || c == ':') break;
        if (c < '0' || c > '9')
            words += c;
        else if (words.empty() || words.back() != '#')
            words += '#';
    }
    return words;
}

/// How a walk is begun.
enum class start { as_it_is, prior, data };

struct plan {
    fokker::grid walk = fokker::flow(1);
    discrete::says says = discrete::says::classes;
    discrete::draw_options draws;
    std::vector<unsigned char> known;
    bool timeless = false;
    std::string sampler;
    std::uint64_t seed = 0;
    start begins = start::prior;
    std::vector<std::int64_t> x;
    Eigen::Index elements = 1, samples = 1;
    double scale = 1.0;
    int block = 0;
};

fokker::grid draw_walk(draw& d) {
    const int steps = d.note("steps", d.of({1, 2, 3, 5, 9}));
    switch (d.note("grid", d.whole(0, 6))) {
        case 0:
            return fokker::linspace(fokker::flow_path{}, steps);
        case 1:
            return fokker::flow(steps, {.shift = d.size(0.1, 10)});
        case 2:
            return fokker::flow(steps + 4).from_strength(d.number("strength", d.real(0.3, 1.0)));
        case 3: {
            std::vector<fokker::knot> knots;
            double alpha = d.one_in(2) ? 0.0 : d.real(0.0, 0.3);
            for (int i = 0; i <= steps; ++i) {
                knots.push_back({1.0 - alpha, alpha, 1.0 - alpha});
                alpha += (1.0 - alpha) * d.real(0.01, 0.9);
            }
            return fokker::grid(std::move(knots));
        }
        case 4:
            if (d.one_in(4)) return fokker::linspace(fokker::vp_path{}, steps);  // alpha + sigma
            return fokker::flow(steps);
        default:
            return fokker::flow(steps);
    }
}

/// Any sampler of the catalogue, now and then with another option.
discrete::any_sampler draw_sampler(draw& d, const std::string& name) {
    discrete::any_sampler made = discrete::ancestral{};
    discrete::for_each_named_sampler([&](auto entry) {
        if (entry.name != name) return;
        auto& s = entry.sampler;
        if constexpr (requires { s.eta; }) s.eta = d.number("eta", s.eta);
        if constexpr (requires { s.detour; })
            if (d.one_in(3)) s.detour = d.number("detour", d.size(0.01, 10));
        if constexpr (requires { s.bound; }) s.bound = d.number("bound", d.size(0.01, 10));
        if constexpr (requires { s.noise; })
            if (d.one_in(3)) s.noise = d.number("noise", d.size(0.01, 100));
        if constexpr (requires { s.moves; }) s.moves = d.count("moves", d.whole(0, 3));
        if constexpr (requires { s.at_once; }) s.at_once = d.count("at_once", d.whole(1, 3));
        made = s;
    });
    return made;
}

template <class X>
std::vector<std::int64_t> values_of(const X& x) {
    std::vector<std::int64_t> all;
    for (Eigen::Index i = 0; i < x.size(); ++i) all.push_back(static_cast<std::int64_t>(x(i)));
    return all;
}

/// Runs a configuration with one element type, type of logits and process. Returns what is counted.
template <class Token, class Logit, bool guided, class Process>
std::string walk(draw& d, const plan& p, const discrete::any_sampler& sampler, brain mind,
                 const Process& process) {
    using states = Eigen::Array<Token, Eigen::Dynamic, Eigen::Dynamic>;
    using logits = Eigen::Array<Logit, Eigen::Dynamic, Eigen::Dynamic>;
    brain other = mind;
    other.fails = fault::none;
    const auto model_of = [&](brain& network) {
        const auto wrapped = [&] {
            if constexpr (guided)
                return discrete::guided<logits>(network, other, {.scale = p.scale});
            else
                return std::ref(network);
        };
        auto m = discrete::predicts_classes<logits>(wrapped(), mind.classes);
        m.says = p.says;
        m.known = p.known;
        m.takes_no_time = p.timeless;
        return std::move(m).drawn_by(p.draws);
    };
    const auto fresh = [&] {
        states x(p.elements, p.samples);
        for (Eigen::Index i = 0; i < x.size(); ++i)
            x(i) = static_cast<Token>(p.x[static_cast<std::size_t>(i)]);
        return x;
    };
    // Begins, and takes steps until the end; f looks at the run before each.
    const auto walked = [&](states& x, brain& network, const auto& f) {
        const states given = x;
        discrete::run r(x, model_of(network), process, p.walk, sampler,
                        fokker::philox{.seed = p.seed});
        if (p.begins == start::prior) r.start_from_prior();
        if (p.begins == start::data) r.start_from_data();
        if (p.block > 0)
            r.within(static_cast<std::size_t>(p.elements / 2), static_cast<std::size_t>(p.block));
        while (!r.done()) {
            f(r);
            const states before = x;
            try {
                r.step();
            } catch (...) {
                expect((x == before).all(), "a step that threw moved the state");
                throw;
            }
        }
        for (std::size_t i = 0; i < p.known.size(); ++i)
            if (p.known.size() == static_cast<std::size_t>(x.size()) && p.known[i])
                expect(x(static_cast<Eigen::Index>(i)) == given(static_cast<Eigen::Index>(i)),
                       "a known position moved");
        return r.evaluations();
    };
    const auto nothing = [](auto&) {};
    states x = fresh();
    const bool fails = mind.fails != fault::none;
    try {
        walked(x, mind, nothing);
    } catch (const network_failure&) {
        expect(fails, "the network of no fault failed");
        // The run goes on after it, to where it goes without.
        states with = fresh(), without = fresh();
        brain again = mind, sound = mind;
        again.calls = 0;
        sound.fails = fault::none;
        discrete::run r(with, model_of(again), process, p.walk, sampler,
                        fokker::philox{.seed = p.seed});
        if (p.begins == start::prior) r.start_from_prior();
        if (p.begins == start::data) r.start_from_data();
        if (p.block > 0)
            r.within(static_cast<std::size_t>(p.elements / 2), static_cast<std::size_t>(p.block));
        while (!r.done()) {
            try {
                r.step();
            } catch (const network_failure&) {}
        }
        walked(without, sound, nothing);
        expect((with == without).all(), "a walk that failed on its way went elsewhere");
        return "went on after a failure";
    } catch (const fokker::network_error&) {
        // Of log ratios as large as these the exponential is infinite.
        const bool overflows = mind.size > 300 && (p.says == discrete::says::ratios ||
                                                   p.says == discrete::says::rates);
        // A value that the process cannot have made, in the words of the network, has no ratios.
        bool one_kind = false;
        if constexpr (requires { process.masked.share; })
            one_kind = process.masked.share == 0 || process.masked.share == 1;
        if (!fails && !overflows && !one_kind && !d.is_huge())
            throw wrong("a sound network was blamed");
        throw;
    }
    const int values = process.states(mind.classes);
    for (const std::int64_t each : values_of(x))
        expect(each >= 0 && each < values, "the state has ", each, " of ", values, " values");
    if (p.walk[p.walk.size() - 1].alpha == 1 && p.block == 0)
        for (const std::int64_t each : values_of(x))
            expect(each != process.excluded(), "a mask was left");
    if (fails) return "a fault without effect";
    // The same again, and from a checkpoint.
    states twice = fresh();
    mind.calls = 0;
    std::stringstream file;
    const int at = d.whole(0, p.walk.steps() - 1);
    walked(twice, mind, [&](auto& r) {
        if (r.index() == at) r.checkpoint().write(file);
    });
    expect((x == twice).all(), "the same walk went elsewhere");
    if (p.block == 0) {
        states resumed = fresh();
        discrete::run r(resumed, model_of(mind), process, p.walk, sampler,
                        fokker::philox{.seed = p.seed});
        r.resume(fokker::checkpoint::read(file));
        while (!r.done()) r.step();
        expect((x == resumed).all(), "the resumed walk went elsewhere");
    }
    return "a legal state";
}

/// The matrices of a walk over so many classes.
discrete::transition_matrices draw_matrices(draw& d, int classes, int count) {
    std::vector<Eigen::MatrixXd> steps;
    for (int t = 0; t < count; ++t) {
        Eigen::MatrixXd q(classes, classes);
        for (int i = 0; i < classes; ++i) {
            for (int j = 0; j < classes; ++j) q(i, j) = d.real(0.0, 1.0) + (i == j ? 3.0 : 0.0);
            q.row(i) /= q.row(i).sum();
        }
        if (t + 1 == count) q.rowwise() = q.row(0).eval();
        steps.push_back(q);
    }
    return discrete::transition_matrices(steps);
}

template <class Token, class Logit, bool guided>
std::string with_types(draw& d, plan& p, const discrete::any_sampler& sampler, brain& mind,
                       int process, bool inner_mask) {
    // The mask is the number after the last class, or a class.
    const int mask = inner_mask && mind.classes > 1 ? d.whole(0, mind.classes - 1) : mind.classes;
    const auto fill = [&](const auto& made) {
        mind.excluded = made.excluded();
        for (auto& each : p.x) {
            each = d.whole(0, made.states(mind.classes) - 1);
            if (p.begins == start::data && each == made.excluded() && !d.one_in(50))
                each = each > 0 ? each - 1 : 1;
        }
        if (p.begins == start::as_it_is && made.excluded() >= 0 && d.one_in(2))
            for (auto& each : p.x) each = made.excluded();
        for (std::size_t i = 0; i < p.known.size() && !d.one_in(50); ++i)
            if (p.known[i] && i < p.x.size() && p.x[i] == made.excluded()) p.known[i] = 0;
        if (d.one_in(60)) p.x[0] = made.states(mind.classes);  // what no position can have
    };
    const auto go = [&](const auto& made) {
        fill(made);
        return walk<Token, Logit, guided>(d, p, sampler, mind, made);
    };
    if (process == 0) return go(discrete::absorbing{.mask = mask});
    if (process == 1) return go(discrete::uniform{});
    if (process == 2)
        return go(discrete::mask_and_uniform<>{
            .mask = mask, .masked = {.share = d.number("share", d.real(0.0, 1.0))}});
    const int classes = std::min(mind.classes, 6) + (d.one_in(40) ? 1 : 0);
    mind.classes = std::min(mind.classes, 6);
    const discrete::transition_matrices made = draw_matrices(d, std::max(classes, 2), 9);
    if (!d.one_in(20)) p.walk = made.walk(d.whole(1, 9));
    return go(made);
}

std::string discrete_walk(draw& d) {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        discrete::for_each_named_sampler([&](const auto& entry) { all.emplace_back(entry.name); });
        return all;
    }();
    plan p;
    brain mind;
    const int process = d.note("process", d.whole(0, 3));
    p.sampler = d.note("sampler", names[d.index(names.size())]);
    if (!d.one_in(4)) {  // one that fits, by the catalogue
        const auto fitting = process == 0 ? discrete::sampler_names(discrete::absorbing{})
                             : process == 1
                                 ? discrete::sampler_names(discrete::uniform{})
                                 : discrete::sampler_names(discrete::mask_and_uniform<>{});
        p.sampler = d.note("sampler", std::string(fitting[d.index(fitting.size())]));
    }
    const discrete::any_sampler sampler = draw_sampler(d, p.sampler);
    p.walk = draw_walk(d);
    mind.classes = d.note("classes", d.of({1, 2, 3, 5, 26, 100, 127, 256, 1000}));
    if (d.one_in(3)) mind.size = d.note("size", d.size(0.1, 1e4));
    p.elements = d.note("elements", d.whole(1, 7));
    p.samples = d.note("samples", d.whole(1, 4));
    p.x.resize(static_cast<std::size_t>(p.elements * p.samples));
    using discrete::says;
    if (!d.one_in(2))
        p.says = d.of({says::classes, says::classes_left_out, says::ratios, says::rates});
    d.note("says", static_cast<int>(p.says));
    if (d.one_in(4)) {
        p.draws.temperature = d.number("temperature", d.of({0.0, 0.3, 1.0, 2.0}));
        p.draws.top_k = d.count("top_k", d.whole(0, 4));
        p.draws.top_p = d.number("top_p", d.real(0.1, 1.0));
    }
    if (d.one_in(3)) {
        p.known.resize(p.x.size());
        for (auto& each : p.known) each = d.one_in(3);
        if (d.one_in(20)) p.known.pop_back();
        d.say("known");
    }
    p.timeless = p.sampler == "first-hitting" ? !d.one_in(5) : d.one_in(4);
    mind.takes_no_time = p.timeless;
    p.begins = d.of({start::as_it_is, start::prior, start::prior, start::data});
    d.note("begins", static_cast<int>(p.begins));
    p.seed = d.bits();
    if (p.elements > 1 && d.one_in(6)) p.block = 1;
    if (d.one_in(3)) {
        mind.fails = d.of({fault::throws, fault::throws, fault::nan, fault::infinity,
                           fault::nothing, fault::shape, fault::mask});
        mind.fails_at = d.whole(0, p.walk.steps());
        d.note("fault", static_cast<int>(mind.fails));
    }
    p.scale = d.of({0.0, 1.0, 2.0, -1.0});
    const bool inner_mask = d.one_in(3);
    switch (d.note("types", d.whole(0, 2))) {
        case 0:
            return with_types<int, float, false>(d, p, sampler, mind, process, inner_mask);
        case 1:
            return with_types<std::uint8_t, double, true>(d, p, sampler, mind, process, inner_mask);
        default:
            mind.size = std::min(mind.size, 1e3);
            return with_types<std::int64_t, Eigen::half, false>(d, p, sampler, mind, process,
                                                                inner_mask);
    }
}

/// Data of a few numbers, restored to a point from any degradation.
std::string restoration(draw& d) {
    const fokker::grid knots = draw_walk(d);
    const int size = d.note("size", d.whole(1, 5)), how = d.note("how", d.whole(0, 2)),
              fails_at = d.note("fails_at", d.whole(-1, 2 * knots.steps()));
    const double data = d.real(-2.0, 2.0);
    int calls = 0;
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(size, d.real(-1.0, 1.0)), seen = x;
    const auto count = [&] {
        if (calls++ == fails_at) throw network_failure("it failed");
    };
    const auto network = [&](const Eigen::ArrayXd& state, double, Eigen::ArrayXd& x0) {
        seen = state;
        count();
        x0.setConstant(size, data);
    };
    const auto degrade = [&](const Eigen::ArrayXd& x0, const fokker::knot& at,
                             const fokker::step_numbers& numbers, Eigen::ArrayXd& out) {
        count();
        out.resize(x0.size());
        numbers.normals(out);
        out = at.alpha * x0 + at.sigma * out;
    };
    const auto move = [&](const Eigen::ArrayXd&, const Eigen::ArrayXd& x0, const fokker::knot&,
                          const fokker::knot& to, const fokker::step_numbers& numbers,
                          Eigen::ArrayXd& out) { degrade(x0, to, numbers, out); };
    const fokker::philox noise{.seed = d.bits()};
    try {
        if (how == 0) fokker::restore(x, network, knots, fokker::renoised{degrade}, noise);
        if (how == 1) fokker::restore(x, network, knots, fokker::cold{degrade}, noise);
        if (how == 2) fokker::restore(x, network, knots, fokker::moved_by{move}, noise);
    } catch (const network_failure&) {
        expect((x == seen).all(), "a step of restore that threw moved the state");
        return "restore failed, and the state is that of the knot before";
    }
    expect(x.allFinite(), "restore ended at no number");
    if (how != 1 && knots[knots.size() - 1].sigma == 0)
        expect(((x - data).abs() < 1e-12).all(), "restored data are not the data");
    return "restored";
}

}  // namespace

outcome examine(std::uint64_t seed, std::uint64_t number) {
    outcome o;
    draw d(seed, number);
    try {
        o.word = d.one_in(10) ? restoration(d) : discrete_walk(d);
    } catch (const wrong& e) { o.wrong = e.what(); } catch (const fokker::error& e) {
        o.word = "error: " + first_words(e.what());
        if (std::string_view(e.what()).substr(0, 8) != "fokker: ")
            o.wrong = std::string("an error that does not say whose it is: ") + e.what();
    } catch (const fokker::network_error&) {
        o.word = "network_error";
    } catch (const std::exception& e) { o.wrong = std::string("another exception: ") + e.what(); }
    o.configuration = d.words();
    return o;
}

/// Every sampler of the catalogue is drawn, by its name.
std::vector<std::string> gaps(const std::vector<std::string>&) { return {}; }

}  // namespace fokker_random
