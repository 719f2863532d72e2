#include "shard_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "../fashion/whole_file.hpp"

namespace fashion {

namespace {

namespace fs = std::filesystem;

// Whether this process now has, or no longer has, the byte of a file that stands for a shard.
bool lock(int file, std::uint64_t byte, short kind) {
    struct flock what = {};
    what.l_type = kind;
    what.l_whence = SEEK_SET;
    what.l_start = static_cast<off_t>(byte);
    what.l_len = 1;
    if (fcntl(file, F_SETLK, &what) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    throw std::runtime_error(std::string("the file .lock cannot be locked (") +
                             std::strerror(errno) +
                             "); take a folder on a disk that has locks, such as a local one or "
                             "NFS with its lock manager");
}

std::string numbered(const char* what, std::uint64_t shard, const char* ending) {
    char name[64];
    std::snprintf(name, sizeof name, "%s-%06llu%s", what, static_cast<unsigned long long>(shard),
                  ending);
    return name;
}

bool holds_shards(const fs::path& folder) {
    for (const auto& each : fs::directory_iterator(folder)) {
        const std::string name = each.path().filename().string();
        if (name.starts_with("shard-") && name.ends_with(".npy")) return true;
    }
    return false;
}

void drop(const fs::path& file) {
    std::error_code problem;
    fs::remove(file, problem);  // another process may have done it
}

}  // namespace

shard_store::shard_store(fs::path folder, const manifest& wanted)
    : folder_(std::move(folder)), made_by_(wanted), seal_(wanted.seal()) {
    std::error_code problem;
    fs::create_directories(folder_, problem);
    if (problem)
        throw std::runtime_error(folder_.string() + ": cannot be made (" + problem.message() + ")");
    open_locks();
    if (!fs::exists(manifest_file())) {
        // Whoever draws has written one before.
        if (holds_shards(folder_) && !fs::exists(manifest_file()))
            throw std::runtime_error(folder_.string() +
                                     " holds shards and no manifest.json that says of what; name "
                                     "another folder");
        write_first(manifest_file(), [&](std::ostream& out) { out << wanted.text(); });
    }
    const std::string difference = wanted.difference_from(manifest(manifest_file()));
    if (!difference.empty())
        throw std::runtime_error(folder_.string() + " is for shards with " + difference +
                                 "; go on with the same options, or name another folder");
}

shard_store::shard_store(fs::path folder)
    : folder_(std::move(folder)), made_by_(manifest_file()), seal_(made_by_.seal()) {
    open_locks();
}

shard_store::~shard_store() {
    if (locks_ >= 0) close(locks_);
}

void shard_store::open_locks() {
    locks_ = open((folder_ / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (locks_ < 0)
        throw std::runtime_error(folder_.string() + ": cannot be written to (" +
                                 std::strerror(errno) + ")");
}

fs::path shard_store::shard_file(std::uint64_t shard) const {
    return folder_ / numbered("shard", shard, ".npy");
}

fs::path shard_store::checkpoint_file(std::uint64_t shard) const {
    return folder_ / numbered("walk", shard, ".checkpoint");
}

std::optional<drawn_pictures> shard_store::read(std::uint64_t shard) const {
    const auto bytes = read_if_there(shard_file(shard));
    if (!bytes) return std::nullopt;
    return from_npy(*bytes, pictures_of(shard), seal_);
}

bool shard_store::is_there(std::uint64_t shard) const {
    std::error_code problem;
    const auto size = fs::file_size(shard_file(shard), problem);
    return !problem && size == npy_size(pictures_of(shard));
}

std::vector<std::uint64_t> shard_store::listed() const {
    std::vector<std::uint64_t> found;
    for (const auto& each : fs::directory_iterator(folder_)) {
        if (each.path().extension() != ".npy") continue;
        const std::uint64_t shard = number_of(each.path());
        if (shard < shards()) found.push_back(shard);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<fs::path> shard_store::statistics_files() const {
    return {folder_ / "statistics.json", folder_ / "mean.npy", folder_ / "covariance.npy"};
}

bool shard_store::take(std::uint64_t shard) const { return lock(locks_, shard, F_WRLCK); }
void shard_store::leave(std::uint64_t shard) const { lock(locks_, shard, F_UNLCK); }

// Else a folder made anew would get shards that nobody may go on with.
void shard_store::require_manifest() const {
    if (read_if_there(manifest_file()) != made_by_.text())
        throw std::runtime_error(manifest_file().string() +
                                 " is gone or another one: the folder was removed or made anew "
                                 "while this process drew; start it again");
}

void shard_store::write(std::uint64_t shard, const drawn_pictures& drawn) const {
    require_manifest();
    write_whole(shard_file(shard),
                [&](std::ostream& out) { out << to_npy(drawn, pictures_of(shard), seal_); });
    drop(checkpoint_file(shard));
}

void shard_store::write(std::uint64_t shard, const fokker::checkpoint& walk) const {
    require_manifest();
    write_whole(checkpoint_file(shard), [&](std::ostream& out) {
        const std::uint64_t whose[]{seal_, shard};
        out.write(reinterpret_cast<const char*>(whose), sizeof whose);
        walk.write(out);
    });
}

std::optional<fokker::checkpoint> shard_store::read_checkpoint(std::uint64_t shard) const {
    const auto bytes = read_if_there(checkpoint_file(shard));
    if (!bytes) return std::nullopt;
    std::istringstream in(*bytes);
    std::uint64_t whose[2]{};
    in.read(reinterpret_cast<char*>(whose), sizeof whose);
    try {
        if (in && whose[0] == seal_ && whose[1] == shard) return fokker::checkpoint::read(in);
    } catch (const fokker::error&) {}  // damaged
    std::fprintf(stderr, "%s is damaged or of another walk, which begins anew\n",
                 checkpoint_file(shard).string().c_str());
    return std::nullopt;
}

std::uint64_t shard_store::number_of(const fs::path& file) const {
    for (const fs::path& each : statistics_files())
        if (file == each) return shards();
    const std::string name = file.filename().string();
    std::uint64_t number = shards() + 1;
    const std::string::size_type at = name.find('-');
    if (at != std::string::npos)
        std::from_chars(name.data() + at + 1, name.data() + name.size(), number);
    const bool is_ours = file == shard_file(number) || file == checkpoint_file(number);
    return is_ours && number < shards() ? number : shards() + 1;
}

void shard_store::clear() const {
    for (const unfinished& each : unfinished_in(folder_)) {
        const std::uint64_t shard = number_of(each.was_to_be);
        if (each.was_to_be == manifest_file()) drop(each.file);  // there is one
        if (shard > shards() || !take(shard)) continue;
        drop(each.file);
        leave(shard);
    }
    std::vector<std::uint64_t> walks;
    for (const auto& each : fs::directory_iterator(folder_))
        if (each.path().extension() == ".checkpoint") walks.push_back(number_of(each.path()));
    for (const std::uint64_t shard : walks) {
        if (shard >= shards() || !take(shard)) continue;
        if (is_there(shard)) drop(checkpoint_file(shard));
        leave(shard);
    }
}

}  // namespace fashion
