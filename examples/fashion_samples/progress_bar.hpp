// A bar on the terminal; nothing where the errors do not go to one.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <utility>

namespace fashion {

class progress_bar {
public:
    progress_bar(std::string title, std::int64_t total)
        : title_(std::move(title)), total_(total), shown_(isatty(STDERR_FILENO) != 0) {
        advance(0);
    }
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;

    // Wipes the line.
    ~progress_bar() {
        if (shown_) std::fputs("\r\033[K", stderr);
    }

    // Threads may call it at the same time.
    void advance(std::int64_t amount) {
        if (!shown_) return;
        const std::scoped_lock lock(mutex_);
        done_ += amount;
        const auto percent = static_cast<int>(100 * done_ / total_);
        if (percent == drawn_) return;
        drawn_ = percent;
        const auto filled = static_cast<std::size_t>(percent * width / 100);
        const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
        std::fprintf(stderr, "\r%s [%s] %d %%", title_.c_str(), bar.c_str(), percent);
    }

private:
    static constexpr int width = 40;

    std::mutex mutex_;
    std::string title_;
    std::int64_t total_;
    std::int64_t done_ = 0;
    int drawn_ = -1;
    bool shown_;
};

}  // namespace fashion
