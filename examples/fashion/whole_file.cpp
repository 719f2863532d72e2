#include "whole_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace fashion {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view mark = ".part-";

// A file descriptor.
class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (number_ >= 0) close(number_);
    }
    bool is_open() const { return number_ >= 0; }
    int get() const { return number_; }

private:
    int number_;
};

[[noreturn]] void refuse(const fs::path& file, int problem) {
    std::string sentence = file.string() + ": cannot be written";
    if (problem == ENOSPC || problem == EDQUOT)
        sentence += ", as the disk is full";
    else
        sentence += " (" + std::string(std::strerror(problem)) + ")";
    throw std::runtime_error(sentence);
}

// 0, or what went wrong.
int write_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(to, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return done < 0 ? errno : ENOSPC;
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return fsync(to) == 0 ? 0 : errno;
}

// The name of a new unfinished file with these contents. The number of the process keeps others
// apart, and where machines share a disk, the count does.
fs::path write_unfinished(const fs::path& file, const std::function<void(std::ostream&)>& write) {
    std::ostringstream out;
    write(out);
    if (!out) throw std::runtime_error(file.string() + ": its contents could not be made");
    const std::string stem = file.string() + std::string(mark) + std::to_string(getpid()) + "-";
    for (int i = 0;; ++i) {
        const fs::path part = stem + std::to_string(i);
        int problem = 0;
        {
            const descriptor to(open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
            if (!to.is_open() && errno == EEXIST) continue;
            if (!to.is_open()) refuse(file, errno);
            problem = write_all(to.get(), std::move(out).str());
        }
        if (problem == 0) return part;
        unlink(part.c_str());
        refuse(file, problem);
    }
}

// The new name of a file is on the disk when its folder is.
void sync_folder_of(const fs::path& file) {
    sync(file.has_parent_path() ? file.parent_path() : fs::path("."));
}

}  // namespace

void sync(const fs::path& file) {
    const descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    // Some file systems have nothing to wait for, and say that it is no valid call.
    if (!opened.is_open() || (fsync(opened.get()) != 0 && errno != EINVAL)) refuse(file, errno);
}

void write_whole(const fs::path& file, const std::function<void(std::ostream&)>& write) {
    for (int left = 10;; --left) {
        const fs::path part = write_unfinished(file, write);
        if (rename(part.c_str(), file.c_str()) == 0) break;
        const int problem = errno;
        // Where locks do not reach, another machine may have taken it for a dead process's.
        if (problem == ENOENT && left > 1 && !fs::exists(part)) continue;
        unlink(part.c_str());
        refuse(file, problem);
    }
    sync_folder_of(file);
}

bool write_first(const fs::path& file, const std::function<void(std::ostream&)>& write) {
    const fs::path part = write_unfinished(file, write);
    const int problem = link(part.c_str(), file.c_str()) == 0 ? 0 : errno;
    unlink(part.c_str());
    // It has lost its unfinished file to one that has cleared up after there was the whole one.
    if (problem == EEXIST || (problem == ENOENT && fs::exists(file))) return false;
    if (problem != 0) refuse(file, problem);
    sync_folder_of(file);
    return true;
}

std::optional<std::string> read_if_there(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>(in), {}};
}

std::string read_whole(const fs::path& file) {
    if (auto bytes = read_if_there(file)) return *std::move(bytes);
    throw std::runtime_error(file.string() + ": cannot be opened");
}

std::vector<unfinished> unfinished_in(const fs::path& folder) {
    std::vector<unfinished> found;
    for (const auto& each : fs::directory_iterator(folder)) {
        const std::string name = each.path().filename().string();
        const std::string::size_type at = name.rfind(mark);
        if (at == std::string::npos) continue;
        const std::string rest = name.substr(at + mark.size());
        if (rest.find('-') != std::string::npos &&
            rest.find_first_not_of("0123456789-") == std::string::npos)
            found.push_back({each.path(), folder / name.substr(0, at)});
    }
    return found;
}

}  // namespace fashion
