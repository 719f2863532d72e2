/// Arrays, and models made of a network: each bundle is one type of either, in which every solver
/// walks. A new array type, bound or wrapper of networks is put into one of them.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/fokker.hpp>

#include "networks.hpp"
#include "noise.hpp"
#include "walk.hpp"

namespace fokker_random {

/// Everything of a configuration but its types.
struct plan {
    fokker::array_shape shape;
    std::vector<double> x;  // where the walk starts
    fokker::grid walk{{1.0, 0.5, 0.5}, {0.0, 1.0, 0.0}};
    network_plan network;
    any_prediction<true> prediction;  // its kind is legal for the bundle
    double mean = 0.0, unconditional_mean = 0.0;
    double low = -1, high = 1;
    fokker::clipped_noise clipped_noise = fokker::clipped_noise::follows_data;
    double quantile = 0.995, most_threshold = 1e300;
    double classifier_scale = 1.0, classifier_shift = 0.0;
    fokker::guidance guidance;
    bool conditional_first = false;
    std::vector<double> known, mask;  // of one sample
    double correction = 0.0;          // of D, everywhere
    fokker::corrected_noise corrected_noise = fokker::corrected_noise::follows_data;
    fokker::region_options region;
    observer look;
    source_kind kind = source_kind::none;
    const source_functions* source = nullptr;
};

template <bool Scales>
any_prediction<Scales> prediction_of(const plan& p) {
    any_prediction<Scales> other;
    other.is = static_cast<typename any_prediction<Scales>::kind>(p.prediction.is);
    other.flow = p.prediction.flow;
    other.edm = p.prediction.edm;
    other.consistency = p.prediction.consistency;
    other.latent = p.prediction.latent;
    other.timestep_scaling = p.prediction.timestep_scaling;
    other.sigma_data = p.prediction.sigma_data;
    return other;
}

/// The gradient of a classifier that shifts D by `shift` everywhere.
struct shifting_gradient {
    brain* mind = nullptr;
    double by = 0.0, scale = 1.0;

    template <class X, class Out>
    void operator()(const X&, const fokker::knot& k, Out& out) const {
        using scalar = fokker::detail::scalar_of<Out>;
        auto* const y = fokker::detail::data_of(out);
        const double g = by * k.alpha / (k.sigma * k.sigma * scale);
        mind->largest = std::max(mind->largest, std::abs(g * k.sigma));
        mind->rounding = std::max(mind->rounding, 4 * std::abs(by));
        for (std::size_t i = 0; i < fokker::detail::shape_of(out).size(); ++i)
            y[i] = static_cast<scalar>(g);
    }
};

/// A correction that adds a number to D.
struct shifting_correction {
    brain* mind = nullptr;
    double by = 0.0;

    template <class X, class Array>
    void operator()(const X&, const fokker::knot&, Array& D) const {
        using scalar = fokker::detail::scalar_of<Array>;
        auto* const y = fokker::detail::data_of(D);
        mind->rounding = std::max(mind->rounding, 4 * std::abs(by));
        for (std::size_t i = 0; i < fokker::detail::shape_of(D).size(); ++i)
            y[i] += static_cast<scalar>(by);
    }
};

template <class Prediction, bool Two>
using network_for_plan = std::conditional_t<Two, network_of_two<Prediction>, network<Prediction>>;

template <class Prediction, bool Two>
auto network_of(const plan& p, double mean) {
    network_for_plan<Prediction, Two> n;
    n.plan = p.network;
    n.prediction = prediction_of<Prediction::scales_input>(p);
    n.mean = mean;
    return n;
}

template <class Network, class Prediction>
auto model_of(Network network, const Prediction& prediction, fokker::second_output second) {
    return fokker::model<Network, Prediction>{std::move(network), prediction, second};
}

/// The second output that the model speaks of: none where the network has one output.
template <bool Two>
fokker::second_output said(const plan& p) {
    return Two ? p.network.second : fokker::second_output::unspecified;
}

/// Each bundle: the array and how it is made, the model and how it is made, the noise that it is
/// compiled for, and what the configuration must know.
struct plain_double {
    static constexpr std::string_view name = "double";
    using scalar = double;
    static constexpr bool scales = false, fixed = false, clips = false, thresholds = false,
                          knows = false, guides = false, classifies = false, corrects = false;
    static constexpr bool all_noise = true;
    static constexpr source_kind noise = source_kind::counted;  // where it is not
    using array = Eigen::ArrayXXd;
    using owner = array;
    static owner make(const plan& p) {
        return array(static_cast<Eigen::Index>(p.shape.elements),
                     static_cast<Eigen::Index>(p.shape.samples));
    }
    static array view(owner& x, const plan&) { return x; }
    template <bool Two>
    static auto model(const plan& p) {
        return model_of(network_of<any_prediction<false>, Two>(p, p.mean), prediction_of<false>(p),
                        said<Two>(p));
    }
};

struct clipped_float {
    static constexpr std::string_view name = "float, clipped, guided batch";
    using scalar = float;
    static constexpr bool scales = true, fixed = false, clips = true, thresholds = false,
                          knows = false, guides = true, classifies = false, corrects = false;
    static constexpr bool all_noise = false;
    static constexpr source_kind noise = source_kind::counted;
    using array = Eigen::ArrayXXf;
    using owner = array;
    static owner make(const plan& p) {
        return array(static_cast<Eigen::Index>(p.shape.elements),
                     static_cast<Eigen::Index>(p.shape.samples));
    }
    static array view(owner& x, const plan&) { return x; }
    /// Of both halves; the first or the second has the condition.
    struct both {
        network<any_prediction<true>> conditional, unconditional;
        bool conditional_first;

        template <class X, class Out>
        void operator()(const X& x, const fokker::knot& k, Out& out) {
            const Eigen::Index half = x.cols() / 2;
            const auto n = static_cast<std::size_t>(x.size() / 2);
            const fault f = conditional.plan.mind->begin_call();
            const auto r = conditional.prediction.at(k);
            (void)half;
            for (std::size_t i = 0; i < 2 * n; ++i) {
                const double m =
                    (i < n) == conditional_first ? conditional.mean : unconditional.mean;
                out.data()[i] = static_cast<float>(conditional.plan.mind->output(
                    static_cast<double>(x.data()[i]) / r.input_scale, k, r, m));
            }
            fail(f, out);
        }
    };
    template <bool Two>
    static auto model(const plan& p) {
        using P = any_prediction<true>;
        both network{network_of<P, false>(p, p.mean), network_of<P, false>(p, p.unconditional_mean),
                     p.conditional_first};
        return model_of(fokker::guided_batch(std::move(network), p.guidance,
                                             p.conditional_first
                                                 ? fokker::batch_order::conditional_first
                                                 : fokker::batch_order::unconditional_first),
                        prediction_of<true>(p), fokker::second_output::unspecified)
            .clipped(p.low, p.high, p.clipped_noise);
    }
};

struct vector_of_float {
    static constexpr std::string_view name = "std::vector<float>, corrected";
    using scalar = float;
    static constexpr bool scales = true, fixed = false, clips = false, thresholds = false,
                          knows = false, guides = false, classifies = false, corrects = true;
    static constexpr bool all_noise = false;
    static constexpr source_kind noise = source_kind::uncounted;
    using array = std::vector<float>;
    using owner = array;
    static owner make(const plan& p) { return array(p.shape.size()); }
    static array view(owner& x, const plan&) { return x; }
    template <bool Two>
    static auto model(const plan& p) {
        return model_of(network_of<any_prediction<true>, Two>(p, p.mean), prediction_of<true>(p),
                        said<Two>(p))
            .with_correction(shifting_correction{p.network.mind, p.correction}, p.corrected_noise);
    }
};

struct thresholded_half {
    static constexpr std::string_view name = "half, thresholded";
    using scalar = Eigen::half;
    static constexpr bool scales = false, fixed = false, clips = false, thresholds = true,
                          knows = false, guides = false, classifies = false, corrects = false;
    static constexpr bool all_noise = false;
    static constexpr source_kind noise = source_kind::counted;
    using array = Eigen::Array<Eigen::half, Eigen::Dynamic, Eigen::Dynamic>;
    using owner = array;
    static owner make(const plan& p) {
        return array(static_cast<Eigen::Index>(p.shape.elements),
                     static_cast<Eigen::Index>(p.shape.samples));
    }
    static array view(owner& x, const plan&) { return x; }
    template <bool Two>
    static auto model(const plan& p) {
        return model_of(network_of<any_prediction<false>, Two>(p, p.mean), prediction_of<false>(p),
                        said<Two>(p))
            .thresholded(p.quantile, p.most_threshold);
    }
};

struct guided_rows {
    static constexpr std::string_view name = "row-major double, guided, classified, known region";
    using scalar = double;
    static constexpr bool scales = true, fixed = false, clips = false, thresholds = false,
                          knows = true, guides = true, classifies = true, corrects = false;
    static constexpr bool all_noise = false;
    static constexpr source_kind noise = source_kind::uncounted;
    using array = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using owner = array;
    static owner make(const plan& p) {
        return array(static_cast<Eigen::Index>(p.shape.samples),
                     static_cast<Eigen::Index>(p.shape.elements));
    }
    static array view(owner& x, const plan&) { return x; }
    template <bool Two>
    static auto model(const plan& p) {
        using P = any_prediction<true>;
        // guided gives the second output itself.
        return model_of(fokker::guided(network_of<P, false>(p, p.mean),
                                       network_of<P, false>(p, p.unconditional_mean), p.guidance),
                        prediction_of<true>(p), fokker::second_output::unspecified)
            .guided_by(shifting_gradient{p.network.mind, p.classifier_shift, p.classifier_scale},
                       p.classifier_scale)
            .with_known_region(p.known, p.mask, p.region);
    }
};

struct view_of_bfloat16 {
    static constexpr std::string_view name = "Map of bfloat16, clipped";
    using scalar = Eigen::bfloat16;
    static constexpr bool scales = true, fixed = false, clips = true, thresholds = false,
                          knows = false, guides = false, classifies = false, corrects = false;
    static constexpr bool all_noise = false;
    static constexpr source_kind noise = source_kind::counted;
    using owner = Eigen::Array<Eigen::bfloat16, Eigen::Dynamic, Eigen::Dynamic>;
    using array = Eigen::Map<owner>;
    static owner make(const plan& p) {
        return owner(static_cast<Eigen::Index>(p.shape.elements),
                     static_cast<Eigen::Index>(p.shape.samples));
    }
    static array view(owner& x, const plan&) { return array(x.data(), x.rows(), x.cols()); }
    template <bool Two>
    static auto model(const plan& p) {
        return model_of(network_of<any_prediction<true>, Two>(p, p.mean), prediction_of<true>(p),
                        said<Two>(p))
            .clipped(p.low, p.high, p.clipped_noise);
    }
};

struct array_of_seven {
    static constexpr std::string_view name = "std::array<float, 7>";
    using scalar = float;
    static constexpr bool scales = false, fixed = true, clips = false, thresholds = false,
                          knows = false, guides = false, classifies = false, corrects = false;
    static constexpr bool all_noise = false;
    static constexpr source_kind noise = source_kind::counted;
    using array = std::array<float, 7>;
    using owner = array;
    static owner make(const plan&) { return {}; }
    static array view(owner& x, const plan&) { return x; }
    template <bool Two>
    static auto model(const plan& p) {
        return model_of(network_of<any_prediction<false>, Two>(p, p.mean), prediction_of<false>(p),
                        said<Two>(p));
    }
};

/// The same on one Brownian path, which cannot be walked twice.
struct double_on_a_brownian_path : plain_double {
    static constexpr std::string_view name = "double, Brownian";
    static constexpr bool all_noise = false;
    static constexpr source_kind noise = source_kind::walked_once;
};

/// The list of bundles.
using bundles =
    std::tuple<plain_double, clipped_float, vector_of_float, thresholded_half, guided_rows,
               view_of_bfloat16, array_of_seven, double_on_a_brownian_path>;

/// Calls f with each bundle.
template <class F>
void for_each_bundle(const F& f) {
    std::apply([&](const auto&... each) { (f(each), ...); }, bundles{});
}

/// Its place in the list.
template <class Bundle>
inline constexpr std::size_t number_of = []<class... All>(std::tuple<All...>*) {
    std::size_t number = 0;
    (void)((std::is_same_v<All, Bundle> || (++number, false)) || ...);
    return number;
}(static_cast<bundles*>(nullptr));

/// Solvers, one of each make, that are compiled with all bundles and all noise. The others are
/// compiled with the first, and walk in the rest as fokker::any_solver, which is compiled once with
/// each of them: all solvers with all bundles would take minutes.
template <class Solver>
inline constexpr bool is_thorough =
    std::is_same_v<Solver, fokker::ddim> || std::is_same_v<Solver, fokker::unipc<2>> ||
    std::is_same_v<Solver, fokker::sa_solver<2, 2>> ||
    std::is_same_v<Solver, fokker::dormand_prince>;

/// What a bundle says of itself, as plain data.
struct bundle_facts {
    std::string_view name;
    bool scales, fixed, clips, thresholds, knows, guides, classifies, corrects, all_noise;
    source_kind noise;
    double epsilon, largest;  // of the scalar
    bool is_double;
};

inline std::vector<bundle_facts> all_bundles() {
    std::vector<bundle_facts> all;
    for_each_bundle([&]<class B>(const B&) {
        using limits = Eigen::NumTraits<typename B::scalar>;
        all.push_back({B::name, B::scales, B::fixed, B::clips, B::thresholds, B::knows, B::guides,
                       B::classifies, B::corrects, B::all_noise, B::noise,
                       static_cast<double>(limits::epsilon()),
                       static_cast<double>(limits::highest()),
                       std::is_same_v<typename B::scalar, double>});
    });
    return all;
}

/// The walk of a plan, in this bundle, with this solver. Throws what the library throws.
template <class Bundle, class Solver, bool Two = fokker::detail::reads_second_output<Solver>>
std::unique_ptr<any_walk> make_walk(const Solver& solver, const plan& p) {
    auto owner = std::make_shared<typename Bundle::owner>(Bundle::make(p));
    auto* const numbers = fokker::detail::data_of(*owner);
    for (std::size_t i = 0; i < p.x.size(); ++i)
        numbers[i] = static_cast<typename Bundle::scalar>(p.x[i]);
    const auto with = [&]<class Source>(Source source) -> std::unique_ptr<any_walk> {
        auto model = Bundle::template model<Two>(p);
        using walk = held_walk<typename Bundle::array, decltype(model), Solver, Source>;
        return std::make_unique<walk>(owner, Bundle::view(*owner, p), std::move(model), p.walk,
                                      solver, std::move(source), p.look);
    };
    if constexpr (Bundle::all_noise && is_thorough<Solver>) {
        if (p.kind == source_kind::none) return with(fokker::detail::no_noise{});
        if (p.kind == source_kind::counted) return with(any_source<true, false>(p.source->clone()));
        return with(any_source<false, false>(p.source->clone()));
    } else if constexpr (Bundle::noise == source_kind::walked_once) {
        // In order, as one of them is asked: the other's numbers do not depend on it.
        return with(any_source<false, true>(p.source->clone()));
    } else if constexpr (Bundle::all_noise || Bundle::noise == source_kind::counted) {
        return with(any_source<true, false>(p.source->clone()));
    } else {
        return with(any_source<false, false>(p.source->clone()));
    }
}

/// The same in the bundle of this number, whatever the solver; `two` where it reads a second
/// output.
std::unique_ptr<any_walk> make_walk_of_any(std::size_t bundle, const fokker::any_solver& solver,
                                           bool two, const plan& p);

}  // namespace fokker_random
