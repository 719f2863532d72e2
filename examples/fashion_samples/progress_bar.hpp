// A bar on the terminal with the time that is left; nothing where the errors do not go to one.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
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

    // What is under way.
    void title(std::string text) {
        const std::scoped_lock lock(mutex_);
        title_ = std::move(text);
        drawn_ = -1;
    }

    // More is to be done than was known at the beginning.
    void expect(std::int64_t amount) {
        const std::scoped_lock lock(mutex_);
        total_ += amount;
    }

    // Threads may call it at the same time. What was done beyond the total is not shown.
    void advance(std::int64_t amount) {
        if (!shown_) return;
        const std::scoped_lock lock(mutex_);
        done_ += amount;
        const std::int64_t done = std::min(done_, total_);
        const auto percent = static_cast<int>(total_ == 0 ? 100 : 100 * done / total_);
        if (percent == drawn_) return;
        drawn_ = percent;
        const auto filled = static_cast<std::size_t>(percent * width / 100);
        const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
        std::fprintf(stderr, "\r%s [%s] %d %%%s\033[K", title_.c_str(), bar.c_str(), percent,
                     time_left().c_str());
    }

private:
    static constexpr int width = 40;

    // Nothing yet in the first seconds.
    std::string time_left() const {
        const double passed =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
        if (passed < 2 || done_ == 0) return "";
        const auto seconds = static_cast<std::int64_t>(
            passed * static_cast<double>(std::max<std::int64_t>(total_ - done_, 0)) /
            static_cast<double>(done_));
        if (seconds < 60) return ", " + std::to_string(seconds) + " s left";
        if (seconds < 3600) return ", " + std::to_string(seconds / 60) + " min left";
        return ", " + std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) +
               " min left";
    }

    std::mutex mutex_;
    std::string title_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::int64_t total_;
    std::int64_t done_ = 0;
    int drawn_ = -1;
    bool shown_;
};

}  // namespace fashion
