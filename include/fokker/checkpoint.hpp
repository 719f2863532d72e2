/// A checkpoint: where a run is, as a value that can be written to a file and read in another
/// process.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fokker/compiled.hpp>
#include <fokker/core/memory.hpp>
#include <fokker/core/type_name.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// FNV-1a (Fowler, Noll & Vo), 64 bits: to tell files apart, not to keep secrets.
class fingerprint {
public:
    void add(std::span<const std::byte> bytes) {
        for (const std::byte each : bytes)
            sum_ = (sum_ ^ static_cast<std::uint64_t>(each)) * 0x100000001b3u;
    }
    void add(double number) { add(std::as_bytes(std::span(&number, 1))); }
    std::uint64_t sum() const { return sum_; }

private:
    std::uint64_t sum_ = 0xcbf29ce484222325u;
};

/// Of all knots, jumps and the direction.
std::uint64_t fingerprint_of(const grid& walk);

/// Of the times that the grid's path has at the knots; 0 without a path. Two paths that have the
/// same times at all knots, and differ between them, are one here.
std::uint64_t path_fingerprint_of(const grid& walk);

}  // namespace detail

/// What `run::checkpoint` gives and `run::resume` takes: the state, the predictions and memories
/// that the solver looks back on, the place on the grid, and what the network and an uncounted
/// noise source keep. Its file is for programs of the same compiler family and byte order. It does
/// not hold the model, the solver's options, or the seed of counted noise.
class checkpoint {
public:
    /// What a checkpoint belongs to.
    struct owner {
        std::string solver;
        std::string scalar;
        array_shape shape;
        int steps = 0;
        std::uint64_t knots = 0;  // a fingerprint of the grid
        std::uint64_t path = 0;   // and of its path, 0: none
    };

    checkpoint(owner belongs_to, int index, std::vector<std::byte> bytes)
        : owner_(std::move(belongs_to)), index_(index), bytes_(std::move(bytes)) {}

    /// Steps that were done.
    int index() const { return index_; }
    const owner& belongs_to() const { return owner_; }
    std::span<const std::byte> bytes() const { return bytes_; }

    /// Throws fokker::error, naming what differs, unless it belongs there.
    void require_from(const owner& other) const;

    /// To a binary stream, such as a std::ofstream. Throws fokker::error if it does not take it.
    template <class Stream>
    void write(Stream& out) const {
        const std::vector<std::byte> all = to_bytes();
        const std::uint64_t size = all.size();
        out.write(reinterpret_cast<const char*>(&size), sizeof size);
        out.write(reinterpret_cast<const char*>(all.data()),
                  static_cast<std::ptrdiff_t>(all.size()));
        detail::require(static_cast<bool>(out), "the checkpoint could not be written");
    }

    /// From one. Throws fokker::error on what is none, or is damaged.
    template <class Stream>
    static checkpoint read(Stream& in) {
        std::uint64_t size = 0;
        in.read(reinterpret_cast<char*>(&size), sizeof size);
        std::vector<std::byte> all;
        // Piece by piece: a damaged size shall not ask for more memory than there is to read.
        while (in && all.size() < size) {
            const std::size_t begin = all.size();
            const auto piece = static_cast<std::size_t>(
                std::min<std::uint64_t>(size - begin, std::uint64_t{1} << 20));
            all.resize(begin + piece);
            in.read(reinterpret_cast<char*>(all.data() + begin),
                    static_cast<std::ptrdiff_t>(piece));
        }
        detail::require(static_cast<bool>(in),
                        "this is not a whole checkpoint: the file ends too "
                        "early");
        return from_bytes(all);
    }

private:
    /// The last figure is the format's version.
    static constexpr std::array<char, 8> magic{'f', 'o', 'k', 'k', 'e', 'r', 'c', '4'};

    std::vector<std::byte> to_bytes() const;

    static checkpoint from_bytes(std::span<const std::byte> all);

    owner owner_;
    int index_;
    std::vector<std::byte> bytes_;
};

#ifdef FOKKER_BODIES

namespace detail {

FOKKER_INLINE std::uint64_t fingerprint_of(const grid& walk) {
    fingerprint f;
    for (const knot& k : walk) {
        f.add(k.t);
        f.add(k.alpha);
        f.add(k.sigma);
    }
    for (int i = 0; i < walk.steps(); ++i) f.add(walk.is_jump(i) ? 1.0 : 0.0);
    f.add(walk.is_reversed() ? 1.0 : 0.0);
    if (const element_paths* const paths = walk.element_paths()) {
        for (const std::uint32_t path : paths->path_of()) f.add(static_cast<double>(path));
        for (const element_paths::level& l : paths->levels()) {
            f.add(l.alpha);
            f.add(l.sigma);
        }
    }
    return f.sum();
}

FOKKER_INLINE std::uint64_t path_fingerprint_of(const grid& walk) {
    if (!walk.has_path()) return 0;
    fingerprint f;
    for (std::size_t i = 0; i < walk.size(); ++i) {
        const double time = walk.walked(i).time();
        f.add(is_nan(time) ? 0.0 : time);
    }
    return f.sum();
}

}  // namespace detail

FOKKER_INLINE void checkpoint::require_from(const owner& other) const {
    const auto same = [](const char* what, const auto& here, const auto& there) {
        detail::require(here == there, "the checkpoint is from a run with ", what, " ", here,
                        ", and this one has ", there);
    };
    same("the solver", std::string_view(owner_.solver), std::string_view(other.solver));
    same("the element type", std::string_view(owner_.scalar), std::string_view(other.scalar));
    same("samples:", owner_.shape.samples, other.shape.samples);
    same("elements in a sample:", owner_.shape.elements, other.shape.elements);
    same("steps:", owner_.steps, other.steps);
    detail::require(owner_.knots == other.knots,
                    "the checkpoint is from a run on another grid of as many steps; make the "
                    "grid with the same schedule and options");
    detail::require(
        (owner_.path == 0) == (other.path == 0), "the checkpoint is from a run on a grid ",
        owner_.path == 0 ? "without" : "with", " a path, and this grid of the same knots has ",
        other.path == 0 ? "none" : "one", "; make the grid in the same way");
    detail::require(
        owner_.path == other.path,
        "the checkpoint is from a run on another path, with the same knots at other times; "
        "make the grid with the same path");
}

FOKKER_INLINE std::vector<std::byte> checkpoint::to_bytes() const {
    std::vector<std::byte> all;
    core::memory_writer to(all);
    to(magic);
    const auto text = [&](const std::string& s) { to.array(std::as_bytes(std::span(s))); };
    text(owner_.solver);
    text(owner_.scalar);
    to(owner_.shape);
    to(owner_.steps);
    to(owner_.knots);
    to(owner_.path);
    to(index_);
    to.array(bytes_);
    detail::fingerprint f;
    f.add(all);
    to(f.sum());
    return all;
}

FOKKER_INLINE checkpoint checkpoint::from_bytes(std::span<const std::byte> all) {
    core::memory_reader from(all);
    std::array<char, 8> found{};
    from(found);
    detail::require(found == magic, "this is not a checkpoint of this version of fokker");
    const auto text = [&] {
        const std::span<const std::byte> bytes = from.array();
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    owner belongs_to;
    belongs_to.solver = text();
    belongs_to.scalar = text();
    from(belongs_to.shape);
    from(belongs_to.steps);
    from(belongs_to.knots);
    from(belongs_to.path);
    int index = 0;
    from(index);
    const std::span<const std::byte> bytes = from.array();
    std::uint64_t sum = 0;
    from(sum);
    detail::fingerprint f;
    f.add(all.first(all.size() - sizeof sum));
    detail::require(from.is_at_end() && f.sum() == sum, "the checkpoint is damaged");
    return {std::move(belongs_to), index, {bytes.begin(), bytes.end()}};
}

#endif

}  // namespace fokker
