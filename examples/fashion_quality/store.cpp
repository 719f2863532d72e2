#include "store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "../fashion/fingerprint.hpp"
#include "../fashion/whole_file.hpp"

namespace fashion {

namespace {

namespace fs = std::filesystem;
using Eigen::Index;

// To be raised when samplers or measures change what they give.
constexpr std::uint64_t version = 1;

std::uint64_t fingerprint_of(std::span<const fs::path> files) {
    std::uint64_t hash = fingerprint_of_nothing + version;
    for (const fs::path& file : files) hash = fingerprint(read_whole(file), hash);
    return hash;
}

}  // namespace

folder_lock::folder_lock(const fs::path& folder)
    : file_(open((folder / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (file_ < 0) throw std::runtime_error(folder.string() + ": cannot be written to");
    // The lock ends with the process, however that ends.
    if (flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    close(file_);
    throw std::runtime_error(folder.string() +
                             ": another study is at work there; wait for its end, or name another "
                             "folder");
}

folder_lock::~folder_lock() { close(file_); }

store::store(fs::path folder, std::span<const fs::path> made_with) : folder_(std::move(folder)) {
    fs::create_directories(folder_);
    const fs::path mark = folder_ / "made-with";
    const std::string now = std::to_string(fingerprint_of(made_with));
    // An empty one is what a full disk left of it; nothing is kept in such a folder.
    const auto is_marked = [&] { return fs::exists(mark) && !fs::is_empty(mark); };
    if (!is_marked()) {
        lock();  // two studies may begin here
        if (!is_marked()) write_whole(mark, [&](std::ostream& out) { out << now; });
    }
    if (read_whole(mark) != now)
        throw std::runtime_error(
            folder_.string() +
            " holds results of other weights, moments or samplers; remove it, or name "
            "another folder");
}

void store::lock() const {
    if (lock_) return;
    lock_.emplace(folder_);
    for (const unfinished& each : unfinished_in(folder_)) fs::remove(each.file);
}

std::vector<std::string> store::names() const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator(folder_))
        if (entry.path().extension() == ".f32" && entry.is_regular_file())
            result.push_back(entry.path().stem().string());
    return result;
}

Index store::columns(const std::string& name, Index rows) const {
    if (!fs::exists(file(name))) return 0;
    return static_cast<Index>(fs::file_size(file(name)) / sizeof(float)) / rows;
}

Eigen::MatrixXf store::read(const std::string& name, Index rows) const {
    Eigen::MatrixXf values(rows, columns(name, rows));
    if (values.size() == 0) return values;
    std::ifstream in(file(name), std::ios::binary);
    in.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(sizeof(float)) * values.size());
    if (!in) throw std::runtime_error(file(name).string() + ": cannot be read");
    return values;
}

void store::append(const std::string& name, Index first, const Eigen::MatrixXf& added) const {
    lock();
    const fs::path path = file(name);
    if (columns(name, added.rows()) != first)
        throw std::runtime_error(path.string() + " has grown: another study works there");
    const auto before = static_cast<std::uintmax_t>(first * added.rows()) * sizeof(float);
    if (fs::exists(path)) fs::resize_file(path, before);
    std::ofstream out(path, std::ios::binary | std::ios::app);
    out.write(reinterpret_cast<const char*>(added.data()),
              static_cast<std::streamsize>(sizeof(float)) * added.size());
    out.close();
    if (out) {
        sync(path);
        return;
    }
    // Part of it may be there, as on a full disk: the file is again what it was.
    std::error_code ignored;
    fs::resize_file(path, before, ignored);
    throw std::runtime_error(path.string() + ": cannot be written; is the disk full?");
}

}  // namespace fashion
