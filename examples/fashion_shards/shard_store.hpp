// The folder of the shards: what is drawn, what is under way, and by whom.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fokker/checkpoint.hpp>
#include <fokker/shard.hpp>
#include <optional>
#include <vector>

#include "manifest.hpp"
#include "shard_file.hpp"

namespace fashion {

class shard_store {
public:
    // Makes the folder and its manifest if there is none. Throws std::runtime_error, naming what
    // differs, on a folder whose shards were drawn otherwise, and where it cannot be written to.
    shard_store(std::filesystem::path folder, const manifest& wanted);

    // A folder as it is. Throws std::runtime_error if it has no manifest.
    explicit shard_store(std::filesystem::path folder);

    shard_store(const shard_store&) = delete;
    shard_store& operator=(const shard_store&) = delete;
    ~shard_store();

    std::uint64_t pictures() const { return made_by_.pictures(); }
    std::uint64_t shards() const { return made_by_.shards(); }
    fokker::shard pictures_of(std::uint64_t shard) const { return {shard, shards(), pictures()}; }

    // The pictures of a shard; nothing where its file is not there, cut short or damaged.
    std::optional<drawn_pictures> read(std::uint64_t shard) const;

    // Whether there is a file of the right size, which is quickly known.
    bool is_there(std::uint64_t shard) const;

    // The shards that have a file, in order: by one look at the folder, whatever is in the files.
    std::vector<std::uint64_t> listed() const;

    // Takes a shard, so that no other process draws it; false if one does. Shard `shards()` stands
    // for the statistics. Such a lock ends with the process, however that ends. Only time hangs on
    // it: without locks, two processes would write the same bytes, each to a file of its own.
    bool take(std::uint64_t shard) const;
    void leave(std::uint64_t shard) const;

    // For who has taken it. `write` also removes its checkpoint. Throws std::runtime_error where
    // the folder has been removed or is another one's by now.
    void write(std::uint64_t shard, const drawn_pictures& drawn) const;
    void write(std::uint64_t shard, const fokker::checkpoint& walk) const;
    // Nothing where there is none, or none that is whole and of this manifest.
    std::optional<fokker::checkpoint> read_checkpoint(std::uint64_t shard) const;

    // Removes what processes left that ended in the middle: unfinished files, and checkpoints of
    // shards that are there.
    void clear() const;

    std::filesystem::path shard_file(std::uint64_t shard) const;
    std::filesystem::path checkpoint_file(std::uint64_t shard) const;
    const std::filesystem::path& folder() const { return folder_; }
    std::vector<std::filesystem::path> statistics_files() const;

private:
    std::filesystem::path manifest_file() const { return folder_ / "manifest.json"; }
    // shards() of the statistics, and more of what is neither.
    std::uint64_t number_of(const std::filesystem::path& file) const;
    void require_manifest() const;
    void open_locks();

    std::filesystem::path folder_;
    int locks_ = -1;
    manifest made_by_;
    std::uint64_t seal_;
};

}  // namespace fashion
