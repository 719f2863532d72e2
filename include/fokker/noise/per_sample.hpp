/// A noise source for each sample of the batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Sample k of the batch draws from sources[k], as if it were a batch of its own: pictures with
/// seeds of their own, which come out alike in any company. A run or verb throws fokker::error
/// before anything is drawn unless there is one source for each sample.
template <noise_source Source>
class per_sample final {
public:
    static constexpr bool counted = Source::counted;
    static constexpr bool walks_once = fokker::detail::walks_once<Source>();
    static constexpr bool gives_normals = fokker::detail::gives_normals<Source>();

    explicit per_sample(std::vector<Source> sources) : sources_(std::move(sources)) {}

    /// Throws fokker::error unless there is one source for each sample, and on a walk that one of
    /// them cannot serve.
    void check(const auto& walk, array_shape shape) const {
        require_one_each(shape.samples);
        shape.samples = 1;
        for (const Source& each : sources_) detail::check_source(each, walk, shape);
    }

    /// Throws fokker::error if one of the sources has fewer draws.
    void require_draws(std::size_t first, std::size_t steps, array_shape shape) const
        requires detail::ending_source<Source>
    {
        shape.samples = 1;
        for (const Source& each : sources_) detail::require_draws(each, first, steps, shape);
    }

    /// Each source anew with a seed of its own. Throws fokker::error unless there is one for each.
    void reseed(std::span<const std::uint64_t> seeds)
        requires requires(Source& source) { source.reseed(std::uint64_t{}); }
    {
        detail::require(seeds.size() == sources_.size(), "got ", seeds.size(), " seeds for the ",
                        sources_.size(), " sources of per_sample; give one for each");
        for (std::size_t i = 0; i < seeds.size(); ++i) sources_[i].reseed(seeds[i]);
    }

    template <class T>
    void require_shape(array_shape shape) const {
        require_one_each(shape.samples);
        shape.samples = 1;
        for (const Source& each : sources_) detail::require_shape<T>(each, shape);
    }

    template <class T>
    void begin_draw(noise_draw draw) {
        require_one_each(draw.shape.samples);
        draw.shape.samples = 1;
        draw.first_sample = 0;
        for (Source& each : sources_) detail::begin_draw<T>(each, draw);
    }

    template <class T>
    void fill(T* out, std::size_t count, noise_position position) {
        detail::require(position.sample < sources_.size(), "sample ", position.sample,
                        " was asked of per_sample, which has ", sources_.size(), " sources");
        Source& source = sources_[position.sample];
        position.sample = 0;
        source.fill(out, count, position);
    }

    template <class Archive>
    void memory(Archive& archive)
        requires core::keeps_memory<Source>
    {
        for (Source& each : sources_) core::visit_memory(each, archive);
    }

private:
    void require_one_each(std::size_t samples) const {
        detail::require(samples == sources_.size(), "per_sample has ", sources_.size(),
                        " sources for ", samples,
                        " samples; give one source, or seed, for each sample");
    }

    std::vector<Source> sources_;
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
