#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "configuration.hpp"
#include "solvers.hpp"

namespace fokker_random {
namespace {

/// Something ended as it never should.
struct wrong : std::logic_error {
    using std::logic_error::logic_error;
};

template <class... Parts>
void expect(bool good, const Parts&... parts) {
    if (good) return;
    std::ostringstream text;
    text.precision(9);
    (text << ... << parts);
    throw wrong(text.str());
}

/// An observer of this test throws it.
struct observer_failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// How the walk is begun.
enum class start { as_it_is, prior, data };

/// What is tried beside the walk itself.
enum class trial { none, fault, check_finite, observer_throws, observer_stops, checkpoint };

/// All that was drawn. A walk is made of it as often as it is needed.
struct configuration {
    brain mind;
    std::size_t bundle = 0;
    bundle_facts facts{};
    plan p;
    drawn_source source;
    std::unique_ptr<drawn_solver> solver;
    start begins = start::as_it_is;
    trial tries = trial::none;
    fault fails = fault::none;
    std::vector<double> target;  // where D is the same for all states: the D of each element
    bool is_point = false;       // whether it is
    double scale_of_guidance = 1.0;
    bool is_huge = false;  // one of the parameters
};

/// The first words of a message, without numbers, for the table.
std::string first_words(const std::string& message) {
    std::string words;
    int count = 0;
    for (std::size_t at = message.rfind("fokker: ", 0) == 0 ? 8 : 0; at < message.size(); ++at) {
        const char c = message[at];
        if (c == ' ' && ++count == 5) break;
        if (c == ';' || c == ':') break;
        words += c >= '0' && c <= '9' ? '#' : c;
    }
    // One number is as good as another.
    std::string shorter;
    for (const char c : words)
        if (c != '#' || shorter.empty() || shorter.back() != '#') shorter += c;
    return shorter;
}

void draw_model(draw& d, configuration& c) {
    using kind = any_prediction<true>::kind;
    plan& p = c.p;
    auto& prediction = p.prediction;
    prediction.is =
        d.of({kind::noise, kind::noise, kind::data, kind::velocity, kind::score, kind::flow});
    if (c.facts.scales && d.one_in(3)) prediction.is = d.of({kind::edm, kind::consistency});
    d.note("prediction", int(prediction.is));
    // By the library's own makers, which look at the options.
    const auto none = [](const auto&, const fokker::knot&, auto&) {};
    if (prediction.is == kind::flow && d.one_in(2))
        prediction.flow = fokker::predicts_flow(none, fokker::flow_direction::to_data).prediction;
    if (prediction.is == kind::edm)
        prediction.edm =
            fokker::edm_preconditioned(none, d.number("sigma_data", d.size(0.1, 3))).prediction;
    if (prediction.is == kind::consistency)
        prediction.consistency =
            fokker::consistency_preconditioned(none, d.number("sigma_min", d.size(1e-4, 0.01)),
                                               d.number("sigma_data", d.size(0.1, 3)))
                .prediction;
    if (prediction.is <= kind::velocity && d.one_in(8)) {
        const auto model = fokker::latent_consistency(fokker::predicts_noise(none),
                                                      d.number("timestep_scaling", d.size(0.1, 20)),
                                                      d.number("sigma_data", d.size(0.1, 3)));
        prediction.latent = true;
        prediction.timestep_scaling = model.prediction.timestep_scaling;
        prediction.sigma_data = model.prediction.sigma_data;
    }

    p.mean = d.note("mean", d.one_in(8) ? 0.0 : d.real(-2, 2));
    p.unconditional_mean = p.mean;
    c.mind.variance = d.one_in(3) ? d.note("variance", d.size(0.01, 4)) : 0.0;
    if (c.facts.guides) {
        p.guidance.scale = d.number("scale", d.one_in(4) ? d.of({0.0, 1.0}) : d.real(-2, 8));
        p.conditional_first = d.one_in(2);
        if (d.one_in(2)) {
            // Alone, so that the mean is known; it acts everywhere.
            if (c.solver->reads_second == false)
                p.unconditional_mean = d.note("other", d.real(-2, 2));
        } else {
            if (d.one_in(2)) p.guidance.from = d.number("from", d.size(0.01, 1));
            if (d.one_in(2)) p.guidance.to = d.number("to", d.size(1, 100));
            if (d.one_in(2)) p.guidance.rescale = d.number("rescale", d.real(0, 1));
            if (d.one_in(3)) p.guidance.zero_above = d.number("zero above", d.size(0.1, 1000));
            p.guidance.optimised_scale = d.note("optimised", d.one_in(3));
            // Beside a projection that is refused.
            if (!p.guidance.optimised_scale || d.one_in(10)) {
                if (d.one_in(2)) p.guidance.projection.eta = d.number("eta", d.real(0, 1));
                if (d.one_in(2))
                    p.guidance.projection.norm_threshold = d.number("norm", d.size(0.1, 10));
                if (d.one_in(2))
                    p.guidance.projection.momentum = d.number("momentum", d.real(-0.9, 0.9));
            }
        }
        c.scale_of_guidance = 1.0 + 2.0 * std::abs(p.guidance.scale);
        // They go by norms of differences that may be rounding alone.
        if (p.guidance.rescale > 0 || p.guidance.projection.eta != 1.0) c.scale_of_guidance *= 32;
    }
    if (c.facts.classifies) {
        p.classifier_scale = d.number("classifier", d.one_in(4) ? 1.0 : d.size(0.1, 10));
        p.classifier_shift = d.note("shift", d.real(-1, 1));
    }
    if (c.facts.clips) {
        p.low = d.number("low", d.real(-2, 0.5));
        p.high = d.number("high", p.low + d.size(0.1, 3));
        if (d.one_in(4)) p.clipped_noise = fokker::clipped_noise::as_predicted;
    }
    if (c.facts.thresholds) {
        p.quantile = d.number("quantile", d.real(0, 1));
        p.most_threshold = d.number("most", d.size(1, 10));
    }
    if (c.facts.corrects) {
        p.correction = d.note("correction", d.one_in(4) ? 0.0 : d.real(-1, 1));
        if (d.one_in(4)) p.corrected_noise = fokker::corrected_noise::as_predicted;
    }
    if (c.facts.knows) {
        p.known.resize(p.shape.elements);
        p.mask.resize(p.shape.elements);
        for (double& each : p.known) each = d.real(-1, 1);
        for (double& each : p.mask) each = d.one_in(2) ? d.of({0.0, 1.0}) : d.real(0, 1);
        if (d.one_in(60)) p.mask[0] = 1.5;
        if (d.one_in(60)) p.known.pop_back();
        if (d.one_in(3)) p.region.strength = d.number("strength", d.real(0, 1));
        if (d.one_in(3)) {
            p.region.from = d.number("known from", d.size(0.01, 1));
            p.region.to = d.number("known to", d.size(0.5, 100));
        }
        if (d.one_in(4)) p.region.decay = d.number("decay", d.real(0, 3));
    }
    using fokker::second_output;
    if (c.solver->reads_second) {
        const auto& kinds = c.solver->kinds;
        p.network.second = d.one_in(15) ? d.of({second_output::variance, second_output::unspecified,
                                                second_output::unconditional})
                                        : kinds[d.index(kinds.size())];
        p.network.second_value = d.real(0, 1);
        d.note("second", int(p.network.second));
    }
    // A guided batch is called by itself, with one knot.
    if (c.solver->takes_maps && c.facts.name != clipped_float::name && d.one_in(3)) {
        p.network.is_map = true;
        d.say("flow map");
    }
}

/// Where D is a constant: the point, guided, classified, bounded, corrected, and known in places.
void find_target(configuration& c) {
    const plan& p = c.p;
    c.is_point = c.mind.variance == 0;
    double D = p.mean;
    if (c.facts.guides)
        D = p.unconditional_mean + p.guidance.scale * (p.mean - p.unconditional_mean);
    if (c.facts.classifies) D += p.classifier_shift;
    if (c.facts.clips) {
        if (p.clipped_noise == fokker::clipped_noise::as_predicted && (D < p.low || D > p.high))
            c.is_point = false;
        // Not std::clamp: bounds the wrong way round are drawn, too, and refused.
        D = std::min(std::max(D, p.low), p.high);
    }
    if (c.facts.thresholds) {
        const double s = std::min(std::max(std::abs(D), 1.0), p.most_threshold);
        D = std::min(std::max(D, -s), s) / s;
    }
    if (c.facts.corrects) {
        if (p.corrected_noise == fokker::corrected_noise::as_predicted && p.correction != 0)
            c.is_point = false;
        D += p.correction;
    }
    c.target.assign(p.shape.size(), D);
    // One that is too short is refused.
    if (c.facts.knows && p.known.size() == p.shape.elements)
        for (std::size_t i = 0; i < c.target.size(); ++i) {
            const std::size_t e = i % p.shape.elements;
            const double m = p.region.strength * p.mask[e];
            c.target[i] = m * p.known[e] + (1.0 - m) * D;
        }
    // A prediction of 0 is that of another D.
    if (c.facts.guides)
        for (const fokker::knot& k : p.walk)
            if (p.guidance.zeroes_at(k)) c.is_point = false;
    // It is no constant where the region acts on a part of the walk.
    if (p.region.from > 0 || p.region.decay > 0) c.is_point = false;
    if (c.facts.knows)
        for (const fokker::knot& k : p.walk)
            if (k.alpha > 0 && k.noise_to_signal() > p.region.to) c.is_point = false;
}

void draw_all(draw& d, configuration& c, const std::vector<solver_entry>& solvers) {
    c.p.walk = draw_grid(d);
    const solver_entry& entry = solvers[d.index(solvers.size())];
    d.say("|");
    d.say(entry.name);
    c.solver = entry.make(d, c.p.walk);
    // Most configurations should walk: a reversed grid is for few solvers, and the other way round.
    if (c.p.walk.is_reversed() != c.solver->inverts && !d.one_in(10)) {
        if (!c.solver->stochastic || c.solver->inverts) {
            if (c.p.walk.jumps() == 0 && (c.solver->inverts || d.one_in(2))) {
                d.say("(turned)");
                c.p.walk = c.p.walk.reversed();
            }
        } else {
            d.say("(turned)");
            c.p.walk = c.p.walk.reversed();
        }
    }
    static const std::vector<bundle_facts> every_bundle = all_bundles();
    c.bundle = d.index(every_bundle.size());
    c.facts = every_bundle[c.bundle];
    d.say("|");
    d.say(c.facts.name);
    plan& p = c.p;
    p.shape.samples = static_cast<std::size_t>(d.whole(1, 4));
    p.shape.elements =
        static_cast<std::size_t>(d.one_in(8) ? d.of({31, 64, 65, 511, 513}) : d.whole(1, 17));
    if (c.facts.name == vector_of_float::name) p.shape.samples = 1;
    if (c.facts.fixed) p.shape = {.samples = 1, .elements = 7};
    d.note("samples", p.shape.samples);
    d.note("elements", p.shape.elements);
    d.say("|");
    p.network.mind = &c.mind;
    draw_model(d, c);
    find_target(c);

    std::vector<const source_entry*> fitting;
    for (const source_entry& each : all_sources) {
        const bool fits = c.facts.all_noise && c.solver->all_noise
                              ? each.kind != source_kind::walked_once
                              : each.kind == c.facts.noise;
        const bool draws = c.solver->stochastic || p.walk.jumps() > 0;
        if (fits && (each.kind != source_kind::none || !draws || d.one_in(20)))
            fitting.push_back(&each);
    }
    const source_entry& source = *fitting[d.index(fitting.size())];
    d.say("|");
    d.say(source.name);
    c.source = source.make(d, p.shape);
    p.kind = c.source.kind;
    p.source = c.source.functions.get();
    if (p.kind != source_kind::none && !p.walk.is_reversed())
        c.begins = d.of({start::as_it_is, start::prior, start::data});
    d.note("start", int(c.begins));

    const fokker::knot& first = p.walk.front();
    p.x.resize(p.shape.size());
    for (std::size_t i = 0; i < p.x.size(); ++i)
        p.x[i] = c.begins == start::data ? c.target[i]
                                         : first.alpha * c.target[i] + first.sigma * d.real(-2, 2);
    c.tries = d.of({trial::none, trial::fault, trial::check_finite, trial::observer_throws,
                    trial::observer_stops, trial::checkpoint});
    if (c.tries == trial::fault)
        c.fails = d.of({fault::throws, fault::throws, fault::wrong_shape, fault::not_a_number});
    if (c.tries == trial::check_finite) c.fails = d.of({fault::not_a_number, fault::infinite});
    d.note("trial", int(c.tries));
    d.note("fault", int(c.fails));
}

/// Rounding in the steps of a walk, as the network saw it.
struct seen {
    std::vector<double> rounding;
    std::vector<double> calls;
};

std::unique_ptr<any_walk> begin(configuration& c, std::int64_t fails_at = -1) {
    c.mind.calls = 0;
    c.mind.fails_at = fails_at;
    c.mind.fails = c.fails;
    auto made = c.solver->make(c.bundle, c.p);
    expect(c.mind.calls == 0, "the network was called before the walk began");
    if (c.begins == start::prior) made->start_from_prior();
    if (c.begins == start::data) made->start_from_data();
    expect(c.mind.calls == 0, "the network was called before the first step");
    return made;
}

bool all_finite(const std::vector<double>& x) {
    return std::all_of(x.begin(), x.end(), [](double each) { return std::isfinite(each); });
}

/// Errors that only show on the way.
bool may_come_late(const std::string& message) {
    for (const char* words :
         {"the step control made", "recorded draws are used up", "brownian noise was asked for",
          "eta is ", "classifier guidance cannot be used", "the radius of sample ",
          "two levels that its clock cannot tell apart", "is outside of this path"})
        if (message.find(words) != std::string::npos) return true;
    return false;
}

/// Whether the solver takes a second prediction, and that is not the data prediction of the first.
bool reads_other_point(const configuration& c) {
    const auto& kinds = c.solver->kinds;
    return std::find(kinds.begin(), kinds.end(), fokker::second_output::unconditional) !=
               kinds.end() &&
           (c.facts.guides || c.facts.clips || c.facts.thresholds || c.facts.knows ||
            c.facts.corrects);
}

/// The largest number that is computed with, as far as that is known beforehand.
double largest_number(const configuration& c) {
    double most = c.mind.largest;
    for (const fokker::knot& k : c.p.walk) {
        most = std::max({most, 10 * k.sigma, 10 * k.alpha});
        // Sweeps over 16 bits compute in float.
        if (k.alpha > 0) {
            // A D that was rounded is written where it is bounded.
            const double nsr = k.noise_to_signal();
            most = std::max({most, 10 * nsr * c.facts.epsilon * c.solver->amplification,
                             nsr * (c.facts.is_double ? 1.0 : c.facts.largest * 1e-36)});
        }
    }
    most = std::max(most, c.solver->amplification * c.facts.epsilon);
    // A step of h in lambda, or in the logarithms that such a method goes by, grows by h^4 / 24.
    if (c.solver->is_explicit)
        for (std::size_t i = 0; i + 1 < c.p.walk.size(); ++i) {
            const fokker::knot &a = c.p.walk[i], &b = c.p.walk[i + 1];
            if (a.alpha > 0 && b.sigma > 0 && !c.p.walk.is_jump(static_cast<int>(i)))
                most *= std::pow(1.0 + std::abs(b.lambda() - a.lambda()), 4);
        }
    return most;
}

/// Judges where the undisturbed walk ended. Returns what could be said of it.
std::string confirm(configuration& c, const seen& s, const std::vector<double>& x0,
                    const std::vector<double>& x) {
    const fokker::grid& g = c.p.walk;
    const fokker::knot &first = g.front(), &last = g.back();
    // Where numbers leave the range of the array's scalar, or of the sweep's, nothing is promised.
    double most = largest_number(c);
    for (const double each : x0) most = std::max(most, std::abs(each));
    if (c.is_huge || most > (c.facts.epsilon > 1e-5 ? 0.001 : 0.01) * c.facts.largest)
        return "finite or not: beyond the scalar's range";
    expect(all_finite(x), "the result is not finite");
    if (!c.mind.reached) return "finite: the output has no weight somewhere";
    if (c.is_point && c.solver->mixes_velocities) return "finite: velocities of several states";

    const double epsilon = c.facts.epsilon;
    const auto steps = static_cast<std::size_t>(g.steps());
    const std::size_t looks_back = static_cast<std::size_t>(c.solver->history);
    double amplification = 64.0 * c.solver->amplification * c.scale_of_guidance;
    // Stages are asked for by lambda, and lie where the path's time, which is rounded, has them.
    double missed = 0.0;
    if (c.solver->stages > 0 && g.has_path())
        for (const fokker::knot& k : g)
            if (k.alpha > 0 && k.sigma > 0)
                missed = std::max(missed, std::abs(g.knot_at(k.lambda()).lambda() - k.lambda()));
    if (missed < 1e-6) amplification *= std::max(1.0, missed / 1e-15);
    double start = 0.0;  // in deviations
    if (first.sigma > 0)
        for (std::size_t i = 0; i < x.size(); ++i)
            start = std::max(start, std::abs(x0[i] - first.alpha * c.target[i]) / first.sigma);
    // Of a step: what the network saw, and x / alpha, which methods in sigma / alpha subtract the
    // noise from. A stage at a far knot divides by its sigma.
    const auto rounding = [&](std::size_t i) {
        double r = 0.0;
        // What a method that looks back has lost once, it halves in a step, or less.
        for (std::size_t k = looks_back > 0 ? 0 : i; k <= i; ++k) {
            const fokker::knot &a = g[k], &b = g[k + 1];
            r = std::max(r, s.rounding[k]);
            if (a.alpha > 0)
                r = std::max(r, a.noise_to_signal() * (10 + start) + std::abs(c.target[0]));
            if ((k == i || looks_back > 0) && c.solver->stages > 0 && a.alpha > 0 && b.sigma > 0)
                r *= std::max(1.0, a.noise_to_signal() / b.noise_to_signal());
        }
        return r;
    };
    const bool draws = c.solver->stochastic || g.jumps() > 0;
    if (c.is_point && last.sigma == 0) {
        // The clean end is the point, whatever the noise and the steps: D has no error.
        const double far = epsilon * amplification * last.alpha * rounding(steps - 1);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double wanted = last.alpha * c.target[i];
            expect(std::abs(x[i] - wanted) <= far + 4 * epsilon * std::abs(wanted), "element ", i,
                   " ends in ", x[i], ", and the data are ", wanted, " +- ", far);
        }
        return "confirmed: the clean end is the point";
    }
    // An inversion asks for the noise at the next knot before it is there; the unconditional
    // prediction is that of another point.
    const bool is_line = !c.solver->inverts && !reads_other_point(c);
    if (c.is_point && !draws && is_line && first.sigma > 0 && last.sigma > 0) {
        // x = alpha D + c sigma, with the same c at each knot. An error of D at a knot s moves c by
        // |1 / nsr_t - 1 / nsr_s| of it; one of x / sigma moves it as much.
        double far = 0.0, kept = 1.0, most_kept = 1.0;
        for (std::size_t i = 0; i < steps; ++i) {
            const fokker::knot &a = g[i], &b = g[i + 1];
            if (c.solver->keeps) kept *= c.solver->keeps(a, b);
            most_kept = std::max(most_kept, std::abs(kept));
            far += rounding(i) * std::abs(b.alpha / b.sigma - a.alpha / a.sigma);
            far += (1.0 + s.calls[i]) * (3.0 + 2.0 * b.alpha / b.sigma);
        }
        far *= epsilon * amplification * last.sigma * most_kept;
        if (c.solver->tolerance > 0) {  // one that does not solve it exactly
            double size = 0.0, parts = 0.0;
            for (const fokker::knot& k : g)
                size = std::max(size, k.sigma * (1 + start) + 3 * k.alpha);
            for (const double calls : s.calls) parts += calls;
            far += c.solver->tolerance * (1 + size) * parts;
        }
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double slope = kept * (x0[i] - first.alpha * c.target[i]) / first.sigma;
            const double wanted = last.alpha * c.target[i] + slope * last.sigma;
            expect(std::abs(x[i] - wanted) <= far * (1 + std::abs(slope)), "element ", i,
                   " ends in ", x[i], ", and the ODE's solution is ", wanted, " +- ", far);
        }
        return "confirmed: the ODE's line";
    }
    if (c.is_point && draws && is_line && c.solver->keeps_marginals && first.sigma > 0 &&
        last.sigma > 0) {
        double far = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            far = std::max(far, std::abs(x[i] - last.alpha * c.target[i]) / last.sigma);
        }
        double rounded = 0.0;
        for (std::size_t i = 0; i < steps; ++i)
            rounded = std::max(rounded, rounding(i) * last.alpha / last.sigma);
        const double most_far =
            (10.0 * c.source.most + start) * c.solver->noise + epsilon * amplification * rounded;
        expect(far <= most_far, "an element ends ", far, " deviations away, and ", most_far,
               " are possible");
        return "confirmed: within some deviations";
    }
    if (!c.is_point && c.mind.variance > 0 && !draws && !c.solver->adaptive &&
        c.solver->order >= 1 && !c.facts.clips && !c.facts.thresholds && !c.facts.knows &&
        !c.facts.corrects && !c.facts.guides && !g.is_reversed() && last.sigma > 0 &&
        first.alpha > 0 && c.facts.epsilon < 1e-6) {
        // That of an exact map in any steps, others by their order.
        const bool is_map = c.p.network.is_map;
        double longest = 0.0, shortest = 1e300;
        for (std::size_t i = 0; i < steps; ++i) {
            const double h = g[i + 1].lambda() - g[i].lambda();
            longest = std::max(longest, h);
            shortest = std::min(shortest, h);
        }
        if (is_map || (longest <= 0.3 && shortest >= longest / 4)) {
            const double v = c.mind.variance, m = c.p.mean;
            const auto deviation = [&](const fokker::knot& k) {
                return std::hypot(k.alpha * std::sqrt(v), k.sigma);
            };
            double roundings = 0.0;
            for (std::size_t i = 0; i < steps; ++i) roundings = std::max(roundings, rounding(i));
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double slope = (x0[i] - first.alpha * m) / deviation(first);
                const double wanted = last.alpha * m + slope * deviation(last);
                const double method = is_map ? epsilon * 64 * double(steps) : 1.5 * longest;
                const double far = (1.0 + std::abs(slope)) * deviation(last) * method +
                                   epsilon * amplification * roundings;
                expect(std::abs(x[i] - wanted) <= far, "element ", i, " ends in ", x[i],
                       ", and that of Gaussian data in ", wanted, " +- ", far);
            }
            return is_map ? "confirmed: the Gaussian's map" : "confirmed: the Gaussian's flow";
        }
    }
    return "finite";
}

/// One step, and that it leaves everything as it was if it throws. Returns whether it threw.
template <class Error>
bool step_or_stay(any_walk& w) {
    const std::string before = w.bits();
    const int index = w.index();
    try {
        w.step();
        return false;
    } catch (const Error&) {
        expect(w.index() == index, "a step that threw moved the index");
        expect(w.bits() == before, "a step that threw moved the state");
        return true;
    }
}

/// Breaks the walk at one of its `calls`, repeats the step, and goes on: the bits are `wanted`.
void try_fault(draw& d, configuration& c, std::int64_t calls, const std::string& wanted) {
    if (calls == 0) return;
    auto w = begin(c, static_cast<std::int64_t>(d.bits() % static_cast<std::uint64_t>(calls)));
    bool threw = false;
    while (!w->done()) {
        bool now = false;
        if (c.fails == fault::throws)
            now = step_or_stay<network_failure>(*w);
        else if (c.fails == fault::wrong_shape)
            now = c.facts.fixed ? step_or_stay<network_failure>(*w)
                                : step_or_stay<std::runtime_error>(*w);
        else
            now = step_or_stay<fokker::network_error>(*w);
        // NaN that got into the state may be found later, and then again and again.
        if (now && c.fails == fault::not_a_number) return;
        expect(!(now && threw), "a step threw again when it was repeated");
        threw = threw || now;
    }
    if (c.fails == fault::not_a_number) {
        // Without check_finite it may go through, but it must not be lost on the way.
        return;
    }
    expect(threw, "the network failed, and nothing was thrown");
    expect(w->bits() == wanted, "the walk went elsewhere after a step that threw");
}

/// With check_finite the walk ends in a network_error after the step of a bad output, or in one
/// before.
void try_check_finite(draw& d, configuration& c, std::int64_t calls) {
    if (calls == 0) return;
    c.p.look.checks_finite = true;
    auto w = begin(c, static_cast<std::int64_t>(d.bits() % static_cast<std::uint64_t>(calls)));
    bool threw = false;
    while (!w->done() && !threw) {
        try {
            w->step();
        } catch (const fokker::network_error&) { threw = true; }
    }
    if (!threw) expect(all_finite(w->state()), "check_finite let a state pass that is not finite");
}

void try_observer(draw& d, configuration& c, const std::string& wanted) {
    const int at = d.whole(1, c.p.walk.steps());
    const bool stops = c.tries == trial::observer_stops;
    bool threw = false;
    c.p.look.then = [&](const fokker::progress& p) {
        if (p.step != at) return fokker::control::go_on;
        if (stops) return fokker::control::stop;
        if (!threw) throw observer_failure("no more");
        return fokker::control::go_on;
    };
    auto w = begin(c);
    while (!w->done()) {
        try {
            w->step();
        } catch (const observer_failure&) { threw = true; }
    }
    expect(w->index() == (stops ? at : c.p.walk.steps()), "the walk ended at step ", w->index());
    expect(stops || threw, "the observer was not asked");
    if (!stops) expect(w->bits() == wanted, "the walk went elsewhere after an observer threw");
}

void try_checkpoint(draw& d, configuration& c, const std::string& wanted) {
    const int at = d.whole(0, c.p.walk.steps());
    auto w = begin(c);
    while (w->index() < at) w->step();
    std::stringstream file;
    w->checkpoint().write(file);
    auto other = begin(c);
    other->resume(fokker::checkpoint::read(file));
    expect(other->index() == at, "a checkpoint of step ", at, " was resumed at ", other->index());
    while (!other->done()) other->step();
    expect(other->bits() == wanted, "the resumed walk went elsewhere");
}

/// Runs it all. Returns what the table counts.
std::string walk(draw& d, configuration& c) {
    seen s;
    auto w = begin(c);
    const std::vector<double> x0 = w->state();
    while (!w->done()) {
        c.mind.rounding = 0.0;
        const std::int64_t calls = c.mind.calls;
        try {
            w->step();
        } catch (const fokker::error& e) {
            if (c.mind.calls > 0 && !may_come_late(e.what()))
                throw wrong(std::string("misuse was found after the network was called: ") +
                            e.what());
            throw;
        }
        s.rounding.push_back(c.mind.rounding);
        s.calls.push_back(static_cast<double>(c.mind.calls - calls));
    }
    const std::int64_t calls = c.mind.calls;
    const std::string wanted = w->bits();
    if (!c.facts.classifies && c.facts.name != clipped_float::name)
        expect(w->network_calls() == calls, "the run counted ", w->network_calls(), " of ", calls,
               " calls");
    const std::string word = confirm(c, s, x0, w->state());
    if (c.tries == trial::fault) try_fault(d, c, calls, wanted);
    if (c.tries == trial::check_finite) try_check_finite(d, c, calls);
    if (c.tries == trial::observer_throws || c.tries == trial::observer_stops)
        try_observer(d, c, wanted);
    if (c.tries == trial::checkpoint) try_checkpoint(d, c, wanted);
    return word;
}

}  // namespace

outcome examine(std::uint64_t seed, std::uint64_t number) {
    static const std::vector<solver_entry> solvers = all_solvers();
    outcome o;
    draw d(seed, number);
    configuration c;
    try {
        draw_all(d, c, solvers);
        c.is_huge = d.is_huge();
        o.word = walk(d, c);
    } catch (const wrong& e) { o.wrong = e.what(); } catch (const fokker::error& e) {
        o.word = "error: " + first_words(e.what());
        if (std::string(e.what()).rfind("fokker: ", 0) != 0)
            o.wrong = std::string("an error that does not say whose it is: ") + e.what();
    } catch (const fokker::network_error& e) {
        // The network is exact: only where numbers leave the scalar's range, or there is nothing to
        // measure by, may it be blamed.
        o.word = "network_error: " + first_words(e.what());
        const std::string message = e.what();
        if (message.find("is 0 everywhere") == std::string::npos && !c.is_huge &&
            largest_number(c) < 1e-2 * c.facts.largest)
            o.wrong = "an exact network was blamed: " + message;
    } catch (const std::exception& e) { o.wrong = std::string("another exception: ") + e.what(); }
    o.configuration = d.words();
    return o;
}

}  // namespace fokker_random
