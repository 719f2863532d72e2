/// All noise sources. A new one is an entry of `all_sources`.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include <fokker/fokker.hpp>

#include "dice.hpp"

namespace fokker_random {

/// What a source does, behind virtual functions.
class source_functions {
public:
    virtual ~source_functions() = default;
    virtual std::unique_ptr<source_functions> clone() const = 0;
    virtual void fill(float*, std::size_t, fokker::noise_position) = 0;
    virtual void fill(double*, std::size_t, fokker::noise_position) = 0;
    virtual void begin(float, const fokker::noise_draw&) = 0;
    virtual void begin(double, const fokker::noise_draw&) = 0;
    virtual void begin(Eigen::half, const fokker::noise_draw&) = 0;
    virtual void begin(Eigen::bfloat16, const fokker::noise_draw&) = 0;
    virtual void check(const fokker::grid&, fokker::array_shape) const = 0;
    virtual void require(float, fokker::array_shape) const = 0;
    virtual void require(double, fokker::array_shape) const = 0;
    virtual void require(Eigen::half, fokker::array_shape) const = 0;
    virtual void require(Eigen::bfloat16, fokker::array_shape) const = 0;
    virtual void memory(fokker::core::memory_writer&) = 0;
    virtual void memory(fokker::core::memory_reader&) = 0;
};

template <class Source>
class held_source final : public source_functions {
public:
    explicit held_source(Source source) : source_(std::move(source)) {}

    std::unique_ptr<source_functions> clone() const override {
        return std::make_unique<held_source>(*this);
    }
    void fill(float* out, std::size_t n, fokker::noise_position at) override {
        source_.fill(out, n, at);
    }
    void fill(double* out, std::size_t n, fokker::noise_position at) override {
        source_.fill(out, n, at);
    }
    void begin(float, const fokker::noise_draw& draw) override { tell<float>(draw); }
    void begin(double, const fokker::noise_draw& draw) override { tell<double>(draw); }
    void begin(Eigen::half, const fokker::noise_draw& draw) override { tell<Eigen::half>(draw); }
    void begin(Eigen::bfloat16, const fokker::noise_draw& draw) override {
        tell<Eigen::bfloat16>(draw);
    }
    void check(const fokker::grid& walk, fokker::array_shape shape) const override {
        fokker::detail::check_source(source_, walk, shape);
    }
    void require(float, fokker::array_shape s) const override { ask<float>(s); }
    void require(double, fokker::array_shape s) const override { ask<double>(s); }
    void require(Eigen::half, fokker::array_shape s) const override { ask<Eigen::half>(s); }
    void require(Eigen::bfloat16, fokker::array_shape s) const override { ask<Eigen::bfloat16>(s); }
    void memory(fokker::core::memory_writer& a) override { fokker::core::visit_memory(source_, a); }
    void memory(fokker::core::memory_reader& a) override { fokker::core::visit_memory(source_, a); }

private:
    template <class T>
    void tell(const fokker::noise_draw& draw) {
        fokker::detail::begin_draw<T>(source_, draw);
    }
    template <class T>
    void ask(fokker::array_shape shape) const {
        fokker::detail::require_shape<T>(source_, shape);
    }

    Source source_;
};

/// A source of any type, counted or not, that may be walked once only or again.
template <bool Counted, bool Once>
class any_source {
public:
    static constexpr bool counted = Counted;
    static constexpr bool walks_once = Once;

    explicit any_source(std::unique_ptr<source_functions> f) : functions_(std::move(f)) {}
    any_source(const any_source& other) : functions_(other.functions_->clone()) {}
    any_source(any_source&&) = default;

    template <class T>
    void fill(T* out, std::size_t n, fokker::noise_position at) const {
        functions_->fill(out, n, at);
    }
    template <class T>
    void begin_draw(const fokker::noise_draw& draw) {
        functions_->begin(T{}, draw);
    }
    void check(const fokker::grid& walk, fokker::array_shape shape) const {
        functions_->check(walk, shape);
    }
    template <class T>
    void require_shape(const fokker::array_shape& shape) const {
        functions_->require(T{}, shape);
    }
    template <class Archive>
    void memory(Archive& archive) {
        functions_->memory(archive);
    }

private:
    std::unique_ptr<source_functions> functions_;
};

/// What is drawn: one of these three, or no noise at all.
enum class source_kind { none, counted, walked_once, uncounted };

struct drawn_source {
    source_kind kind = source_kind::none;
    std::unique_ptr<source_functions> functions;
    double most = 1.0;  ///< how much further than normals its numbers can lie
};

template <class Source>
drawn_source hold(source_kind kind, Source source, double most = 1.0) {
    return {kind, std::make_unique<held_source<Source>>(std::move(source)), most};
}

/// For how many samples of which size it is.
struct source_entry {
    std::string_view name;
    source_kind kind;
    drawn_source (*make)(draw&, fokker::array_shape);
};

inline const source_entry all_sources[] = {
    {"none", source_kind::none, [](draw&, fokker::array_shape) { return drawn_source{}; }},
    {"philox", source_kind::counted,
     [](draw& d, fokker::array_shape) {
         const std::uint64_t first = d.one_in(2) ? 0 : d.bits() >> d.whole(0, 63);
         return hold(source_kind::counted, fokker::philox{d.bits(), d.note("first", first)});
     }},
    {"brownian", source_kind::walked_once,
     [](draw& d, fokker::array_shape) {
         return hold(source_kind::walked_once, fokker::brownian{d.bits(), d.bits() >> 2});
     }},
    {"torch_cpu", source_kind::uncounted,
     [](draw& d, fokker::array_shape) {
         return hold(source_kind::uncounted, fokker::torch_cpu(d.bits()));
     }},
    {"torchsde_tree", source_kind::walked_once,
     [](draw& d, fokker::array_shape) {
         // Behind another source, as it has noise for steps alone; levels beyond its own are its
         // ends.
         const double low = d.one_in(3) ? 0.0 : d.number("tree_low", d.size(1e-4, 1));
         const double high = d.number("tree_high", low + d.size(1e-3, 100));
         return hold(source_kind::walked_once,
                     fokker::prior_and_steps(fokker::torch_cpu(d.bits()),
                                             fokker::torchsde_tree(d.bits(), low, high)));
     }},
    {"torch_cuda", source_kind::uncounted,
     [](draw& d, fokker::array_shape) {
         return hold(source_kind::uncounted,
                     fokker::torch_cuda(d.bits(), {d.count("processors", d.whole(1, 132)),
                                                   d.of({256, 1024, 1536, 2048})}));
     }},
    {"per_sample", source_kind::counted,
     [](draw& d, fokker::array_shape shape) {
         std::vector<fokker::philox> each(shape.samples + (d.one_in(20) ? 1 : 0));
         for (auto& source : each) source.seed = d.bits();
         return hold(source_kind::counted, fokker::per_sample(std::move(each)));
     }},
    {"torch_cpu_each", source_kind::uncounted,
     [](draw& d, fokker::array_shape shape) {
         std::vector<std::uint64_t> seeds(shape.samples);
         for (auto& seed : seeds) seed = d.bits();
         return hold(source_kind::uncounted, fokker::torch_cpu_each(seeds));
     }},
    {"prior_and_steps", source_kind::uncounted,
     [](draw& d, fokker::array_shape) {
         return hold(source_kind::uncounted, fokker::prior_and_steps(fokker::philox{d.bits()},
                                                                     fokker::torch_cpu(d.bits())));
     }},
    {"varied", source_kind::counted,
     [](draw& d, fokker::array_shape) {
         return hold(source_kind::counted,
                     fokker::varied(fokker::philox{d.bits()}, fokker::philox{d.bits()},
                                    d.number("strength", d.one_in(4) ? 0.0 : d.real(0, 1))));
     }},
    // They are taken for normals here, so that steps draw from them, too.
    {"student_t", source_kind::counted,
     [](draw& d, fokker::array_shape) {
         const double degrees = d.number("degrees", d.size(3, 1e4));
         // sqrt(degrees / chi-square), but for one draw in 10^7.
         const double most = std::max(1.0, std::pow(250.0, 3.0 / degrees));
         return hold(source_kind::counted, fokker::student_t(fokker::philox{d.bits()}, degrees),
                     most);
     }},
    {"radial", source_kind::counted,
     [](draw& d, fokker::array_shape) {
         const double scale = d.number("radius", d.size(0.1, 10));
         return hold(source_kind::counted,
                     fokker::radial(fokker::philox{d.bits()},
                                    [scale](double u) { return -scale * std::log1p(-u); }),
                     std::max(1.0, 2 * scale));
     }},
    {"recorded", source_kind::uncounted,
     [](draw& d, fokker::array_shape shape) {
         std::vector<std::vector<double>> draws(static_cast<std::size_t>(d.of({2, 10, 200})));
         d.note("draws", draws.size());
         const std::size_t size = shape.size() + (d.one_in(20) ? 1 : 0);
         for (auto& each : draws) {
             each.resize(size);
             for (double& z : each) z = d.real(-2, 2);
         }
         return hold(source_kind::uncounted, fokker::recorded(std::move(draws)));
     }},
    {"recording", source_kind::uncounted,
     [](draw& d, fokker::array_shape) {
         return hold(source_kind::uncounted, fokker::recording(fokker::philox{d.bits()}));
     }},
    {"mt19937", source_kind::uncounted,
     [](draw& d, fokker::array_shape) {
         return hold(source_kind::uncounted,
                     fokker::detail::engine_source<std::mt19937_64>(std::mt19937_64(d.bits())));
     }},
};

}  // namespace fokker_random
